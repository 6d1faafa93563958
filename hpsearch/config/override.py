"""`--set key=value`: what the command line changes in a config, with the same checks as the file."""

from collections.abc import Sequence

from hpsearch.config.keys import TOP
from hpsearch.config.loader import Node, Place, parse
from hpsearch.config.mistakes import Mistakes
from hpsearch.errors import ConfigError

__all__ = ["apply_overrides"]


def apply_overrides(root: Node, overrides: Sequence[str], mistakes: Mistakes) -> None:
    """Write each `a.b=value` into the tree; a name without a section is a parameter's.

    The value is YAML, so that `--set learning_rate='loguniform(1e-3, 1e-1)'` means what it means in a file.
    """
    for override in overrides:
        key, equals, text = override.partition("=")
        place = Place(f"--set {override}")
        if not equals or not key.strip():
            mistakes.at(place, "must be KEY=VALUE", "--set search.trials=20")
            continue
        try:
            value = _relocated(parse(text, place.source), place)
        except ConfigError as err:
            mistakes.at(place, err.mistakes[0].message)
            continue
        _write(root, _path(key.strip()), value, place, mistakes)


def _path(key: str) -> list[str]:
    section = key.split(".", 1)[0]
    if section in TOP:
        # Names of parameters may hold dots themselves.
        return key.split(".", 1) if section == "parameters" and "." in key else key.split(".")
    return ["parameters", key]


def _relocated(node: Node, place: Place) -> Node:
    """The node with every place replaced by the command-line option, which has no lines."""
    if node.is_mapping:
        value = {key: _relocated(item, place) for key, item in node.value.items()}
        return Node(value or None, place, dict.fromkeys(value, place))
    if node.is_list:
        return Node([_relocated(item, place) for item in node.value], place)
    return Node(node.value, place)


def _write(root: Node, path: list[str], value: Node, place: Place, mistakes: Mistakes) -> None:
    node = root
    for key in path[:-1]:
        child = node.get(key)
        if child is None:
            child = Node({}, place)
            node.value[key], node.keys[key] = child, place
        if not child.is_mapping:
            mistakes.at(place, f"`{key}` is no mapping, so nothing can be set inside it")
            return
        node = child
    node.value[path[-1]], node.keys[path[-1]] = value, place

"""`--set key=value`: what the command line changes in a config, with the same checks as the file."""

from collections.abc import Sequence

from hpsearch.config.keys import PARAMETER, TOP, sections
from hpsearch.document import Mistakes, Node, Place, parse, show
from hpsearch.errors import ConfigError


def apply_overrides(root: Node, overrides: Sequence[str], mistakes: Mistakes) -> set[str]:
    """Write each `a.b=value` into the tree; a name without a section is a parameter's.

    The value is YAML, so that `--set learning_rate='loguniform(1e-3, 1e-1)'` means what it means in a file.

    Returns:
        The keys at the top of the config under which something was changed.
    """
    changed = set()
    for override in overrides:
        key, equals, text = override.partition("=")
        place = Place(f"--set {override}")
        if not equals or not key.strip():
            mistakes.at(place, "must be KEY=VALUE", "--set search.trials=20")
            continue
        try:
            value = parse(text, place.source).moved(place) if text.strip() else Node(None, place)
        except ConfigError as err:
            mistakes.at(place, err.mistakes[0].message, err.mistakes[0].fix)
            continue
        path = _path(key.strip(), root.get("parameters"))
        if instead := _misplaced(path, root.get("parameters")):
            mistakes.at(place, f"there is no parameter `{path[-1]}`", f"did you mean --set {instead}={text}?")
        else:
            _write(root, path, value, place, mistakes)
            changed.add(path[0])
    return changed


def _path(key: str, parameters: Node | None) -> list[str]:
    """The keys from the root; names of parameters may hold dots themselves."""
    section, _, rest = key.partition(".")
    if section in TOP and section != "parameters":
        return key.split(".")
    name = (rest if section == "parameters" else key).strip()
    if not name:
        return [key]
    parent, _, field = name.rpartition(".")
    if parameters and parameters.get(parent) and field in PARAMETER and not parameters.get(name):
        return ["parameters", parent, field]
    return ["parameters", name]


def _misplaced(path: list[str], parameters: Node | None) -> str:
    """Where a key belongs that was taken for a new parameter's name but is one of a section's; else nothing."""
    if len(path) != 2 or path[0] != "parameters" or (parameters and parameters.get(path[1])):
        return ""
    known = ((section, sections()[section][0]) for section in ("search", "execution"))
    return next((f"{section}.{path[1]}" for section, keys in known if path[1] in keys), "")


def _write(root: Node, path: list[str], value: Node, place: Place, mistakes: Mistakes) -> None:
    node = root
    for depth, key in enumerate(path[:-1], start=1):
        child = node.get(key)
        if child is None or child.value is None:
            child = Node({}, place)
            node.value[key], node.keys[key] = child, place
        if not child.is_mapping:
            whole, last = ".".join(path[:depth]), path[-1]
            was = show(child.plain())
            mistakes.at(place, f"`{whole}` is {was} in the file, which has no `{last}`", f"--set {whole}='{{...}}'")
            return
        node = child
    node.value[path[-1]], node.keys[path[-1]] = value, place

"""`base: other.yaml`: a config says only what is different in it from another one."""

import os
from pathlib import Path

from hpsearch.document import Invalid, Mistakes, Node, check_file, parse, path_from, show

MOST_BYTES = 1_000_000  # which take seconds to read
FREE = "x-"
"""What a key at the top begins with that is passed over: anchors may stand under it."""

_PATHS = (("data", "path"), ("data", "labels"), ("search", "points"))
"""Keys whose texts are paths beside the file that they stand in."""


def completed(root: Node, folder: Path, mistakes: Mistakes, above: tuple[Path, ...] = ()) -> Node:
    """The config with what its base, and the base of that, says beside; sections are merged key by key."""
    own = Node({key: node for key, node in root.value.items() if not key.startswith(FREE)}, root.place, root.keys)
    node = own.value.pop("base", None)
    if node is None:
        return own
    before = len(mistakes.found)
    with mistakes.noted("base", node):
        if not isinstance(node.value, str):
            raise Invalid(f"must be the path of another config, got {show(node.plain())}", "base: common.yaml")
        path = path_from(folder, node.value)
        if path.resolve() in above:
            raise Invalid(f"{show(node.value)} goes in a circle", code="C101")
        check_file(path, MOST_BYTES)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as err:
            raise Invalid(
                f"{show(node.value)}: byte {err.start} is not UTF-8", "save the file as UTF-8", code="C101"
            ) from err
        base = parse(text.removeprefix("\ufeff"), str(path), mistakes.found)
        if not base.is_mapping:
            raise Invalid(f"{show(node.value)} is no mapping, but {show(base.plain())}", code="C101")
    if len(mistakes.found) > before:
        return own
    base = completed(base, path.parent, mistakes, (*above, path.resolve()))
    _move_paths(base, path.parent, folder)
    return _merged(base, own, parameters=False)


def _move_paths(base: Node, old: Path, new: Path) -> None:
    """Let its relative paths start where the other config lies."""
    for section, key in _PATHS:
        node = base.get(section)
        value = node.get(key) if node is not None and node.is_mapping else None
        if value is not None and isinstance(value.value, str) and not Path(value.value).expanduser().is_absolute():
            value.value = os.path.relpath(old.resolve() / value.value, new.resolve())


def _merged(base: Node, own: Node, *, parameters: bool) -> Node:
    """Own keys in place of those of the base; mappings of both are merged, but those of a single parameter."""
    values, keys = dict(base.value), {**base.keys, **own.keys}
    for key, node in own.value.items():
        other = values.get(key)
        if node.value is None and not parameters:  # as if the base had not given it
            values.pop(key, None)
        elif other is not None and other.is_mapping and node.is_mapping and not parameters:
            values[key] = _merged(other, node, parameters=key == "parameters")
        else:
            values[key] = node
    return Node(values, own.place, keys)

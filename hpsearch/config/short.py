"""The short form of a parameter, `loguniform(1e-4, 1)`, as the fields of its long form."""

import re

from hpsearch.config.foreign import ALIASES, REFUSED, SPELLINGS
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node, parse
from hpsearch.errors import ConfigError
from hpsearch.space import DISTRIBUTIONS

__all__ = ["LISTED", "short_fields"]

LISTED = ("choice", "values", "ordinal")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.DOTALL)
_BEGUN = re.compile(r"\s*([A-Za-z_]\w*)\s*(\(|\Z)")
_KEYWORD = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)\Z", re.DOTALL)


def short_fields(node: Node) -> dict[str, Node] | None:
    """The fields of the long form; None where the text is no short form but a plain value.

    Raises:
        Invalid: it begins like a short form and is none.
    """
    call = _CALL.match(node.value)
    if call:
        return _fields(node, *call.groups())
    begun = _BEGUN.match(node.value)
    if begun and begun.group(1) in (*DISTRIBUTIONS, *LISTED, *ALIASES, *REFUSED) and begun.group(2) == "(":
        fix = "close it; and in one line with others, inside { }, put the short form in quotes: 'loguniform(1e-4, 1)'"
        raise Invalid(f"{show(node.value)} has no closing bracket", fix)
    if begun and begun.group(1) in DISTRIBUTIONS:
        name = begun.group(1)
        raise Invalid(f"{name} needs `min` and `max`", f"{name}(min, max); for the word itself: {{value: {name}}}")
    return None


def _fields(node: Node, name: str, inside: str) -> dict[str, Node]:
    positional: list[Node] = []
    fields: dict[str, Node] = {"distribution": Node(name, node.place)}
    for argument in _read(node, inside):
        keyword = _KEYWORD.match(argument.value) if isinstance(argument.value, str) else None
        if not keyword:
            positional.append(argument)
            continue
        key = SPELLINGS.get(keyword.group(1), keyword.group(1))
        value = _read(node, keyword.group(2))
        if key in fields or len(value) != 1:
            raise Invalid(f"{show(node.value)}: `{key}` needs one value")
        fields[key] = value[0]
    if name in LISTED or ALIASES.get(name) in LISTED:
        # choice([32, 64]) is what Python's tools write; a choice of one list would be no choice.
        only_list = len(positional) == 1 and positional[0].is_list
        return fields | {"values": positional[0] if only_list else Node(positional, node.place)}
    return _with_ends(node, name, fields, positional)


def _with_ends(node: Node, name: str, fields: dict[str, Node], positional: list[Node]) -> dict[str, Node]:
    if len(positional) > 3:
        raise Invalid(f"{name} takes min, max and perhaps a step, got {len(positional)} values")
    for key, value in zip(("min", "max", "step"), positional, strict=False):
        if key in fields:
            raise Invalid(f"{show(node.value)}: `{key}` needs one value")
        fields[key] = value
    return fields


def _read(node: Node, inside: str) -> list[Node]:
    """The values between two brackets."""
    try:
        values = parse(f"[{inside}]", "").moved(node.place).value
    except ConfigError as err:
        rule = f"cannot read what stands between the brackets of {show(node.value)}"
        raise Invalid(rule, "values with commas between them, or the long form: {distribution: ..., ...}") from err
    return list(values)

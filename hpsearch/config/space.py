"""Reads `parameters:` into a Space, and checks how parameters depend on one another."""

import re
from typing import Any

from hpsearch.config.parameters import read_parameter, read_when
from hpsearch.document import Invalid, Mistakes, Node, show
from hpsearch.errors import did_you_mean, nearest
from hpsearch.space import Parameter, Space

_NAME = re.compile(r"[^\s=,;(){}\[\]'\"`]+")
_EXAMPLE = "parameters:\n  learning_rate: loguniform(1e-4, 1)"


def read_space(root: Node, mistakes: Mistakes) -> Space:
    """The space that the config declares: what is left of it where mistakes are noted."""
    node = root.get("parameters")
    if node is None or not node.is_mapping or not node.value:
        place = (node or root).place
        problem = f"must be a mapping, got {show(node.plain())}" if node and node.value else "is empty"
        mistakes.at(place, f"`parameters` {problem if node else 'is missing'}: what is searched?", _EXAMPLE)
        return Space(())
    before = len(mistakes.found)
    parameters: dict[str, Parameter] = {}
    for name, value in node.items():
        with mistakes.noted(f"parameters.{name}", value):
            if not _NAME.fullmatch(name):
                rule = f"{show(name)} is no name of a parameter"
                raise Invalid(rule, "no spaces, brackets, quotes, commas or `=` in it", Node(None, node.keys[name]))
            parameters[name] = read_parameter(name, value)
    _check_conditions(node, parameters, mistakes)
    if len(mistakes.found) > before:
        # Without conditions, since those may name what could not be read.
        return Space(tuple(Parameter(p.name, p.distribution) for p in parameters.values()))
    space = Space(tuple(parameters.values()))
    if not space.searched:
        mistakes.at(node.place, "every parameter is fixed: nothing to search", _EXAMPLE)
    return space


def _check_conditions(node: Node, parameters: dict[str, Parameter], mistakes: Mistakes) -> None:
    conditions = {name: _conditions(value) for name, value in node.items()}
    told: set[str] = set()
    for name, when in conditions.items():
        for parent, values in when.items():
            with mistakes.noted(f"parameters.{name}.when", _place_of(node.value[name], parent)):
                if parent not in node.value:
                    raise Invalid(f"unknown parameter `{parent}`", did_you_mean(parent, node.value))
                if parent in parameters:
                    _check_values(parameters[parent], values)
        circle = _circle(name, conditions)
        if circle and name not in told:
            told.update(circle)
            place = _place_of(node.value[name]).place
            fix = "let one of them exist always"
            mistakes.at(place, f"parameters.{name}.when: goes in a circle: {' -> '.join(circle)}", fix)


def _conditions(node: Node) -> dict[str, tuple[Any, ...]]:
    """The `when` of a parameter, even of one that is wrong elsewhere; nothing where it cannot be read."""
    try:
        return read_when(node.get("when"))
    except Invalid:
        return {}


def _place_of(parameter: Node, parent: str = "") -> Node:
    """The node of a parameter's `when`, or of the key in it that names a parent."""
    when = parameter.get("when") or parameter
    return Node(None, when.keys[parent]) if parent in when.keys else when


def _check_values(parent: Parameter, values: tuple[object, ...]) -> None:
    if parent.distribution.size is None:
        rule = f"{parent.name} is {parent.distribution}, which practically never takes one certain value"
        raise Invalid(rule, f"let it depend on a choice, or give {parent.name} listed values")
    units = parent.distribution.to_unit(list(values))
    never = [value for value, unit in zip(values, units, strict=True) if unit != unit]
    if never:
        raise Invalid(f"{parent.name} is never {' or '.join(map(show, never))}", _possible(parent, never[0]))


def _possible(parent: Parameter, value: object) -> str:
    known = parent.distribution.grid(parent.distribution.size or 1) if parent.distribution.scale is None else []
    near = nearest(str(value), [str(item) for item in known])
    return f"did you mean `{near}`?" if near else f"{parent.name} is {parent.distribution}"


def _circle(start: str, conditions: dict[str, dict[str, tuple[Any, ...]]]) -> list[str]:
    """The parents from `start` back to itself, where there is such a way; else nothing."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for parent in conditions.get(way[-1], ()):
            if parent == start:
                return [*way, start]
            if parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    return []

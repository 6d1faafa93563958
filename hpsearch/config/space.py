"""Reads `parameters:` into a Space, and checks how parameters depend on one another."""

from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.config.parameters import read_parameter
from hpsearch.errors import did_you_mean
from hpsearch.space import Parameter, Space

__all__ = ["read_space"]

_EXAMPLE = "parameters:\n  learning_rate: loguniform(1e-4, 1)"


def read_space(root: Node, mistakes: Mistakes) -> Space:
    """The space that the config declares: what is left of it where mistakes are noted."""
    node = root.get("parameters")
    if node is None or not node.is_mapping or not node.value:
        place = (node or root).place
        problem = "is missing" if node is None else f"must be a mapping, got {show(node.plain())}"
        mistakes.at(place, f"`parameters` {problem}: what is searched?", _EXAMPLE)
        return Space(())
    before = len(mistakes.found)
    parameters: dict[str, Parameter] = {}
    for name, value in node.items():
        with mistakes.noted(f"parameters.{name}", value):
            if not name.strip() or "=" in name:
                raise Invalid("a parameter needs a name without `=`")
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
    for name, parameter in parameters.items():
        when = node.value[name].get("when") or node.value[name]
        with mistakes.noted(f"parameters.{name}.when", when):
            for parent, values in parameter.when.items():
                if parent not in node.value:
                    raise Invalid(f"unknown parameter `{parent}`", did_you_mean(parent, node.value))
                if parent in parameters:
                    _check_values(parameters[parent], values)
            circle = _circle(name, parameters)
            if circle:
                raise Invalid(f"goes in a circle: {' -> '.join(circle)}", "let one of them exist always")


def _check_values(parent: Parameter, values: tuple[object, ...]) -> None:
    units = parent.distribution.to_unit(list(values))
    for value, unit in zip(values, units, strict=True):
        if unit != unit:
            raise Invalid(f"{parent.name} is never {show(value)}", f"{parent.name} is {parent.distribution}")


def _circle(start: str, parameters: dict[str, Parameter]) -> list[str]:
    """The parents from `start` back to itself, where there is such a way; else nothing."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        parents = parameters[way[-1]].when if way[-1] in parameters else {}
        for parent in parents:
            if parent == start:
                return [*way, start]
            if parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    return []

"""How many settings there are where some parameters exist only for some values of others: counted, not listed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hpsearch.space.conditions import Condition, Conditions


class Dependent(Protocol):
    """What counting knows of a parameter."""

    @property
    def name(self) -> str:
        """How conditions of others call it."""

    @property
    def when(self) -> tuple[Conditions, ...]:
        """It exists only where one of these holds."""

    @property
    def parents(self) -> Sequence[str]:
        """The parameters that it depends on."""

    def exists(self, params: Mapping[str, Any]) -> bool:
        """Whether it exists beside these settings."""


Alike = Sequence[tuple[Any, int]]
"""Values, and how many like each of them there are."""


def conditions_on(parameters: Sequence[Dependent]) -> dict[str, list[Condition]]:
    """Parameter -> the conditions of others on it."""
    found: dict[str, list[Condition]] = {p.name: [] for p in parameters}
    for conditions in (each for p in parameters for each in p.when):
        for parent, condition in conditions.items():
            found[parent].append(condition)
    return found


def count(parents_first: Sequence[Dependent], values: Mapping[str, Alike]) -> int:
    """How many settings the values of each parameter make."""
    kinds = {name: _kinds(values[name], on) for name, on in conditions_on(parents_first).items()}
    return math.prod(_combinations({}, group, kinds) for group in _groups(parents_first))


def _groups(parents_first: Sequence[Dependent]) -> list[list[Dependent]]:
    """The parameters that depend on one another, parents first; those of two groups combine freely."""
    groups: list[list[Dependent]] = []
    for parameter in parents_first:
        joined = [any(p.name in parameter.parents for p in group) for group in groups]
        own = [p for group, joins in zip(groups, joined, strict=True) if joins for p in group]
        groups = [group for group, joins in zip(groups, joined, strict=True) if not joins]
        groups.append([*own, parameter])
    return groups


def _kinds(values: Alike, conditions: Sequence[Condition]) -> Alike:
    """A value for each kind that the conditions tell apart, and how many values are of that kind."""
    found: dict[tuple[bool, ...], tuple[Any, int]] = {}
    for value, number in values:
        kind = tuple(condition.holds(value) for condition in conditions)
        found[kind] = (value, found.get(kind, (value, 0))[1] + number)
    return list(found.values())


def _combinations(params: Mapping[str, Any], rest: Sequence[Dependent], kinds: Mapping[str, Alike]) -> int:
    """How many settings of the rest of the parameters there are, given the values of some parents."""
    if not rest:
        return 1
    head, tail = rest[0], rest[1:]
    if not head.exists(params):
        return _combinations(params, tail, kinds)
    return sum(number * _combinations({**params, head.name: value}, tail, kinds) for value, number in kinds[head.name])

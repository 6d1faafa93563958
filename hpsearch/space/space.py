"""A space: named distributions, some of which exist only for some values of another."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.space.categorical import LISTED, Fixed, value_key
from hpsearch.space.conditions import Condition, Conditions
from hpsearch.space.counting import conditions_on, count
from hpsearch.space.distribution import Distribution
from hpsearch.space.numeric import Numeric

_BY_NAME = "axes by name"  # a key of a stored space; no parameter has a name with spaces


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter.

    Attributes:
        name: how configs, commands and tables call it.
        distribution: its values.
        when: it exists only where one of these holds, which are conditions on others; empty for everywhere.
        limits: how far a search may widen the range, where that is narrower than the scale itself.
    """

    name: str
    distribution: Distribution
    when: tuple[Conditions, ...] = ()
    limits: tuple[float, float] | None = None

    @property
    def searched(self) -> bool:
        """Whether there is more than one value to try."""
        return not isinstance(self.distribution, Fixed)

    @property
    def widest(self) -> tuple[float, float]:
        """How far a search may move the ends of the range."""
        return self.distribution.widest(self.limits)

    @property
    def parents(self) -> Sequence[str]:
        """The parameters that it depends on, each once."""
        return list(dict.fromkeys(name for conditions in self.when for name in conditions))

    def exists(self, params: Mapping[str, Any]) -> bool:
        """Whether it exists beside these settings, in which only what exists itself has a value."""
        return not self.when or any(
            all(name in params and condition.holds(params[name]) for name, condition in conditions.items())
            for conditions in self.when
        )

    def allows(self, parent: str, value: Any) -> bool:
        """Whether it may exist where a parent has this value."""
        return not self.when or any(parent not in each or each[parent].holds(value) for each in self.when)

    def spec(self) -> dict[str, Any]:
        """The parameter as a config writes it, in the long form."""
        whens = [{name: condition.spec() for name, condition in each.items()} for each in self.when]
        when = {"when": whens if len(whens) > 1 else whens[0]} if whens else {}
        limits = {"limits": list(self.limits)} if self.limits else {}
        return self.distribution.spec() | when | limits

    @classmethod
    def from_spec(cls, name: str, spec: Mapping[str, Any]) -> "Parameter":
        """The parameter whose `spec` this is, of this version or an earlier one."""
        given = spec.get("when", [])
        whens = [given] if isinstance(given, Mapping) else given
        when = ({parent: Condition.from_spec(one) for parent, one in each.items()} for each in whens)
        limits = tuple(spec["limits"]) if "limits" in spec else None
        return cls(name, distribution_from(spec), tuple(when), limits)


def distribution_from(spec: Mapping[str, Any]) -> Distribution:
    """The distribution whose `spec` this is, whatever else stands there; SpaceError where there can be none."""
    if "value" in spec:
        return Fixed(spec["value"])
    name = spec.get("distribution", "choice")
    if name in LISTED:
        return LISTED[name](tuple(spec["values"]))
    return Numeric(name, spec["min"], spec["max"], spec.get("step"))


def settings_key(params: Mapping[str, Any]) -> str:
    """A text that two settings share exactly if they are the same."""
    return ";".join(f"{name}={value_key(params[name])}" for name in sorted(params))


def _column(settings: Sequence[Mapping[str, Any]], name: str) -> tuple[list[int] | slice, list[Any]]:
    """Which of the settings have a parameter, and its values there."""
    with suppress(KeyError):
        return slice(None), [params[name] for params in settings]
    has = [i for i, params in enumerate(settings) if name in params]
    return has, [settings[i][name] for i in has]


@dataclass(frozen=True)
class Space:
    """Parameters in the order of the config, in which they are shown.

    Axes of the unit cube are the searched ones by their names, so that lines of a config may change places.

    Attributes:
        parameters: in the order of the config.
        by_name: false for a run that was begun when axes had the order of the config; it keeps them.
    """

    parameters: tuple[Parameter, ...]
    by_name: bool = True

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> "Space":
        """The space whose `spec` or `stored` this is. Nothing in it is judged by rules that came later."""
        parameters = (Parameter.from_spec(name, one) for name, one in spec.items() if name != _BY_NAME)
        return cls(tuple(parameters), by_name=_BY_NAME in spec)

    def spec(self) -> dict[str, dict[str, Any]]:
        """The space as a config writes it, each parameter in the long form."""
        return {parameter.name: parameter.spec() for parameter in self.parameters}

    def stored(self) -> dict[str, Any]:
        """The `spec`, and which order the axes have."""
        return self.spec() | ({_BY_NAME: True} if self.by_name else {})

    def replaced(self, distributions: Mapping[str, Distribution]) -> "Space":
        """The space with other distributions for some parameters, by name."""
        parameters = (replace(p, distribution=distributions.get(p.name, p.distribution)) for p in self.parameters)
        return replace(self, parameters=tuple(parameters))

    @cached_property
    def _ordered(self) -> Sequence[Parameter]:
        """The parameters in the order that decides what seeds and grids give."""
        return sorted(self.parameters, key=lambda p: p.name) if self.by_name else self.parameters

    @cached_property
    def searched(self) -> tuple[Parameter, ...]:
        """The parameters with more than one value: the d axes of the unit cube."""
        return tuple(parameter for parameter in self._ordered if parameter.searched)

    @cached_property
    def axes(self) -> Mapping[str, int]:
        """The axis of each searched parameter, in the order of the config."""
        axes = {parameter.name: axis for axis, parameter in enumerate(self.searched)}
        return {parameter.name: axes[parameter.name] for parameter in self.parameters if parameter.searched}

    @property
    def dimensions(self) -> int:
        """The number d of axes of the unit cube."""
        return len(self.searched)

    def __getitem__(self, name: str) -> Parameter:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def _parents_first(self) -> tuple[Parameter, ...]:
        """The parameters so that each stands after those that it depends on."""
        order: dict[str, Parameter] = {}

        def visit(parameter: Parameter) -> None:
            for parent in sorted(parameter.parents) if self.by_name else parameter.parents:
                if parent not in order:
                    visit(self[parent])
            order[parameter.name] = parameter

        for parameter in self._ordered:
            if parameter.name not in order:
                visit(parameter)
        return tuple(order.values())

    def active(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The settings without those whose `when` is not met, in the order of the config."""
        kept: dict[str, Any] = {}
        for parameter in self._parents_first:
            if parameter.name in params and parameter.exists(kept):
                kept[parameter.name] = params[parameter.name]
        return {parameter.name: kept[parameter.name] for parameter in self.parameters if parameter.name in kept}

    def missing(self, params: Mapping[str, Any]) -> list[str]:
        """Names of the parameters that exist for these settings and have no value in them."""
        return [p.name for p in self.parameters if p.name not in params and p.exists(params)]

    def decode(self, points: NDArray[np.float64]) -> list[dict[str, Any]]:
        """(n, d) points of the unit cube -> n settings; parameters that do not exist there are left out."""
        fixed = np.zeros(len(points))
        columns = {
            p.name: p.distribution.from_unit(points[:, self.axes[p.name]] if p.searched else fixed)
            for p in self.parameters
        }
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        return [self.active(row) for row in rows] if self.is_conditional else rows

    def encode(self, settings: Sequence[Mapping[str, Any]], *, beyond: bool = False) -> NDArray[np.float64]:
        """N settings -> (n, d) points; NaN where a parameter does not exist or its value lies outside.

        beyond: whether numbers outside their range get a place below 0 or above 1 instead.
        """
        points = np.full((len(settings), self.dimensions), np.nan)
        for axis, parameter in enumerate(self.searched):
            has, values = _column(settings, parameter.name)
            distribution = parameter.distribution
            points[has, axis] = distribution.positions(values) if beyond else distribution.to_unit(values)
        return points

    def contains(self, settings: Sequence[Mapping[str, Any]]) -> NDArray[np.bool_]:
        """(n,) whether a setting has a value, within its distribution, of exactly the parameters that exist there."""
        whole = [self.active(params).keys() == params.keys() and not self.missing(params) for params in settings]
        inside = np.array(whole, dtype=bool)
        for parameter in self.parameters:
            has, values = _column(settings, parameter.name)
            inside[has] &= ~np.isnan(parameter.distribution.to_unit(values))
        return inside

    @property
    def is_conditional(self) -> bool:
        """Whether any parameter exists only for some values of another."""
        return any(parameter.when for parameter in self.parameters)

    @cached_property
    def size(self) -> int | None:
        """How many distinct settings there are; None when a continuum is among them."""
        if any(parameter.distribution.size is None for parameter in self.parameters):
            return None
        on = conditions_on(self.parameters)
        named = {name: [value for condition in on[name] for value in condition.named] for name in on}
        return count(self._parents_first, {p.name: p.distribution.split(named[p.name]) for p in self.parameters})

    def grid_size(self, points: Mapping[str, int]) -> int:
        """How many combinations the grid with this many points per parameter has."""
        values: dict[str, list[tuple[Any, int]]] = {}
        for name, on in conditions_on(self.parameters).items():
            distribution, number = self[name].distribution, points.get(name, 1)
            each = distribution.size is not None or on
            values[name] = [(value, 1) for value in distribution.grid(number)] if each else [(None, number)]
        return count(self._parents_first, values)

    def settings(self) -> Iterator[dict[str, Any]]:
        """Every distinct setting of a finite space, in the order of a grid."""
        return self.grid({p.name: p.distribution.size or 1 for p in self.parameters})

    def grid(self, points: Mapping[str, int]) -> Iterator[dict[str, Any]]:
        """Every combination of a grid with this many points per parameter (parameter -> number), each once."""
        rows: Iterator[dict[str, Any]] = iter([{}])
        for parameter in self._parents_first:
            rows = self._crossed(rows, parameter, parameter.distribution.grid(points.get(parameter.name, 1)))
        return map(self.active, rows)

    def _crossed(
        self, rows: Iterator[dict[str, Any]], parameter: Parameter, values: Sequence[Any]
    ) -> Iterator[dict[str, Any]]:
        """Each row with each value of one more parameter, where that exists."""
        for row in rows:
            if parameter.exists(row):
                yield from ({**row, parameter.name: value} for value in values)
            else:
                yield row

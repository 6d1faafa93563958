"""Grid search: every combination of a few values per hyperparameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

from hpsearch.document import Either, Integer, Key, Words
from hpsearch.history import History
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.space import Space, settings_key, value_key
from hpsearch.trial import Job, Params

_LARGEST = 1_000_000
_POINTS = Either(
    (Integer(min=2, max=100_000), Words(Integer(min=1, max=100_000))),
    "a number of points per parameter, or a mapping from parameters to numbers",
    lambda node: 1 if node.is_mapping else 0,
)


@dataclass(frozen=True)
class GridSettings:
    """What a config says about a grid; in a completed plan, the number of points of every parameter."""

    grid: Annotated[
        int | Mapping[str, int] | None, Key("points per parameter of a grid: one number, or one per parameter", _POINTS)
    ] = None


class GridSearch(SearchMethod):
    """All combinations of so many points per parameter, evenly spaced on each parameter's scale."""

    Settings = GridSettings
    example = "search: {method: grid, grid: 5}"

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan with points for each parameter; how many trials that makes is not for the config to say."""
        counts = _counts(plan.of(GridSettings).grid, plan.space)
        size = plan.space.grid_size(counts)
        if size > _LARGEST:
            fix = "search: {method: random, trials: 100}"
            raise PlanError("grid", f"the grid has more than {_LARGEST:,} points", fix, code="C401")
        if plan.trials is not None and plan.trials < size:
            fix = "a part of a grid tells little: take fewer points per parameter, or `method: random`"
            raise PlanError("trials", f"the grid makes {size} trials, `trials` allows {plan.trials}", fix, code="C401")
        return replace(plan, trials=None, settings=GridSettings(counts))

    @cached_property
    def settings(self) -> list[Params]:
        """The combinations, less those that were given as points to try first."""
        first = {settings_key(params) for params in (*self.plan.first, *self.plan.earlier)}
        return [params for params in self.plan.space.grid(self._points) if settings_key(params) not in first]

    @property
    def total(self) -> int | None:
        """The number of combinations, and of the points tried first; fewer where `plan.trials` is."""
        others = (*self.plan.first, *self.plan.earlier)
        again = {settings_key(params) for params in others if self._holds(params)}
        return self.plan.capped(self.plan.space.grid_size(self._points) - len(again) + len(others))

    @property
    def _points(self) -> Mapping[str, int]:
        """Points per parameter."""
        grid = self.plan.of(GridSettings).grid
        return grid if isinstance(grid, Mapping) else {}

    def _holds(self, params: Params) -> bool:
        """Whether a setting is one of the combinations."""
        return all(name in self._keys and value_key(value) in self._keys[name] for name, value in params.items())

    @cached_property
    def _keys(self) -> dict[str, set[str]]:
        points, parameters = self._points, self.plan.space.parameters
        return {p.name: {*map(value_key, p.distribution.grid(points.get(p.name, 1)))} for p in parameters}

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next combinations."""
        start = len(history) - len(self.plan.first) - len(self.plan.earlier)
        return self.plan.jobs(history, self.settings[start : start + self.plan.room(history, free)])


def _counts(grid: int | Mapping[str, int] | None, space: Space) -> dict[str, int]:
    """Points per parameter: all of a listed choice, and the number asked for of a range."""
    ranges = [p.name for p in space.searched if p.distribution.ordered]
    counts = {p.name: p.distribution.size or 0 for p in space.parameters if p.name not in ranges}
    if isinstance(grid, Mapping):
        for name in grid:
            if name not in space or not space[name].searched:
                raise PlanError("grid", f"grid names `{name}`, which is not searched", code="C209")
        counts |= grid
    elif grid is not None:
        counts |= dict.fromkeys(ranges, grid)
    lacking = [name for name in ranges if name not in counts]
    if lacking:
        fix = f"grid: {{{', '.join(f'{name}: 3' for name in lacking)}}}, or one number for all: grid: 3"
        raise PlanError("grid", f"a grid needs the number of points of {', '.join(lacking)}", fix, code="C401")
    return counts

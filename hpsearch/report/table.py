"""The trials ranked, as columns of plain values: the one table that every view and every format is made from."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import UsageError, did_you_mean, uncoded
from hpsearch.history import History
from hpsearch.report.where import ABSENT, condition
from hpsearch.space import Distribution, Space
from hpsearch.trial import Result, Status

LEADING = ("rank", "trial", "round", "status")
TRAILING = ("seconds", "stacked", "error", "error_code")
FORKED, CARRIED = ("parent", "branch"), ("reached",)
_CODES = {Status.DIVERGED: "R109", Status.TIMED_OUT: "R108", Status.OUT_OF_MEMORY: "R107"}
"""Of the failures that a status says; of others the end of their text."""

_PARAMETER, _METRIC = "params.", "metrics."
_GROUPS = {str(status): place for place, status in enumerate((Status.COMPLETE, Status.PAUSED, Status.STOPPED))}


def why_failed(result: Result) -> tuple[str, str]:
    """Why a trial failed, and the code of this kind of failure; empty where it has none."""
    text, code = uncoded(result.error or "")
    return text, _CODES.get(result.status, code)


def _held(result: Result, name: str) -> Any:
    """What a result has under the name of a column; None where that is nothing."""
    error, code = why_failed(result)
    return {"error": error or None, "error_code": code or None}.get(name, getattr(result, name, None))


class TrialTable:
    """All trials, best first: finished ones, then paused, then stopped ones, then the rest with their reasons.

    Of paused ones those come first that have come furthest; forks are among the rest. Only complete trials have a rank;
    equal metrics share one. Columns are read when they are asked for.
    """

    def __init__(self, history: History, running: Collection[int] = ()) -> None:
        self.history, self.running = history, running

    @cached_property
    def numbers(self) -> list[int]:
        """The trials in the order of the table."""
        results, numbers = self.history.results, [trial.number for trial in self.history.all_trials]
        # After those with a group of their own the failed ones, then those that are still to come.
        groups = [_group(results[n].status) if n in results else 4 for n in numbers]
        scores = self.history.scores_of(numbers)
        keys = [-np.nan_to_num(scores, nan=-np.inf), np.array(groups)]
        if self.history.segments:
            paused = [n in results and results[n].status is Status.PAUSED for n in numbers]
            keys.insert(
                1, np.array([-(self.history.reached(n) or 0) * p for n, p in zip(numbers, paused, strict=True)])
            )
        return [numbers[i] for i in np.lexsort(keys).tolist()]

    @cached_property
    def _own(self) -> list[str]:
        """The columns that are neither metrics nor hyperparameters; those of forks where there are any."""
        forked = any(trial.parent is not None for trial in self.history.all_trials)
        return [*LEADING, *(FORKED if forked else ()), *(CARRIED if self.history.segments else ()), *TRAILING]

    @cached_property
    def metrics(self) -> dict[str, str]:
        """Column of a metric -> its name, which it is itself unless it is taken; the one that ranks comes first."""
        names = _keys(result.metrics for result in self.history.results.values())
        taken = {*self._own, *self.parameters, *(_PARAMETER + name for name in self.parameters.values())}
        return _columns(dict.fromkeys([self.history.metric.name, *names]), taken, _METRIC)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Column of a hyperparameter -> its name, which it is itself unless the table has a column of that name."""
        return _columns(_keys(trial.params for trial in self.history.all_trials), set(self._own), _PARAMETER)

    @property
    def ranked(self) -> str:
        """The column of the metric that ranks."""
        return next(iter(self.metrics))

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in their order."""
        own = [name for name in self._own if name not in TRAILING]
        return [*own, *self.metrics, *self.parameters, *TRAILING]

    def source(self, name: str) -> tuple[Mapping[str, str], str] | None:
        """Where a column's values are: in `parameters` or `metrics`, or in neither; and under which name.

        `params.NAME` and `metrics.NAME` always name the one that is meant. None where there is no such column.
        """
        for kind, prefix in ((self.parameters, _PARAMETER), (self.metrics, _METRIC)):
            plain = name.removeprefix(prefix)
            if name in kind or (plain != name and plain in kind.values()):
                return kind, kind.get(name, plain)
        return ({}, name) if name in self._own else None

    def parameter(self, name: str) -> str:
        """The hyperparameter in the column of this name; empty where that is none."""
        kind, plain = self.source(name) or ({}, name)
        return plain if kind is self.parameters else ""

    def distributions(self, space: Space) -> dict[str, Distribution]:
        """Column of a hyperparameter that is in the space -> its distribution there."""
        return {column: space[name].distribution for column, name in self.parameters.items() if name in space}

    def is_metric(self, name: str) -> bool:
        """Whether the column of this name holds a metric."""
        kind, _ = self.source(name) or ({}, name)
        return kind is self.metrics

    def column(self, name: str, numbers: Iterable[int] | None = None) -> list[Any]:
        """The values of a column for some trials, or all in the order of the table; ABSENT where there is none."""
        results, trial = self.history.results, self.history.trial
        numbers = self.numbers if numbers is None else numbers
        kind, name = self.source(name) or ({}, name)
        if kind is self.parameters:
            return [trial(n).params.get(name, ABSENT) for n in numbers]
        if kind is self.metrics:
            return [results[n].metrics.get(name, ABSENT) if n in results else ABSENT for n in numbers]
        if name == "rank":
            return self._ranks(numbers)
        if name == "trial":
            return list(numbers)
        if name == "round":
            return [trial(n).round or ABSENT for n in numbers]
        if name in FORKED:
            return [ABSENT if trial(n).parent is None else getattr(trial(n), name) for n in numbers]
        if name == "reached":
            return [ABSENT if n not in results else self.history.reached(n) or ABSENT for n in numbers]
        if name == "seconds":
            return [self.history.seconds(n) if n in results else ABSENT for n in numbers]
        if name == "status":
            waits = {False: "pending", True: "running"}
            return [str(results[n].status) if n in results else waits[n in self.running] for n in numbers]
        values = (_held(results[n], name) if n in results else None for n in numbers)
        return [ABSENT if value is None else value for value in values]

    @cached_property
    def _ranked_scores(self) -> NDArray[np.float64]:
        return self.history.scores_of(self.history.ranking())

    def _ranks(self, numbers: Iterable[int]) -> list[Any]:
        results, score = self.history.results, self.history.score
        scores = [score(n) if n in results and results[n].status is Status.COMPLETE else -math.inf for n in numbers]
        ranks = 1 + np.searchsorted(-self._ranked_scores, np.negative(scores))
        return [rank if own > -math.inf else ABSENT for rank, own in zip(ranks.tolist(), scores, strict=True)]

    def rows(self, numbers: Sequence[int], columns: Sequence[str] | None = None) -> dict[str, list[Any]]:
        """Some trials as column -> values."""
        return {name: self.column(name, numbers) for name in columns or self.columns if self.source(name)}

    def varying(self) -> list[str]:
        """Columns of the parameters that differ between trials."""
        return [column for column, name in self.parameters.items() if self._varies(name)]

    def _varies(self, name: str) -> bool:
        values = (trial.params.get(name, ABSENT) for trial in self.history.all_trials)
        first = repr(next(values))  # as text: 1, 1.0 and true are equal
        return any(repr(value) != first for value in values)

    def select(self, *, where: str | None = None, sort: str | None = None, top: int | None = None) -> list[int]:
        """The trials that fulfil `where`, sorted by a column (`-name`: descending), the first `top` of them.

        Raises:
            UsageError: an unknown column, or a condition that cannot be read.
        """
        numbers = self.numbers if where is None else self._filtered(where)
        return (numbers if sort is None else self._sorted(numbers, sort))[:top]

    def _filtered(self, where: str) -> list[int]:
        def values(name: str) -> list[Any] | None:
            if self.source(name) is None:
                return None
            return [ABSENT if is_missing(value) else value for value in self.column(name)]

        holds = condition(where, values, self.columns)
        return [number for i, number in enumerate(self.numbers) if holds(i)]

    def _sorted(self, numbers: list[int], sort: str) -> list[int]:
        name = sort.removeprefix("-")
        self.check([name], "--sort")
        values = dict(zip(numbers, self.column(name, numbers), strict=True))
        there = [n for n in numbers if not is_missing(values[n])]
        there.sort(key=lambda n: _order(values[n]), reverse=sort.startswith("-"))
        return there + [n for n in numbers if is_missing(values[n])]

    def check(self, names: Sequence[str], option: str) -> None:
        """UsageError for a name that is no column."""
        for name in names:
            if self.source(name) is None:
                raise UsageError(
                    f"{option}: no column {name!r}; {did_you_mean(name, self.columns, 'columns')}", code="U102"
                )


def _group(status: Status) -> int:
    return 0 if status is Status.COMPLETE else _GROUPS.get(str(status), 3)  # to hash a status takes long


def _keys(mappings: Iterable[Mapping[str, Any]]) -> dict[str, None]:
    """The keys of all, each once; most have the same ones."""
    return dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, mappings))))


def _columns(names: Iterable[str], taken: set[str], prefix: str) -> dict[str, str]:
    """Column -> name: a name that is taken is told apart by what it is a name of."""
    return {prefix + name if name in taken else name: name for name in names}


def is_missing(value: Any) -> bool:
    """Whether a table has nothing to show in a cell."""
    return value is ABSENT or (isinstance(value, float) and math.isnan(value))


def _order(value: Any) -> tuple[bool, Any]:
    number = isinstance(value, int | float)
    return not number, value if number or isinstance(value, str) else repr(value)

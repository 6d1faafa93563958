"""The trials ranked, as columns of plain values: the one table that every view and every format is made from."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from hpsearch.errors import UsageError, did_you_mean, nearest
from hpsearch.trial import History, Status

LEADING = ("rank", "trial", "round", "status")
TRAILING = ("seconds", "stacked", "error")
_GROUPS = {Status.COMPLETE: 0, Status.PAUSED: 1, Status.STOPPED: 2}


class TrialTable:
    """All trials, best first: finished ones, then paused, then stopped ones, then the rest with their reasons.

    Only complete trials have a rank; equal metrics share one. Columns are read when they are asked for.
    """

    def __init__(self, history: History) -> None:
        self.history = history

    @cached_property
    def numbers(self) -> list[int]:
        """The trials in the order of the table."""
        trials, results = self.history.trials, self.history.results
        # After those with a group of their own the failed ones, then those that are still to come.
        groups = [_GROUPS.get(results[t.number].status, 3) if t.number in results else 4 for t in trials]
        order = np.lexsort((-np.nan_to_num(self.history.scores(), nan=-np.inf), np.array(groups)))
        return [trials[i].number for i in order]

    @cached_property
    def metrics(self) -> list[str]:
        """The metric that ranks, then the others."""
        names = _keys(result.metrics for result in self.history.results.values())
        return [self.history.metric.name, *(name for name in names if name != self.history.metric.name)]

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Column of a hyperparameter -> its name, which it is itself unless the table has a column of that name."""
        names = _keys(trial.params for trial in self.history.trials)
        taken = {*LEADING, *TRAILING, *self.metrics}
        return {f"params.{name}" if name in taken else name: name for name in names}

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in their order."""
        return [*LEADING, *self.metrics, *self.parameters, *TRAILING]

    @cached_property
    def _ranks(self) -> dict[int, int]:
        ranking = self.history.ranking()
        worse = np.array([-self.history.score(number) for number in ranking])
        return dict(zip(ranking, (1 + np.searchsorted(worse, worse)).tolist(), strict=True))

    def column(self, name: str, numbers: Iterable[int] | None = None) -> list[Any]:
        """The values of a column for some trials, or all in the order of the table; None for a missing one."""
        results, trial = self.history.results, self.history.trial
        numbers = self.numbers if numbers is None else numbers
        if name in self.parameters:
            parameter = self.parameters[name]
            return [trial(n).params.get(parameter) for n in numbers]
        if name in self.metrics:
            return [results[n].metrics.get(name) if n in results else None for n in numbers]
        if name == "rank":
            return [self._ranks.get(n) for n in numbers]
        if name == "trial":
            return list(numbers)
        if name == "round":
            return [trial(n).round for n in numbers]
        if name == "status":
            return [str(results[n].status) if n in results else "pending" for n in numbers]
        return [getattr(results[n], name) if n in results else None for n in numbers]

    def rows(self, numbers: Sequence[int], columns: Sequence[str] | None = None) -> dict[str, list[Any]]:
        """Some trials as column -> values."""
        return {name: self.column(name, numbers) for name in columns or self.columns}

    def varying(self) -> list[str]:
        """Columns of the parameters that differ between trials."""
        return [column for column, name in self.parameters.items() if self._varies(name)]

    def _varies(self, name: str) -> bool:
        values = (trial.params.get(name) for trial in self.history.trials)
        first = repr(next(values))  # as text: 1, 1.0 and true are equal
        return any(repr(value) != first for value in values)

    def select(self, *, where: str | None = None, sort: str | None = None, top: int | None = None) -> list[int]:
        """The trials that fulfil `where`, sorted by a column (`-name`: descending), the first `top` of them.

        Raises:
            UsageError: an unknown column, or a condition that cannot be read.
        """
        numbers = self.numbers if where is None else _filtered(self, where)
        return (numbers if sort is None else self._sorted(numbers, sort))[:top]

    def _sorted(self, numbers: list[int], sort: str) -> list[int]:
        name = sort.removeprefix("-")
        self.check([name], "--sort")
        values = dict(zip(numbers, self.column(name, numbers), strict=True))
        there = [n for n in numbers if not _is_missing(values[n])]
        there.sort(key=lambda n: _order(values[n]), reverse=sort.startswith("-"))
        return there + [n for n in numbers if _is_missing(values[n])]

    def check(self, names: Sequence[str], option: str) -> None:
        """UsageError for a name that is no column."""
        for name in names:
            if name not in self.columns:
                close = nearest(name, self.columns)
                hint = f"did you mean `{close}`?" if close else f"columns: {', '.join(self.columns)}"
                raise UsageError(f"{option}: no column {name!r}; {hint}")


def _keys(mappings: Iterable[Mapping[str, Any]]) -> dict[str, None]:
    """The keys of all, each once; most have the same ones."""
    return dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, mappings))))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _order(value: Any) -> tuple[bool, Any]:
    number = isinstance(value, int | float)
    return not number, value if number or isinstance(value, str) else repr(value)


def _filtered(table: TrialTable, where: str) -> list[int]:
    import pandas as pd

    if "@" in where or "__" in where:
        raise UsageError(f"--where {where!r}: only columns, numbers, quoted words and comparisons may stand here")
    columns: Mapping[str, Any] = {
        name: pd.Series(table.column(name), dtype=object if name in table.parameters else None)
        for name in table.columns
    }
    frame = pd.DataFrame(columns).infer_objects()
    try:
        found = frame.query(where, engine="python")
    except Exception as err:
        name = str(err).split("'")[1] if "'" in str(err) else ""
        hint = f"; {did_you_mean(name, frame.columns)}" if "not defined" in str(err) else ""
        example = "--where 'layers == 2 and learning_rate < 0.01'"
        raise UsageError(f"--where {where!r} cannot be read: {err}{hint}\n  {example}") from err
    if not hasattr(found, "columns") or len(found.columns) != len(frame.columns):
        raise UsageError(f"--where {where!r} is no condition\n  --where 'layers == 2'")
    return [int(number) for number in found["trial"]]

"""Trials as a pandas table, ranked: the one table that every view and every format is made from."""

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hpsearch.errors import UsageError, did_you_mean
from hpsearch.trial import History, Result, Status

if TYPE_CHECKING:
    import pandas as pd


LEADING = ("rank", "trial", "round", "status")
_TRAILING = ("seconds", "stacked", "error")


def parameter_names(history: History) -> list[str]:
    """Names of all hyperparameters, in the order in which they first appear."""
    return list(dict.fromkeys(name for trial in history.trials for name in trial.params))


def columns_of(history: History) -> dict[str, str]:
    """Parameter -> its column: its name, unless a column of the table itself has that name."""
    taken = {*LEADING, *_TRAILING, *_metric_names(history)}
    return {name: f"params.{name}" if name in taken else name for name in parameter_names(history)}


def ranked(history: History) -> "pd.DataFrame":
    """One row per trial, best first: finished trials, then stopped ones, then the rest with their reasons.

    Only complete trials have a rank; equal metrics share one.
    """
    import pandas as pd

    results = [history.results.get(trial.number) for trial in history.trials]
    scores = history.scores()
    columns: dict[str, Any] = {
        "trial": [trial.number for trial in history.trials],
        "round": [trial.round for trial in history.trials],
        "status": [str(result.status) if result else "pending" for result in results],
    }
    for name in _metric_names(history):
        columns[name] = np.array([_metric(result, name) for result in results], dtype=np.float64)
    for name, column in columns_of(history).items():
        columns[column] = pd.Series([trial.params.get(name) for trial in history.trials], dtype=object)
    columns |= {name: [_detail(result, name) for result in results] for name in _TRAILING}
    frame = pd.DataFrame(columns).infer_objects()
    complete = np.array([result is not None and result.status is Status.COMPLETE for result in results], dtype=bool)
    frame.insert(0, "rank", pd.Series(np.where(complete, scores, np.nan)).rank(ascending=False, method="min"))
    frame["rank"] = frame["rank"].astype("Int64")
    order = pd.DataFrame(
        {"group": [_group(result) for result in results], "score": -np.nan_to_num(scores, nan=-np.inf)}
    )
    return frame.loc[order.sort_values(["group", "score"], kind="stable").index].reset_index(drop=True)


def _metric_names(history: History) -> list[str]:
    """The metric that ranks, then the others."""
    names = dict.fromkeys(name for result in history.results.values() for name in result.metrics)
    return [history.metric.name, *(name for name in names if name != history.metric.name)]


def _metric(result: Result | None, name: str) -> float:
    value = result.metrics.get(name) if result else None
    return np.nan if value is None else float(value)


def _detail(result: Result | None, name: str) -> Any:
    return None if result is None else getattr(result, name)


def _group(result: Result | None) -> int:
    if result is None:
        return 3
    return {Status.COMPLETE: 0, Status.STOPPED: 1}.get(result.status, 2)


def select(
    frame: "pd.DataFrame", *, where: str | None = None, sort: str | None = None, top: int | None = None
) -> "pd.DataFrame":
    """The rows that fulfil `where`, sorted by a column (`-name`: descending), the first `top` of them.

    Raises:
        UsageError: an unknown column, or a condition that cannot be read.
    """
    if where:
        frame = _filtered(frame, where)
    if sort:
        frame = _sorted(frame, sort)
    return frame if top is None else frame.head(top)


def _filtered(frame: "pd.DataFrame", where: str) -> "pd.DataFrame":
    if "@" in where or "__" in where:
        raise UsageError(f"--where {where!r}: only columns, numbers, quoted words and comparisons may stand here")
    try:
        found = frame.query(where, engine="python")
    except Exception as err:
        name = str(err).split("'")[1] if "'" in str(err) else ""
        hint = f"; {did_you_mean(name, frame.columns)}" if "not defined" in str(err) else ""
        example = "--where 'layers == 2 and learning_rate < 0.01'"
        raise UsageError(f"--where {where!r} cannot be read: {err}{hint}\n  {example}") from err
    if not hasattr(found, "columns") or len(found.columns) != len(frame.columns):
        raise UsageError(f"--where {where!r} is no condition\n  --where 'layers == 2'")
    return found


def _sorted(frame: "pd.DataFrame", sort: str) -> "pd.DataFrame":
    name = sort.removeprefix("-")
    check_columns(frame, [name], "--sort")
    key = frame[name].map(lambda value: (isinstance(value, str), value)) if frame[name].dtype == object else frame[name]
    order = key.sort_values(ascending=not sort.startswith("-"), kind="stable", na_position="last").index
    return frame.loc[order]


def check_columns(frame: "pd.DataFrame", names: Sequence[str], option: str) -> None:
    """UsageError for a name that is no column."""
    for name in names:
        if name not in frame.columns:
            close = difflib.get_close_matches(name, frame.columns, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"columns: {', '.join(frame.columns)}"
            raise UsageError(f"{option}: no column {name!r}; {hint}")


def varying(frame: "pd.DataFrame", columns: Mapping[str, str]) -> list[str]:
    """Columns of the parameters that differ between trials."""
    return [c for c in columns.values() if len({repr(value) for value in frame[c]}) > 1]

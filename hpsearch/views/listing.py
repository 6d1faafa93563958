"""All runs in one table; what a plan and an evaluation come to."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from hpsearch.config import Config
from hpsearch.data import size_of
from hpsearch.document import duration, visible
from hpsearch.methods import halving_fits, suggestion
from hpsearch.report import ABSENT
from hpsearch.report.overview import Overview
from hpsearch.runs.pace import Pace
from hpsearch.store import State
from hpsearch.views import formats
from hpsearch.views.tables import fitting, plain_table, sentence

if TYPE_CHECKING:
    from hpsearch.report.evaluation import Evaluation  # it knows the networks, which a list of runs need not load

_STYLES = {State.RUNNING: "green", State.DONE: "", State.INTERRUPTED: "yellow", State.BEGUN: "yellow"}
_WRONG = "red"
_NARROW = 80  # characters; with less, what ended a search is left out
_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}  # seconds


def print_runs(out: Console, runs: Path, found: Sequence[Overview]) -> None:
    """One line per run; beneath them what is wrong with some, and the way out."""
    if not found:
        out.print(f"no runs in {escape(str(runs))}; hpsearch run configs/digits.yaml makes one")
        return
    cells = {name: [cell(one) for one in found] for name, cell in _CELLS.items()}
    if out.width < _NARROW:
        cells["state"] = [str(one.state) for one in found]
    widest = out.width // 4  # a long name is folded, so that it takes no room from the others
    kept, left_out = fitting(cells | {"run": [name[:widest] for name in cells["run"]]}, out.width, {"run", "state"})
    styled = [Text(text, _STYLES.get(one.state, _WRONG)) for text, one in zip(cells["state"], found, strict=True)]
    columns = {name: cells[name] for name in kept} | {"state": styled}
    table = plain_table([*columns], zip(*columns.values(), strict=True), right=_RIGHT, fold=True)
    for name, column in zip(columns, table.columns, strict=True):
        column.no_wrap = name != "run"
    out.print(table)
    if left_out:
        sentence(out, f"left out to fit: {', '.join(reversed(left_out))} (--format csv has all)", "dim")
    for one in found:
        if one.why and one.state is not State.DONE:
            sentence(out, f"{one.run}: {one.why}", "" if one.state in _STYLES else "yellow")


def _state(one: Overview) -> str:
    return f"{one.state} ({one.why})" if one.state is State.DONE and one.why else str(one.state)


def _trials(one: Overview) -> str:
    if one.finished is None:
        return ""
    whole = one.total is None or (one.state is State.DONE and one.finished >= one.total)
    return str(one.finished) if whole else f"{one.finished}/{one.total}"


def _age(one: Overview) -> str:
    """How long ago the run began, in whole units."""
    if one.started is None:
        return ""
    seconds = max(0, int(time.time() - one.started))
    unit = next((unit for unit, size in _UNITS.items() if seconds >= size), "s")
    return f"{seconds // _UNITS[unit]} {unit}"


_CELLS: dict[str, Callable[[Overview], str]] = {
    "run": lambda one: visible(one.run),
    "state": _state,
    "trials": _trials,
    "best": lambda one: "" if one.best is None else formats.metric(one.best),
    "age": _age,
    "size": lambda one: size_of(one.size),
    "metric": lambda one: visible(one.metric or ""),
    "training": lambda one: "" if one.training is None else duration(one.training),
}
"""The columns of the list, in the order in which a narrow screen keeps them."""
_RIGHT = ("trials", "best", "age", "size", "training")


def runs_as_json(found: Sequence[Overview]) -> str:
    """Runs as a list of objects, with every digit; what is not known is null."""
    return json.dumps([dict(zip(_FIELDS, _values(one), strict=True)) for one in found], indent=2)


def runs_as_csv(found: Sequence[Overview]) -> str:
    """Runs as comma-separated values, with every digit; what is not known is empty."""
    rows = [[ABSENT if value is None else value for value in _values(one)] for one in found]
    return formats.as_csv({name: [row[i] for row in rows] for i, name in enumerate(_FIELDS)})


_FIELDS = [field.name for field in fields(Overview)]


def _values(one: Overview) -> list[Any]:
    """The values of a record, plain; times as ISO 8601 has them."""
    known = {name: getattr(one, name) for name in _FIELDS}
    moment = None if one.started is None else datetime.fromtimestamp(one.started, UTC).isoformat(timespec="seconds")
    return [*(known | {"folder": str(one.folder), "started": moment}).values()]


def print_plan(out: Console, config: Config, pace: Pace, seconds: float) -> None:
    """What was measured, how many trials that makes, and which way to search."""
    if not pace.trials:
        out.print("no trial finished in a minute; time one by hand, with --set search.trials=1")
        return
    each = f"{duration(1 / pace.per_second)} each, start of the processes included"
    sentence(out, f"{pace.trials} trials in {duration(pace.seconds)} with {pace.workers} workers: {each}")
    if pace.failed:
        out.print(f"[yellow]{pace.failed} of them failed[/]: look at why before a longer run")
    fit = int(seconds * pace.per_second)
    out.print(f"about [bold]{fit:,}[/] trials fit into {duration(seconds)}", highlight=False)
    if total := config.method().total:
        sentence(out, f"the {total:,} trials of the config take about {duration(total / pace.per_second)}")
    sentence(out, suggestion(fit, config.space.dimensions))
    if config.objective.pauses and not config.search.kind.pauses and fit:
        many = f"--set search.method=halving looks at about {halving_fits(fit):,} in the same time"
        sentence(out, f"where a trial can pause and be carried on, {many}: the worst of them only for a moment", "dim")


def print_evaluation(out: Console, name: str, found: "Evaluation") -> None:
    """Accuracy and loss of the best network on the untouched part, and how often that has been looked at."""
    out.print(f"trial {found.trial} of {escape(name)}, {found.test.examples} test examples")
    for part, scores in (("test", found.test), ("validation", found.validation)):
        accuracy, loss = formats.metric(scores.accuracy), formats.metric(scores.loss)
        out.print(f"{part + ' accuracy':<20} {accuracy}   {part + ' loss':<16} {loss}")
    out.print(
        f"[yellow]This is for the end; it was evaluation number {found.times} of this run.[/] A test score that you "
        "choose by is no test any more: if you search on after seeing it, expect worse on new data."
    )

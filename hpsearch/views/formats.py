"""Values as text for people, and reports as text for programs."""

import csv
import io
import json
import math
import re
import shlex
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from hpsearch.config import Config
from hpsearch.document import duration, for_spreadsheets, significant, told_apart, visible, written
from hpsearch.objectives import Running
from hpsearch.report import ABSENT, Report, TrialTable, is_missing
from hpsearch.space import Distribution, Space, as_cell
from hpsearch.surrogate.curves import Expected
from hpsearch.trial import Params, Trial

_FINEST, _LARGE = 6, 1e6  # decimals at most, and what has none
_MARKUP = re.compile(r"[\\`*|]|(?<![^\W_])_|_(?![^\W_])|\[(?=[^\]]*\]\()")  # no underscore within a word is any


def values(items: Sequence[Any]) -> list[str]:
    """Values for people, which look as different as they are."""
    return _column(items, significant, (1,))


def settings(params: Params, space: Space) -> dict[str, str]:
    """The settings of a trial for people; only what is an end of its range looks like one."""
    return {name: _column([item], significant, (1, *_ends(space, name)))[0] for name, item in params.items()}


def metric(item: Any) -> str:
    """A metric for people: four decimals, or four digits where it is large or tiny, and more where that says 1."""
    return _column([item], _decimal, (0, 1))[0]


def command_line(config: Config, trial: Trial, folder: Path) -> str:
    """The line that runs a trial of the run in this folder, for a shell; empty where it is no program."""
    found = config.objective.command(trial, folder.resolve(), config.folder)
    if found is None:
        return ""
    environment, words = found
    return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in environment.items()), shlex.join(words)])


def progress(one: Running, name: str) -> str:
    """A trial that runs: for how long, how far it is, the newest value of the metric of this name."""
    which = f"trial {one.trial}" + (f" with seed {one.replicate}" if one.replicate else "")
    at = "" if one.step is None else f" at step {one.step:g}"
    value = "nothing reported yet" if one.value is None else f"{name} {metric(one.value)}{at}"
    return f"{which}, {duration(max(0.0, time.time() - one.since))}: {value}"


def expected(found: Expected) -> str:
    """What a trial is expected to come to, with half the width of the interval of 90 %."""
    return f"expected at epoch {found.end}: {_give_or_take(found)}"


def outlook(found: Expected) -> str:
    """The same, where there is little room."""
    return f"expected {_give_or_take(found)} at {found.end}"


def _give_or_take(found: Expected) -> str:
    """A value as exact as it is known."""
    digits = max(0, -math.floor(math.log10(found.half))) if found.half > 0 else _FINEST
    if digits <= _FINEST and abs(found.value) < _LARGE:
        return f"{found.value:.{digits}f} ± {found.half:.{digits}f}"
    return f"{found.value:.4g} ± {found.half:.1g}"


def _decimal(number: float, digits: int) -> str:
    return f"{number:.{digits}{'f' if 0.01 <= abs(number) < 1000 or number == 0 else 'g'}}"


def cells(rows: Mapping[str, Sequence[Any]], table: TrialTable, space: Space) -> dict[str, list[str]]:
    """Columns of values as columns of text, in which what differs looks different."""
    return {
        name: _column(items, _decimal, (0, 1)) if table.is_metric(name) else _column(items, significant, ends)
        for name, items in rows.items()
        for ends in [(1, *_ends(space, table.parameter(name)))]
    }


def _ends(space: Space, name: str) -> tuple[float, ...]:
    """The ends of the range of a hyperparameter; none where it has no range."""
    return space[name].distribution.ends if name in space and space[name].distribution.scale is not None else ()


def _column(items: Sequence[Any], form: Callable[[float, int], str], beside: Iterable[float]) -> list[str]:
    numbers = [item for item in items if _is_number(item, form)]
    texts = iter(told_apart(numbers, beside, form))
    others = {"", *(written(item) for item in items if not isinstance(item, str) and not is_missing(item))}
    return [next(texts) if _is_number(item, form) else _text(item, others) for item in items]


def _is_number(item: Any, form: Callable[[float, int], str]) -> bool:
    """Whether it is shown with some of its digits; whole numbers are, where they are metrics among others."""
    return isinstance(item, float if form is significant else float | int) and not math.isnan(item)


def _text(item: Any, others: Container[str]) -> str:
    """A text that one of the others looks like, which are none, or that begins or ends with space, is put in quotes."""
    text = "" if is_missing(item) else visible(written(item))
    return f"'{text}'" if isinstance(item, str) and (item in others or item != item.strip()) else text


def as_csv(rows: Mapping[str, Sequence[Any]], distributions: Mapping[str, Distribution] | None = None) -> str:
    """Columns as comma-separated values, with every digit; what does not exist is empty.

    distributions: those of the columns of hyperparameters, which `search.points` reads back.
    """
    known = [(distributions or {}).get(name) for name in rows]
    body = ([*map(_csv_cell, row, known)] for row in zip(*rows.values(), strict=True))
    return "\n".join(_csv_line(row) for row in [[*map(_csv_cell, rows)], *body])


def _csv_line(row: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(row)  # so that both are quoted within a cell
    return out.getvalue().removesuffix("\r\n")


def _csv_cell(item: Any, distribution: Distribution | None = None) -> Any:
    """A cell that a spreadsheet takes for what it is: a text that it would calculate gets an apostrophe."""
    if is_missing(item):
        return ""
    if distribution is not None:
        return as_cell(item, distribution)
    if isinstance(item, str):
        return for_spreadsheets(item)
    return item if isinstance(item, bool | int | float) else written(item)


def as_markdown(rows: Mapping[str, Sequence[Any]], table: TrialTable, space: Space) -> str:
    """Columns as a Markdown table."""
    lines = [list(rows), ["---"] * len(rows), *zip(*cells(rows, table, space).values(), strict=True)]
    return "\n".join(f"| {' | '.join(map(_markdown_cell, line))} |" for line in lines)


def _markdown_cell(text: str) -> str:
    """A cell that is shown as it stands: neither markup nor HTML, and in one line."""
    text = visible(_MARKUP.sub(r"\\\g<0>", text))
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_json(rows: Mapping[str, Sequence[Any]], table: TrialTable) -> str:
    """Rows as a list of objects, with every digit. A hyperparameter that a trial does not have is left out."""
    return json.dumps(_plain(_objects(rows, table)), indent=2, default=str)


def as_findings(report: Report, rows: Mapping[str, Sequence[Any]]) -> str:
    """The whole report as one JSON object, with every digit: its trials, and all that is found out from them."""
    document = {
        "run": report.name,
        "metric": report.metric,
        "best": report.best,
        "summary": report.summary,
        "ended": report.ended,
        "running": report.running,
        "trials": _objects(rows, report.table),
        "ties": report.ties,
        "confirmation": report.confirmation,
        "rounds": report.rounds,
        **{section.name: section.data for section in report.sections or ()},
        "next": [command for command, _ in report.following],
    }
    return json.dumps(_plain(document), indent=2, default=str)


def _objects(rows: Mapping[str, Sequence[Any]], table: TrialTable) -> list[dict[str, Any]]:
    """Rows as mappings: there, null is a value of a hyperparameter, and elsewhere that there is none."""
    known = {name for name in rows if not table.parameter(name)}
    pairs = (zip(rows, row, strict=True) for row in zip(*rows.values(), strict=True))
    return [
        {name: None if item is ABSENT else item for name, item in row if item is not ABSENT or name in known}
        for row in pairs
    ]


def _plain(item: Any) -> Any:
    """Records as mappings, distributions in their short form; what is no number in JSON is null."""
    if hasattr(item, "from_unit"):
        return str(item)
    if is_dataclass(item) and not isinstance(item, type):
        return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    if isinstance(item, Mapping):
        return {str(key): _plain(one) for key, one in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(one) for one in item]
    return None if isinstance(item, float) and not math.isfinite(item) else item

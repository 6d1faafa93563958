"""Tables on a terminal: plain ones, the ranked trials, and curves in a line of text."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hpsearch.insight import Ties
from hpsearch.report import Curves, TrialTable
from hpsearch.trial import Status
from hpsearch.views import formats

ROWS = 10
"""Trials in the table at the end of a search."""

_GAP = 2
_PIPE_WIDTH = 100_000  # nothing is cut where no one looks at a screen
_BARS = "▁▂▃▄▅▆▇█"


def console(*, stderr: bool = False) -> Console:
    """A console that fits the terminal, and cuts nothing in a pipe."""
    probe = Console(stderr=stderr)
    return probe if probe.is_terminal else Console(stderr=stderr, width=_PIPE_WIDTH, highlight=False)


def plain_table(headers: Sequence[str], *, right: Collection[str] = (), fold: bool = False) -> Table:
    """A table of columns and nothing else; `right`: those of numbers; fold: whether long cells may be broken."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for header in headers:
        justify, overflow = "right" if header in right else "left", "fold" if fold else "ellipsis"
        table.add_column(header, justify=justify, overflow=overflow)  # type: ignore[arg-type]  # literals, seen as str
    return table


def pairs(rows: Iterable[tuple[str, str]]) -> Table:
    """Names beside their values."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, _GAP, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def sparkline(values: Sequence[float], low: float, high: float, width: int = 10) -> str:
    """The curve at `width` places, from `low` (lowest bar) to `high`; a cross where it is not finite."""
    if not values:
        return ""
    count = min(width, len(values))
    places = [values[round(i * (len(values) - 1) / max(1, count - 1))] for i in range(count)]
    return "".join(_bar(value, low, high) for value in places)


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return "\u00d7"
    share = (value - low) / (high - low) if high > low else 1.0
    return _BARS[min(len(_BARS) - 1, max(0, int(share * len(_BARS))))]


def _range_of(curves: Curves, metric: str) -> tuple[float, float]:
    """The range that all sparklines of a table share: without it two rows could not be compared."""
    values = np.array([v for curve in curves.values() for v in curve.get(metric, [])], dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    # A run that diverges would flatten all others.
    return float(np.quantile(finite, 0.02)), float(np.quantile(finite, 0.98))


def ranked(
    table: TrialTable,
    numbers: Sequence[int],
    curves: Curves,
    width: int,
    *,
    columns: Sequence[str] | None = None,
    ties: Ties | None = None,
) -> list[RenderableType]:
    """Some trials as a table that fits, and beneath it what it marks and what had to be left out."""
    tied = ties.numbers if ties is not None and len(ties.numbers) > 1 else ()
    rows = table.rows(numbers, columns or default_columns(table))
    cells = {name: [_cell(name, value, table.metrics) for value in values] for name, values in rows.items()}
    if "rank" in cells:
        cells["rank"] = [rank + "~" * (n in tied) for rank, n in zip(cells["rank"], numbers, strict=True)]
    if not columns:
        cells = _with_curves(cells, table.metrics[0], numbers, curves)
    kept, left_out = fitting(cells, width, {"rank", "trial", table.metrics[0]})
    shown: list[RenderableType] = [trial_table(kept, best=[rank == 1 for rank in table.column("rank", numbers)])]
    if ties is not None and tied:
        text = f"~ {len(tied)} trials are within noise of the best, {formats.metric(ties.margin)} ({ties.source})"
        shown.append(Text(text, style="dim"))
    if left_out:
        shown.append(Text(f"left out to fit: {', '.join(left_out)} (--columns chooses)", style="dim"))
    return shown


def default_columns(table: TrialTable) -> list[str]:
    """Rank, number, round and status where they differ, the metric, and what was searched."""
    history = table.history
    statuses = {result.status for result in history.results.values()} | ({None} if history.pending else set())
    rounds = {trial.round for trial in history.trials}
    odd = [*(["round"] if len(rounds) > 1 else []), *(["status"] if statuses != {Status.COMPLETE} else [])]
    return ["rank", "trial", *odd, table.metrics[0], *table.varying()]


def _with_curves(
    cells: dict[str, list[str]], metric: str, numbers: Sequence[int], curves: Curves
) -> dict[str, list[str]]:
    """The cells with sparklines behind the metric, where there are any."""
    ends = _range_of(curves, metric)
    lines = [sparkline(curves.get(number, {}).get(metric, []), *ends) for number in numbers]
    items = list(cells.items())
    place = list(cells).index(metric) + 1
    return dict([*items[:place], ("curve", lines), *items[place:]]) if any(lines) else cells


def trial_table(cells: Mapping[str, Sequence[str]], best: Sequence[bool]) -> Table:
    """Columns of text as a table; the best row stands out."""
    table = plain_table(())
    for name, values in cells.items():
        right = name not in ("status", "error", "curve") and all(_is_number(v.rstrip("~")) for v in values if v)
        table.add_column(_header(name), justify="right" if right else "left", no_wrap=name != "error")
    for i, row in enumerate(zip(*cells.values(), strict=True)):
        table.add_row(*map(Text, row), style="bold green" if best[i] else "")
    return table


def _cell(column: str, item: object, metrics: Sequence[str]) -> str:
    return formats.metric(item) if column in metrics else formats.value(item)


def _header(name: str) -> str:
    return name.replace("_", "_\n")


def _width(name: str, values: Sequence[str]) -> int:
    return max(len(part) for part in [*_header(name).split("\n"), *values])


def fitting(
    cells: Mapping[str, Sequence[str]], width: int, needed: set[str]
) -> tuple[dict[str, Sequence[str]], list[str]]:
    """The columns that fit into the width, and the names of those left out, from the right."""
    widths = {name: _width(name, values) + _GAP for name, values in cells.items()}
    left_out: list[str] = []
    # Bookkeeping goes before hyperparameters.
    order: list[str] = [name for name in ("error", "stacked", "seconds", "round") if name in cells]
    order += [name for name in reversed(list(cells)) if name not in order]
    for name in order:
        if sum(widths.values()) - _GAP <= width:
            break
        if name not in needed:
            left_out.append(name)
            del widths[name]
    return {name: cells[name] for name in cells if name not in left_out}, left_out


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def sentence(out: Console, text: str, style: str = "") -> None:
    """Text that may be longer than a line, as it stands: no markup, no colours for its numbers."""
    out.print(escape(text), style=style, soft_wrap=True, highlight=False)

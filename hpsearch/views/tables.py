"""Tables on a terminal: plain ones, the ranked trials, and curves in a line of text."""

import math
import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hpsearch.document import reads_as_number, visible
from hpsearch.insight import Curves, Ties
from hpsearch.objectives import thinned
from hpsearch.report import TrialTable
from hpsearch.space import Space
from hpsearch.surrogate.observations import unit_of
from hpsearch.trial import Status, Trial
from hpsearch.views import formats
from hpsearch.views.terminal import wrapped

Cells = dict[str, list[str]]  # column -> its texts

CURVE = "curve"  # a column that is drawn, unless something else has that name
_GAP = 2
_PART_OF_NAME = re.compile(r"[^_./-]*[_./-]+|[^_./-]+")
BARS = " ▁▂▃▄▅▆▇█"  # nothing, and a line of text filled by eighths


def plain_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str | Text]] = (),
    *,
    right: Collection[str] = (),
    fold: bool = False,
    best: Collection[int] = (),
) -> Table:
    """A table of columns and nothing else; its cells are text as it stands, without markup.

    right: columns of numbers; fold: whether long cells may be broken; best: the rows that stand out.
    """
    table = Table(box=None, show_header=bool(headers), pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for header in headers:
        justify, overflow = "right" if header in right else "left", "fold" if fold else "ellipsis"
        table.add_column(Text(visible(header, "\n")), justify=justify, overflow=overflow)  # type: ignore[arg-type]  # literals, seen as str
    for i, row in enumerate(rows):
        cells = (cell if isinstance(cell, Text) else Text(visible(cell, "\n")) for cell in row)
        table.add_row(*cells, style="bold green" if i in best else "")
    return table


def sparkline(values: Sequence[float], low: float, high: float, width: int = 10) -> str:
    """The curve at `width` places, from `low` (lowest bar) to `high`; a cross where it is not finite."""
    return "".join(_bar(value, low, high) for value in thinned(values, width))


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return "\u00d7"
    return BARS[1 + min(7, max(0, int(8 * share(value, low, high))))]


def share(value: float, low: float, high: float) -> float:
    """How much of the way from `low` to `high` the value has come; all of it where they are one."""
    span = high / 2 - low / 2  # of halves: the whole may be more than a float holds
    return (value / 2 - low / 2) / span if span > 0 else 1.0


def print_ranked(
    out: Console,
    table: TrialTable,
    space: Space,
    numbers: Sequence[int],
    curves: Curves,
    *,
    columns: Sequence[str] | None = None,
    first: Sequence[str] = (),
    ties: Ties | None = None,
    best: Trial | None = None,
) -> None:
    """Some trials as a table that fits, and beneath it what it marks and what had to be left out.

    first: hyperparameters that come before the others; best: the trial to take, which stands out.
    """
    tied = ties.numbers if ties is not None and len(ties.numbers) > 1 else ()
    names = list(columns or _default_columns(table, first))
    cells = formats.cells(table.rows(numbers, names), table, space)
    if "rank" in cells:
        cells["rank"] = [rank + "~" * (n in tied) for rank, n in zip(cells["rank"], numbers, strict=True)]
    if not columns or (CURVE in columns and table.source(CURVE) is None):
        cells |= _drawn(table, numbers, curves)
        names = [name for name in _with_curve(names, table.ranked) if name in cells]
        cells = {name: cells[name] for name in names if columns or any(cells[name]) or name != CURVE}
    kept, left_out = fitting(cells, out.width, {"rank", "trial", table.ranked})
    out.print(trial_table(kept, best=[i for i, number in enumerate(numbers) if best and number == best.number]))
    if table.numbers and not numbers:
        sentence(out, "no trial fulfils the condition", "dim")
    if best and best != table.history.best():
        chosen = f"trial {best.number} is the one to take, by what it did with other seeds"
        sentence(out, chosen, "dim")
    if ties is not None and tied:
        margin = f"{formats.metric(ties.margin)} ({ties.source})"
        sentence(out, f"~ {len(tied)} trials are within noise of the best, {margin}", "dim")
    if left_out:
        how = "(--columns A,B,... chooses, --format csv has all)"
        sentence(out, f"left out to fit: {', '.join(reversed(left_out))} {how}", "dim")


def _default_columns(table: TrialTable, first: Sequence[str]) -> list[str]:
    """Rank, number, round and status where they differ, the metric, and what was searched, what matters first."""
    history = table.history
    differ = history.pending or any(result.status is not Status.COMPLETE for result in history.results.values())
    rounds = {trial.round for trial in history.trials}
    odd = [*(["round"] if len(rounds) > 1 else []), *(["status"] if differ else [])]
    places = {name: place for place, name in enumerate(first)}
    odd += [name for name in ("reached", "parent", "branch") if table.source(name) and _tells(table, name)]
    varying = sorted(table.varying(), key=lambda column: places.get(table.parameter(column), len(places)))
    return ["rank", "trial", *odd, table.ranked, *varying]


def _tells(table: TrialTable, name: str) -> bool:
    """Whether a column says more than one thing."""
    return len(set(map(str, table.column(name)))) > 1


def _drawn(table: TrialTable, numbers: Sequence[int], curves: Curves) -> Cells:
    """The curves of the metric as sparklines; they share a range, to be compared by eye."""
    metric = table.history.metric.name
    finite = [v for curve in curves.values() for v in curve.get(metric, []) if math.isfinite(v)]
    # A run that diverges would flatten all others.
    unit = unit_of(finite)
    low, high = (np.quantile(np.array(finite) / unit, (0.02, 0.98)) * unit).tolist() if finite else (0.0, 1.0)
    return {CURVE: [sparkline(curves.get(number, {}).get(metric, []), low, high) for number in numbers]}


def _with_curve(names: Sequence[str], metric: str) -> list[str]:
    """The columns with that of the curves behind the metric, where nobody has put it elsewhere."""
    behind = {metric: (metric, CURVE)} if CURVE not in names else {}
    return [one for name in names for one in behind.get(name, (name,))]


def trial_table(cells: Cells, best: Collection[int]) -> Table:
    """Columns of text as a table; the best rows stand out."""
    right = {
        _header(name)
        for name, values in cells.items()
        if name not in ("status", "error", "curve") and all(reads_as_number(v.rstrip("~")) for v in values if v)
    }
    table = plain_table([*map(_header, cells)], zip(*cells.values(), strict=True), right=right, best=best)
    for name, column in zip(cells, table.columns, strict=True):
        column.no_wrap = name != "error"
    return table


def _header(name: str) -> str:
    return broken(name, 1)


def broken(name: str, width: int) -> str:
    """A name in lines of at most so many columns, as far as it has places to break at: `_`, `.`, `-`, `/`."""
    lines = [""]
    for part in _PART_OF_NAME.findall(name):
        if lines[-1] and cell_len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def fitting(cells: Cells, width: int, needed: set[str]) -> tuple[Cells, list[str]]:
    """The columns that fit into the width, and the names of those left out, from the right.

    A narrow column stays where a wide one before it does not fit.
    """
    widths = {
        name: max(cell_len(visible(text)) for text in (*_header(name).split("\n"), *values)) + _GAP
        for name, values in cells.items()
    }
    left_out: list[str] = []
    # Bookkeeping goes before hyperparameters.
    order: list[str] = [name for name in ("error", "stacked", "seconds", "round") if name in cells]
    order += [name for name in reversed(list(cells)) if name not in order]
    taken = sum(widths.values()) - _GAP
    for name in order:
        if taken > width and name not in needed:
            left_out.append(name)
            taken -= widths[name]
    for name in reversed(left_out):
        if taken + widths[name] <= width:
            left_out.remove(name)
            taken += widths[name]
    return {name: cells[name] for name in cells if name not in left_out}, left_out


def sentence(out: Console, text: str, style: str = "") -> None:
    """Text that may be longer than a line, broken between words: no markup, no colours for its numbers."""
    out.print(Text(wrapped(visible(text, "\n"), out.width), style=style), highlight=False)


def verbatim(out: Console, text: str) -> None:
    """Lines to be copied, as they stand: a terminal that is too narrow breaks them, and copies them whole."""
    out.print(Text(visible(text, "\n")), soft_wrap=True, highlight=False)

"""The ranked table on a terminal."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hpsearch.views import formats

if TYPE_CHECKING:
    import pandas as pd

import math

Curves = Mapping[int, Mapping[str, Sequence[float]]]
_GAP = 2
_PIPE_WIDTH = 100_000  # nothing is cut where no one looks at a screen


def console(*, stderr: bool = False) -> Console:
    """A console that fits the terminal, and cuts nothing in a pipe."""
    probe = Console(stderr=stderr)
    return probe if probe.is_terminal else Console(stderr=stderr, width=_PIPE_WIDTH, highlight=False)


def scale_of(curves: Curves, metric: str) -> tuple[float, float]:
    """The range that all sparklines of a table share: without it two rows could not be compared."""
    values = np.array([v for curve in curves.values() for v in curve.get(metric, [])], dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    # A run that diverges would flatten all others.
    return float(np.quantile(finite, 0.02)), float(np.quantile(finite, 0.98))


def draw(
    frame: "pd.DataFrame",
    columns: Sequence[str],
    *,
    metrics: Sequence[str],
    curves: Curves | None = None,
    scale: tuple[float, float] = (0.0, 1.0),
    width: int,
    tied: Collection[int] = (),
) -> tuple[Table, list[str]]:
    """The rows as a table that fits, and the columns that had to be left out; `tied` trials get a `~` at their rank."""
    cells: dict[str, Sequence[str]] = {c: [_cell(c, v, metrics) for v in frame[c].tolist()] for c in columns}
    if "rank" in cells:
        marks = ["~" if trial in tied else "" for trial in frame["trial"].tolist()]
        cells["rank"] = [rank + mark for rank, mark in zip(cells["rank"], marks, strict=True)]
    if curves:
        lines = [sparkline(curves.get(t, {}).get(metrics[0], []), *scale) for t in frame["trial"].tolist()]
        if any(lines):
            place = next((i + 1 for i, c in enumerate(cells) if c == metrics[0]), len(cells))
            items = list(cells.items())
            cells = dict([*items[:place], ("curve", lines), *items[place:]])
    kept, left_out = fitting(cells, width, {"rank", "trial", *metrics[:1]})
    return trial_table(kept, best=frame["rank"].eq(1).fillna(False).tolist()), left_out


def trial_table(cells: Mapping[str, Sequence[str]], best: Sequence[bool]) -> Table:
    """Columns of text as a table; the best row stands out."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, values in cells.items():
        right = name not in ("status", "error", "curve") and all(_is_number(v.rstrip("~")) for v in values if v)
        table.add_column(_header(name), justify="right" if right else "left", no_wrap=name != "error")
    for i, row in enumerate(zip(*cells.values(), strict=True)):
        table.add_row(*map(Text, row), style="bold green" if best[i] else "")
    return table


def _cell(column: str, item: object, metrics: Sequence[str]) -> str:
    if column in metrics:
        return formats.metric(item)
    return formats.value(formats.plain(item))


def _header(name: str) -> str:
    return name.replace("_", "_\n")


def _width(name: str, values: Sequence[str]) -> int:
    return max(len(part) for part in [*_header(name).split("\n"), *values])


def fitting(
    cells: dict[str, Sequence[str]], width: int, needed: set[str]
) -> tuple[dict[str, Sequence[str]], list[str]]:
    """The columns that fit into the width, and the names of those left out, from the right."""
    widths = {name: _width(name, values) + _GAP for name, values in cells.items()}
    left_out: list[str] = []
    # Bookkeeping goes before hyperparameters.
    order: list[str] = [name for name in ("error", "stacked", "seconds", "round") if name in cells]
    order += [name for name in reversed(cells) if name not in order]
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


_BARS = "▁▂▃▄▅▆▇█"


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

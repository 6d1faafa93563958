"""Finds a metric in tables that a program draws: rows of a name and a value, or a header and the rows below it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hpsearch.objectives.command.numerals import NO_VALUE, like_a_number
from hpsearch.objectives.command.places import APART, COUNTER, PART

_BAR = r"[|\u2502\u2503\u2506\u2551\u00a6]"
_RULE = re.compile(r"[\s\-=_+:|*~\u2010-\u2015\u2500-\u257f]+")  # ├────┼────┤, |---|---|, =====
_SPACES = re.compile(r"\s{2,}")
_SEPARATORS = (re.compile(_BAR), re.compile(r"\t"), re.compile(r","), re.compile(r";"), _SPACES)
_EMPTY = re.compile(r"|-+|none|null|n/a|nan|<na>|\s", re.IGNORECASE)
_TYPES = re.compile(r"[iuf](?:8|16|32|64)|str|bool|date|cat|list\[\w+\]|\W+")  # polars names each column's
_INDEX = re.compile(r"[^\W\d]\w{0,40}\s*")  # pandas names the column of its rows' names below the others
_LONGEST_ROW = 4096
_REPORT = {"precision", "recall", "support"}  # scikit-learn's, of one class a row
_WORD = re.compile(r"[^\W\d_]")


def _cells(text: str, separator: re.Pattern[str]) -> list[str]:
    if separator is _SEPARATORS[0]:
        text = re.sub(rf"^\s*{_BAR}|{_BAR}\s*$", "", text)
    cells = [cell.strip() for cell in separator.split(text.strip())]
    return [cell.strip("*`\"'") or cell for cell in cells]


@dataclass
class Table:
    """A table whose header names the metric, followed row by row.

    A line of other text may stand between its rows only where a column of steps tells that they go on: other numbers
    below a table may be those of another one.
    """

    names: Sequence[str]
    metric: str
    separator: re.Pattern[str]
    last_step: float | None = None
    interrupted: bool = False
    begun: bool = False  # or no column without a name, which the next line may name
    counted: str = ""  # the last cell of a column that numbers the reports

    def row(self, text: str) -> list[tuple[str, str]] | None:
        """The row's cells by name; None where the line is none."""
        if len(text) > _LONGEST_ROW or _RULE.fullmatch(text):
            return None
        cells, spaces = _cells(text, self.separator), self.separator is _SPACES
        begun, self.begun = self.begun, True
        if spaces and not begun and _INDEX.fullmatch(text):
            self.names = [text.strip(), *self.names]
            return None
        if all(map(_TYPES.fullmatch, cells)):
            return None
        if spaces and len(cells) != len(self.names):
            cells = text.split()
        if spaces and len(cells) == len(self.names) + 1 and cells[0].isdigit() and not {*self.names} >= _REPORT:
            cells = cells[1:]  # pandas numbers its rows without a name above
        filled = [cell for cell in cells if not _EMPTY.fullmatch(cell)]
        numeric = sum(like_a_number(cell) for cell in filled)
        if len(cells) == len(self.names) and 2 * numeric >= len(filled) > 0:
            return list(zip(self.names, cells, strict=True))
        if numeric == len(filled) > 1 and not self.interrupted and text.strip()[0] not in "[(":
            return [(self.metric, text.strip())]  # a row that lacks a cell: which one, nobody can say
        self.interrupted = True
        return None

    def label(self, row: Sequence[tuple[str, str]]) -> str:
        """What tells this row from others that have a value of the same name: `mean`, `test`, the third fold."""
        others = [(name, cell) for name, cell in row if name != self.metric]
        before, self.counted = self.counted, next((cell for name, cell in others if COUNTER.fullmatch(name)), "")
        if self.counted.isdigit() and self.counted != before:  # words beside it are notes, other than names of parts
            others = [(name, cell) for name, cell in others if PART.fullmatch(cell) or APART.fullmatch(name)]
        words = [cell for name, cell in others if _WORD.search(cell) and not like_a_number(cell)]
        return " ".join(words or [f"{name} {cell}" for name, cell in others if APART.fullmatch(name)])

    def goes_on(self, step: float | None) -> bool:
        """Whether a row with this step belongs to the table for sure."""
        known = not self.interrupted or (step is not None and (self.last_step is None or step > self.last_step))
        if known:
            self.last_step, self.interrupted = step, False
        return known


def header(text: str, metric: str) -> Table | None:
    """The table that begins with this line; None where it is no header of the metric."""
    if len(text) > _LONGEST_ROW or re.search(r"[{}=:]", text):
        return None
    for separator in _SEPARATORS[:1] if _SEPARATORS[0].search(text) else _SEPARATORS[1:]:
        names = [metric if cell.casefold() == metric.casefold() else cell for cell in _cells(text, separator)]
        if names.count(metric) == 1 and len(names) > 1 and not any(map(_is_value, names)):
            return Table(names, metric, separator, begun=not text[:1].isspace())
    return None


def _is_value(cell: str) -> bool:
    missing = _EMPTY.fullmatch(cell) or NO_VALUE.match(cell)
    return like_a_number(cell) or (cell not in ("", "#") and missing is not None)


def named_row(text: str, metric: str) -> str | None:
    """The value beside the metric's name in a drawn row of these two alone, such as `│ test_acc │ 0.98 │`."""
    if len(text) > _LONGEST_ROW or not _SEPARATORS[0].search(text):
        return None
    cells = _cells(text, _SEPARATORS[0])
    return cells[1] if len(cells) == 2 and cells[0].casefold() == metric.casefold() else None

"""Finds metrics in the lines that a program prints, as people and libraries print them; docs/output.md is the table.

Misreading is worse than failing: where the ranked metric's value could mean two things, the reader says so.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from hpsearch.document import show
from hpsearch.objectives.command.numerals import (
    NO_VALUE,
    PAIRED,
    SOME_WORD,
    USUAL,
    VALUE,
    fraction,
    like_a_number,
    number,
    scale_behind,
    stands_alone,
    unit_behind,
    whole_number,
)
from hpsearch.objectives.command.places import BEFORE, Place, Surroundings, label_behind, label_of, may_open
from hpsearch.objectives.command.tables import Table, header, named_row
from hpsearch.objectives.command.text import (
    CHATTY,
    Report,
    mapping_in,
    numbers,
    time_limit,
    with_step,
    without_codes,
    without_deviations,
)
from hpsearch.objectives.recorder import STEPS

PATTERN_SECONDS = 2.0
"""Seconds of computing that `command.pattern` may take on one line."""

# Bounded, and never begun inside a word, so that a line without any metric takes linear time.
_NAME = r"(?<![\w.\-/@\\\ufffd])([^\W\d][\w.\-/@\ufffd]{0,79}+)[\"'`*]{0,2}+\s{0,40}+"
_PAIR = re.compile(rf"{_NAME}[=:]\s{{0,40}}+(?:(?P<usual>{USUAL})|{VALUE})", re.IGNORECASE)
_VALUE = re.compile(VALUE, re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:epoch|step)s?[\"']?\s{0,4}[=:#]?\s{0,4}[\[(]?(\d{1,15}(?:\.\d+)?(?:e[-+]?\d{1,2})?)(?![\w.]*\w|[.,:]\d)",
    re.IGNORECASE,
)
_SEPARATED = r"(?:\s?[\[(]%[)\]])?\s{0,40}(?P<separator>(?:[:=]{1,2}|[-=:]>|\u2192))\s{0,40}"
# mAP@0.5:0.95: 0.4 is of another name than mAP@0.5; `loss:0.31: 45%|` is tqdm's.
_LONGER = r":\d[\d.]{0,20}(?:\s?[:=]\s{0,40}[-+]?\.?\d(?!\d{0,2}%\|)|\])"
_WITHIN = re.compile(r"([\"']\s*:\s*)\{[^{}]*\}?")
_MOST_OF_A_LINE = 1000  # places, its last ones, where it names the ranked metric
_INNER = re.compile(r":\s*\{[^{}]*\}")


@dataclass
class LineReader:
    """Turns lines into values by name, and knows what it could not read.

    Attributes:
        metric: the ranked one, found even where its name is not of the usual form.
        pattern: a regular expression whose named groups are metrics; then nothing else counts.
        unread: why the ranked metric as it stands last cannot be told; None where it can.
        hint: the last line that names it without a value.
        too_long: a line was too long to be read.
    """

    metric: str
    pattern: str | None = None
    unread: str | None = field(default=None, init=False)
    hint: str | None = field(default=None, init=False)
    too_long: bool = field(default=False, init=False)
    _place: Place | None = field(default=None, init=False)
    _clash: bool = field(default=False, init=False)
    _units: set[str] = field(default_factory=set, init=False)
    _table: Table | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        words = self.metric.split() or [self.metric]
        self._word = words[0].casefold().rpartition(".")[2] or words[0].casefold()  # in JSON `a.b` is b within a
        self._around = Surroundings(self.metric)
        name = r"\s+".join(map(re.escape, words))
        self._named = re.compile(
            rf"(?<![\w.\-/@\\+~\ufffd])(?P<name>{name})(?!{_LONGER})[\"'`*]{{0,2}}(?:{_SEPARATED}|\s{{1,80}}(?:is\s)?)",
            re.IGNORECASE,
        )

    @property
    def found(self) -> bool:
        """Whether the ranked metric was there at all."""
        return self._place is not None

    def read(self, line: bytes) -> Report:
        """The values of a line, in whatever encoding: what is no UTF-8 matches nothing.

        Raises:
            SlowPatternError: the pattern takes too long on it.
        """
        if not self.may_hold(line):
            return {}, None
        text = without_codes(line)
        if self.pattern is not None:
            return self._by_pattern(self.pattern, text)
        text = without_deviations(text)
        named = self._word in text.casefold()
        if (opened := self._around.opens(text)) is not None:
            if opened.casefold() == self.metric.casefold():
                self.hint = self._excerpt(text)
                self.unread = self.unread or (self._unreadable(text) if self.found else None)
            return {}, None
        told = named and (found := self._named.search(text)) is not None and found["separator"]
        if self._table is not None and not told and (row := self._table.row(text)) is not None:
            return self._row(self._table, row, text)
        if not named:
            return self._text(text) if len(text) <= CHATTY and (":" in text or "=" in text) else ({}, None)
        if (table := header(text, self.metric)) is not None:
            self._table, self.hint = table, " ".join(text.split())[:100]
            return {}, None
        values, step = self._text(text)
        if self.metric not in values and any(map(str.isdigit, text)):
            self.hint = self._excerpt(text)
        return values, step

    def may_hold(self, text: bytes) -> bool:
        """Whether any line of the text may hold a metric: a fast no for floods of output."""
        if self.pattern is not None or self._table is not None or b"=" in text or b":" in text:
            return True
        small = text.lower()
        return not self._word.isascii() or self._word.encode() in small or may_open(small)

    def document(self, document: Mapping[str, Any], before: str = "", after: str = "") -> Report:
        """The values of a mapping; `before` and `after`: the text around it."""
        kept, step = with_step(numbers(document), self.metric)
        value, given = kept.pop(self.metric, None), document.get(self.metric)
        said = given.strip() if isinstance(given, str) else ""
        value = fraction(said) if value is None else value
        said_nothing = self.metric in document and not isinstance(given, Mapping) and (given is None or self.found)
        missing = NO_VALUE.match(said) or said_nothing
        if value is not None or missing or like_a_number(said):
            unit = unit_behind(said, len(said) - 1) if said.endswith("%") else ""
            in_list = step is None and f"{before}{after}".replace(" ", "") in ("[,", ",", "]")
            label = label_of(document) or (self._around.item() if in_list else "")
            place = self._around.place(before, behind=label, unit=unit)
            kept |= self._taken([(place, value)], f"{self.metric}: {given}")
        return kept, step

    def _text(self, text: str) -> Report:
        start, document, end = mapping_in(text)
        if document and self.metric in document and self._word in (more := text[end:]).casefold() and "{" in more:
            self.unread = self._unreadable(text)  # several mappings, of which each has one
            return {}, None
        if document:
            rest = f"{text[:start]} {_INNER.sub(': ', text[end:])}"
            values, step = self._words(rest) if rest.strip() else ({}, None)
            inside, inner = self.document(document, text[:start], text[end:])
            return values | inside, step if inner is None else inner
        if text.lstrip()[:2] in ('{"', "{'"):
            if not text.rstrip().endswith(("}", ",")):
                return {}, None  # it breaks off, perhaps within a number
            text = _INNER.sub(": ", text)  # the metrics of a mapping within have other names
        text = _WITHIN.sub(r"\1", text)
        return self._words(text)

    def _words(self, text: str) -> Report:
        values = {
            found[1]: number(found["usual"] or found["number"])
            for found in _PAIR.finditer(text)
            if not scale_behind(text, found.end())
        }
        named = self._word in text.casefold()
        if named and (cell := named_row(text, self.metric)) is not None:
            return self._cell(cell, text, self._around.group), None
        step = _STEP.search(text) if values or named else None
        kept = {name: value for name, value in values.items() if name.lower() not in STEPS and name != self.metric}
        return kept | (self._ranked(text) if named else {}), float(step.group(1)) if step else None

    def _ranked(self, text: str) -> dict[str, float]:
        """The ranked metric of a line, where it stands in the plainest way: its own name, then the value."""
        found: list[tuple[Place, float | None]] = []
        exact = False
        for name in deque(self._named.finditer(text), maxlen=_MOST_OF_A_LINE):
            at, separated = name.end(), name["separator"] is not None
            value, end = _value(text, at)
            behind = label_behind(text, end)
            missing = value is None and (
                NO_VALUE.match(text, at) or (self.found and separated and SOME_WORD.match(text, at))
            )
            alone = stands_alone(text, at, end) if value is not None else missing and text[at].lower() in "*\u221end"
            if not (separated or alone) or not (value is not None or missing or like_a_number(text, at)):
                continue
            unit = "%" if "%" in name[0] else unit_behind(text, end)
            if value is not None and ((scale := scale_behind(text, end)) or PAIRED.match(text, end)):
                value, unit = None, scale
            if name["name"] == self.metric and not exact:
                found, exact = [], True
            if name["name"] == self.metric or not exact:
                before = text[max(0, name.start() - BEFORE) : name.start()]
                surely = separated or value is None or not isfinite(value)  # `loss is nan` ends what `loss: 0.1` began
                found.append((self._around.place(before, behind=behind, separated=surely, unit=unit), value))
        return self._taken(found, text)

    def _taken(self, found: list[tuple[Place, float | None]], text: str) -> dict[str, float]:
        """The value that counts among those of a line and after those of the lines before it."""
        if not found:
            return {}
        best = max(place.rank for place, _ in found)
        places = [(place, value) for place, value in found if place.rank == best]
        if self._place is not None and best < self._place.rank:
            return {}
        if self._place is None or best > self._place.rank:
            self._place, self._clash, self._units = places[0][0], False, set()
        for other, _ in places:
            if other.words != self._place.words:
                self._clash = True
                both = " and ".join(show(each.shown) for each in (self._place, other))
                self.unread = (
                    f"{self.metric} stands for two things, {both}: name one as `metric`, or use command.pattern"
                )
        if self._clash:
            return {}
        value = places[-1][1]
        values = {value for _, value in places if value is None or value == value}
        scale = places[-1][0].unit if value is None else ""
        self._units |= {place.unit for place, value in places if (place.unit if value is None else isfinite(value))}
        mixed = len(self._units) > 1
        sure = value is not None and len(values) <= 1 and not mixed
        self.unread = None if sure else (self.unread if mixed else None) or self._unreadable(text, scale)
        return {self.metric: value} if sure and value is not None else {}

    def _unreadable(self, text: str, scale: str = "") -> str:
        where = show(self._excerpt(text))
        if scale:
            pattern = rf"{re.escape(self.metric)}\W+(\S+)\s?{re.escape(scale)}(?!\w)"
            return (
                f"{self.metric} is in {scale} in {where}, and programs choose such a unit by the value's size: "
                f"print the bare number, always in one unit, or if all have {scale}: command.pattern: '{pattern}'"
            )
        return f"{self.metric} cannot be read for sure in {where}: command.pattern can say how"

    def _excerpt(self, text: str) -> str:
        at = max(0, text.casefold().find(self._word) - 30)
        short = " ".join(text[at : at + 400].split())
        return short if len(short) <= 100 else short[:97] + "..."

    def _cell(self, cell: str, text: str, label: str = "") -> dict[str, float]:
        value = whole_number(cell)
        if value is None:
            value = fraction(cell)
        if value is None and not like_a_number(cell) and not (NO_VALUE.match(cell) and cell.strip("-")):
            return {}
        place = self._around.cell(label, "%" if cell.endswith("%") else "")
        return self._taken([(place, value)], text)

    def _row(self, table: Table, row: list[tuple[str, str]], text: str) -> Report:
        values = {name: value for name, cell in row if (value := whole_number(cell)) is not None}
        kept, step = with_step({name: value for name, value in values.items() if name != self.metric})
        if not table.goes_on(step):
            self.unread = self._unreadable(text)
            return {}, None
        return kept | self._cell(dict(row)[self.metric], text, table.label(row)), step

    def _by_pattern(self, pattern: str, text: str) -> Report:
        late = f"command.pattern takes more than {PATTERN_SECONDS:g} s on a line of {len(text)} characters"
        with time_limit(PATTERN_SECONDS, late):
            found = re.search(pattern, text)
        groups = (found.groupdict() or {self.metric: found.group(1)}) if found else {}
        given = {name: value.strip().rstrip(",;%") for name, value in groups.items() if value is not None}
        values = {name: value for name, cell in given.items() if (value := whole_number(cell)) is not None}
        if found and self.metric in given:
            end = found.end(self.metric if found.groupdict() else 1)
            scale = scale_behind(text, end) if end == found.end() else ""  # else the pattern itself names the unit
            place = self._around.cell("", scale)
            values = {name: value for name, value in values.items() if name != self.metric}
            values |= self._taken([(place, None)], text) if scale else self._cell(given[self.metric], text)
        return with_step(values, self.metric)


def _value(text: str, at: int) -> tuple[float | None, int]:
    """The value that stands there, and where it ends."""
    share = fraction(text, at)
    found = _VALUE.match(text, at)
    if share is None and found:
        return number(found["number"]), found.end()
    return share, at

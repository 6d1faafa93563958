"""Finds metrics in the lines that a program prints, whatever it is: `name=value`, `name: value`, JSON, a pattern.

Such as `epoch 3: val_loss=0.31 val_acc: 0.9`, `Epoch 3/10 - loss: 0.31` and `{"epoch": 3, "val_loss": 0.31}`.
"""

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

Report = tuple[dict[str, float], int | None]
"""Values by name, and the step where the line tells it."""

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan\b|inf(?:inity)?\b)"
_WRAPPED = r"(?:(?:tensor|(?:np\.|numpy\.)?float(?:16|32|64))\()?"  # tensor(0.3), np.float64(0.3)
_VALUE = rf"[\"']?\s{{0,8}}[=:]\s{{0,8}}{_WRAPPED}({_NUMBER})(?!\.?\w|:\d|-\d)"  # no times of day, no dates
# Bounded, and never begun inside a word, so that a line without any metric takes linear time.
_PAIR = re.compile(rf"(?<![\w.\-/@])([A-Za-z_][\w.\-/@]{{0,79}}){_VALUE}", re.IGNORECASE)
_STEP = re.compile(r"\b(?:epoch|step)s?[\"']?\s{0,4}[=:#]?\s{0,4}(\d{1,15})\b", re.IGNORECASE)
_STEPS = ("epoch", "step")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_LINE = 65536


@dataclass(frozen=True)
class LineReader:
    """Turns a line into values by name.

    Attributes:
        metric: the ranked one, found even where its name is not of the usual form.
        pattern: a regular expression whose named groups are metrics; then nothing else counts.
    """

    metric: str
    pattern: str | None = None

    def read(self, line: bytes) -> Report:
        """The values of a line, in whatever encoding: what is no UTF-8 matches nothing."""
        if not self.may_hold(line):
            return {}, None
        text = _COLOURS.sub("", line.decode("utf-8", "replace"))
        if self.pattern is not None:
            return self._by_pattern(self.pattern, text)
        text = text.strip()
        if text.startswith("{") and text.endswith("}"):
            with contextlib.suppress(ValueError, RecursionError):
                return with_step(numbers(json.loads(text)))
        return self._pairs(text)

    def may_hold(self, text: bytes) -> bool:
        """Whether any line of the text may hold a metric: a fast no for floods of output."""
        return self.pattern is not None or b"=" in text or b":" in text

    def _pairs(self, text: str) -> Report:
        values = {name: float(value) for name, value in _PAIR.findall(text)}
        named = rf"(?<!\w){re.escape(self.metric)}{_VALUE}"
        if self.metric not in values and (found := re.findall(named, text, re.IGNORECASE)):
            values[self.metric] = float(found[-1])
        step = _STEP.search(text)
        kept = {name: value for name, value in values.items() if name.lower() not in _STEPS or name == self.metric}
        return kept, int(step.group(1)) if step else None

    def _by_pattern(self, pattern: str, text: str) -> Report:
        found = re.search(pattern, text)
        groups = (found.groupdict() or {self.metric: found.group(1)}) if found else {}
        values = {}
        for name, value in groups.items():
            with contextlib.suppress(AttributeError, ValueError):  # an optional group, or no number
                values[name] = float(value.strip().rstrip(",;%"))
        return with_step(values)


def numbers(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a mapping by name; those of a mapping inside it as `outer.inner`."""
    found: dict[str, float] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": number for inner, number in numbers(value).items()}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            try:
                found[str(name)] = float(value)
            except OverflowError:  # a whole number of hundreds of digits
                found[str(name)] = float("inf")
    return found


def with_step(values: dict[str, float]) -> Report:
    """The values without the step, and the step."""
    steps = [value for name, value in values.items() if name.lower() in _STEPS and value.is_integer()]
    kept = {name: value for name, value in values.items() if name.lower() not in _STEPS}
    return kept, int(steps[0]) if steps else None


class LineSplitter:
    """Follows a file that grows, line by line, in bounded memory whatever is written to it."""

    def __init__(self, file: BinaryIO, take: Callable[[bytes], None], wanted: Callable[[bytes], bool]) -> None:
        self._file = file
        self._take = take
        self._wanted = wanted
        self._rest = b""
        self._skipping = False

    def read(self, most: int = 4 * 2**20) -> bool:
        """Take in what was written since, at most so many bytes; return whether there may be more."""
        while most > 0 and (chunk := self._file.read(min(most, 2**18))):
            most -= len(chunk)
            text = self._rest + chunk
            if end := max(text.rfind(b"\n"), text.rfind(b"\r")) + 1:
                self._lines(text[:end])
            self._rest = text[end:]
            if len(self._rest) > _LONGEST_LINE:
                # The head of an endless line is read once; what follows up to its end is passed over.
                self._lines(self._rest[:_LONGEST_LINE])
                self._rest, self._skipping = b"", True
        return most <= 0

    def _lines(self, text: bytes) -> None:
        skipping, self._skipping = self._skipping, False
        if not self._wanted(text):
            return
        for line in text.replace(b"\r", b"\n").split(b"\n")[int(skipping) :]:
            if line:
                self._take(line[:_LONGEST_LINE])

    def finish(self) -> None:
        """Take in all that is left, and the last line, which may lack its end."""
        while self.read():
            pass
        self._lines(self._rest)
        self._rest = b""

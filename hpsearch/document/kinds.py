"""Kinds of values in a config: each checks a node, and describes itself as JSON Schema for editors."""

import re
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from operator import ge, gt, le, lt
from pathlib import Path
from typing import Any, ClassVar, Protocol

from hpsearch.document.nodes import Node
from hpsearch.document.scalars import is_number, scalar, show
from hpsearch.errors import BrokenRuleError, Place, UsageError, did_you_mean


class Invalid(BrokenRuleError):  # noqa: N818  never leaves the config package; ConfigError does
    """A value of a config that breaks a rule; `node` is where it stands, if not where it was read."""

    def __init__(self, message: str, fix: str = "", node: Node | None = None, *, code: str = "") -> None:
        super().__init__(message, fix, code=code)
        self.node = node


class Kind(Protocol):
    """What a value must be."""

    def read(self, node: Node) -> Any:
        """The value; Invalid when it breaks the rule."""

    def schema(self) -> dict[str, Any]:
        """The rule as JSON Schema."""


_LIMITS = {
    "min": ("at least", "minimum", ge),
    "above": ("above", "exclusiveMinimum", gt),
    "max": ("at most", "maximum", le),
    "below": ("below", "exclusiveMaximum", lt),
}
"""Field of a Number -> its words, its name in JSON Schema, and how a value must compare to it."""


@dataclass(frozen=True)
class Number:
    """A finite number from `min` to `max`; `above` and `below` are ends that do not count themselves."""

    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    whole: ClassVar[bool] = False

    def read(self, node: Node) -> Any:
        """The number."""
        value, ends = node.value, self._ends()
        if self.whole and isinstance(value, float) and value.is_integer():
            value = int(value)
        right = is_number(value) and (isinstance(value, int) or not self.whole)
        if not right or not all(holds(value, end) for (_, _, holds), end in ends):
            form = "a whole number" if self.whole else "a number"
            words = " and ".join(f"{word} {end:,}" for (word, _, _), end in ends)
            got, code = show(node.plain()), "C107" if right else "C106"
            raise Invalid(f"must be {f'{form} {words}'.strip()}, got {got}", code=code)
        return value

    def _ends(self) -> list[tuple[tuple[str, str, Callable[[Any, Any], bool]], float]]:
        return [(limit, end) for name, limit in _LIMITS.items() if (end := getattr(self, name)) is not None]

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": "integer" if self.whole else "number"} | {name: end for (_, name, _), end in self._ends()}


class Integer(Number):
    """A whole number from `min` to `max`."""

    whole = True


COUNTS = 10**15
"""The largest of the whole numbers that are counted with: floats tell them apart up to here."""

SEED = Integer(min=0, max=9 * 10**18)
"""A seed that fits into 63 bits, with room for those of replicates above it."""


@dataclass(frozen=True)
class Boolean:
    """true or false."""

    def read(self, node: Node) -> bool:
        """The truth value."""
        if not isinstance(node.value, bool):
            raise Invalid(f"must be true or false, got {show(node.plain())}")
        return node.value

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Text:
    """A text, of a form where `pattern` is given; `form` says it in words."""

    pattern: str = ""
    form: str = "a text"

    def read(self, node: Node) -> str:
        """The text."""
        value = node.value
        if is_number(value):
            value = node.place.text[node.place.column - 1 :][: node.place.width] or str(value)
        if not isinstance(value, str) or not value or (self.pattern and not re.fullmatch(self.pattern, value)):
            raise Invalid(f"must be {self.form}, got {show(node.plain())}")
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": ["string", "number"]} | ({"pattern": f"^{self.pattern}$"} if self.pattern else {})


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node) -> str:
        """The word."""
        if node.value not in self.words:
            fix = did_you_mean(str(node.value), self.words, called="")
            raise Invalid(f"must be one of {', '.join(self.words)}, got {show(node.plain())}", fix)
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"enum": list(self.words)}


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Duration:
    """A time such as 90s, 30m, 2h or 1h30m; a bare number counts seconds. `zero`: whether it may be none."""

    zero: bool = False

    def read(self, node: Node) -> float:
        """Seconds."""
        value = node.value
        if is_number(value) and (value > 0 or (self.zero and value == 0)):
            return float(value)
        if isinstance(value, str) and re.fullmatch(r"([0-9.]+[smhd] ?)+", value):
            with suppress(ValueError):  # more than one point in a number
                seconds = sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9.]+)([smhd])", value))
                if 0 < seconds < sys.float_info.max or (self.zero and seconds == 0):
                    return seconds
        raise Invalid(f"must be a time such as 90s, 30m or 2h, got {show(node.plain())}")

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        text = {"type": "string", "pattern": "^([0-9.]+[smhd] ?)+$"}
        return {"anyOf": [{"type": "number", "minimum" if self.zero else "exclusiveMinimum": 0}, text]}


_SIZE = r"([0-9]+(?:\.[0-9]+)?) ?([kKMGT]?)(i?)B"


@dataclass(frozen=True)
class Size:
    """A number of bytes, such as 500 MB or 10 GiB: by thousands, or with an i by 1024; a bare number counts bytes."""

    def read(self, node: Node) -> int:
        """Bytes."""
        value = node.value
        if is_number(value) and 1 <= value < sys.maxsize and value == int(value):
            return int(value)
        if isinstance(value, str) and (found := re.fullmatch(_SIZE, value)):
            power = " kMGT".index(found[2].replace("K", "k") or " ")
            size = float(found[1]) * (1024 if found[3] else 1000) ** power
            if 1 <= size < sys.maxsize:
                return int(size)
        raise Invalid(f"must be a number of bytes such as 500 MB or 10 GiB, got {show(node.plain())}")

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^{_SIZE}$"}]}


@dataclass(frozen=True)
class Moment:
    """A date and a time of day, such as 2026-12-01 08:00, of this machine's time zone where none is given."""

    def read(self, node: Node) -> float:
        """Seconds since the epoch."""
        with suppress(ValueError, OverflowError, OSError):
            if isinstance(node.value, str) and re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", node.value):
                return datetime.fromisoformat(node.value).timestamp()
        raise Invalid(f"must be a date and a time such as 2026-12-01 08:00, got {show(node.plain())}")

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d"}


@dataclass(frozen=True)
class ListOf:
    """A list of one kind of item; a single item may stand without the brackets."""

    item: Kind

    def read(self, node: Node) -> tuple[Any, ...]:
        """The items."""
        return tuple(map(self.item.read, node.value if node.is_list else [node]))

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"anyOf": [{"type": "array", "items": self.item.schema()}, self.item.schema()]}


@dataclass(frozen=True)
class Words:
    """A mapping from names to values of one kind."""

    item: Kind

    def read(self, node: Node) -> dict[str, Any]:
        """The mapping."""
        if not node.is_mapping:
            raise Invalid(f"must be a mapping, got {show(node.plain())}")
        return {key: self.item.read(value) for key, value in node.value.items()}

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": "object", "additionalProperties": self.item.schema()}


@dataclass(frozen=True)
class Either:
    """A value of one of two kinds, the second where `second` says so; `form` says in words what may stand here."""

    kinds: tuple[Kind, Kind]
    form: str
    second: Callable[[Node], bool | int] = lambda node: isinstance(node.value, str)

    def read(self, node: Node) -> Any:
        """The value."""
        try:
            return self.kinds[self.second(node)].read(node)
        except Invalid as err:
            raise Invalid(str(err), err.fix or self.form, err.node, code=err.code) from err

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"anyOf": [kind.schema() for kind in self.kinds]}


def read_duration(text: str, option: str) -> float:
    """Seconds; `option` is where it stands. Raises UsageError where it is no time."""
    try:
        return Duration().read(Node(scalar(text), Place(option)))
    except Invalid as err:
        raise UsageError(f"{option} {err}") from err


def check_file(path: Path, most: int) -> None:
    """Raise Invalid unless it is an ordinary file of at most so many bytes; OSError where there is none.

    A pipe may never end, and a device has no end.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):  # to read a folder is an OSError
        raise Invalid("is no ordinary file", "write what it gives to a file first", code="C101")
    if found.st_size > most:
        raise Invalid(f"has {found.st_size:,} bytes, and may have {most:,}", code="C101")


def path_from(folder: Path, text: str) -> Path:
    """The path that a config in this folder names; Invalid where there can be no such file."""
    if "\0" in text:
        raise Invalid(f"{show(text)} is no path", code="C101")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as err:
        raise Invalid(f"{show(text)} names the home of a user that there is not", code="C101") from err

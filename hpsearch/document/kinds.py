"""Kinds of values in a config: each checks a node, and describes itself as JSON Schema for editors."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hpsearch.document.nodes import Node, Place
from hpsearch.document.scalars import is_number, scalar, show
from hpsearch.errors import UsageError, nearest


class Invalid(Exception):  # noqa: N818  never leaves the config package; ConfigError does
    """A value breaks a rule; `fix` says what to write instead."""

    def __init__(self, message: str, fix: str = "", node: Node | None = None) -> None:
        super().__init__(message)
        self.fix = fix
        self.node = node


class Kind(Protocol):
    """What a value must be."""

    def read(self, node: Node) -> Any:
        """The value; Invalid when it breaks the rule."""

    def schema(self) -> dict[str, Any]:
        """The rule as JSON Schema."""


@dataclass(frozen=True)
class Number:
    """A finite number from `min` to `max`; `above` and `below` are ends that do not count themselves."""

    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None

    def read(self, node: Node) -> Any:
        """The number."""
        value = node.value
        if not is_number(value) or self._outside(value):
            raise Invalid(f"must be a number{self._range()}, got {show(node.plain())}")
        return value

    def _outside(self, value: float) -> bool:
        low = (self.min is not None and value < self.min) or (self.above is not None and value <= self.above)
        high = (self.max is not None and value > self.max) or (self.below is not None and value >= self.below)
        return low or high

    def _range(self) -> str:
        words = {"at least": self.min, "above": self.above, "at most": self.max, "below": self.below}
        ends = [f"{word} {limit:,}" for word, limit in words.items() if limit is not None]
        return f" {' and '.join(ends)}" if ends else ""

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        ends = {
            "minimum": self.min,
            "maximum": self.max,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {"type": "number"} | {key: value for key, value in ends.items() if value is not None}


@dataclass(frozen=True)
class Integer(Number):
    """A whole number from `min` to `max`."""

    def read(self, node: Node) -> int:
        """The number."""
        value = node.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not is_number(value) or not isinstance(value, int) or self._outside(value):
            raise Invalid(f"must be a whole number{self._range()}, got {show(node.plain())}")
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return super().schema() | {"type": "integer"}


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
        if node.value not in self.words or not isinstance(node.value, str):
            raise Invalid(f"must be one of {', '.join(self.words)}, got {show(node.plain())}", self._fix(node))
        return node.value

    def _fix(self, node: Node) -> str:
        near = nearest(str(node.value), self.words)
        return f"did you mean `{near}`?" if near else ""

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"enum": list(self.words)}


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Duration:
    """A time such as 90s, 30m, 2h or 1h30m; a bare number counts seconds."""

    def read(self, node: Node) -> float:
        """Seconds."""
        value = node.value
        if is_number(value) and value > 0:
            return float(value)
        if isinstance(value, str) and re.fullmatch(r"([0-9.]+[smhd] ?)+", value):
            try:
                seconds = sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9.]+)([smhd])", value))
            except ValueError:
                seconds = 0.0
            if 0 < seconds < sys.float_info.max:
                return seconds
        raise Invalid(f"must be a time such as 90s, 30m or 2h, got {show(node.plain())}")

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        text = {"type": "string", "pattern": "^([0-9.]+[smhd] ?)+$"}
        return {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, text]}


@dataclass(frozen=True)
class ListOf:
    """A list of one kind of item; a single item may stand without the brackets."""

    item: Kind

    def read(self, node: Node) -> tuple[Any, ...]:
        """The items."""
        return tuple(self.item.read(item) for item in (node.value if node.is_list else [node]))

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
        return {key: self.item.read(value) for key, value in node.items()}

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"type": "object", "additionalProperties": self.item.schema()}


@dataclass(frozen=True)
class Either:
    """A value of the first kind whose form fits; `form` says in words what may stand here."""

    kinds: tuple[Kind, ...]
    form: str
    fits: Callable[[Node], int]

    def read(self, node: Node) -> Any:
        """The value."""
        try:
            return self.kinds[self.fits(node)].read(node)
        except Invalid as err:
            raise Invalid(str(err), err.fix or self.form, err.node) from err

    def schema(self) -> dict[str, Any]:
        """JSON Schema."""
        return {"anyOf": [kind.schema() for kind in self.kinds]}


def read_duration(text: str, option: str) -> float:
    """Seconds; `option` is where it stands.

    Raises:
        UsageError: it is no time.
    """
    try:
        return Duration().read(Node(scalar(text), Place(option)))
    except Invalid as err:
        raise UsageError(f"{option} {err}") from err


def path_from(folder: Path, text: str) -> Path:
    """The path that a config in this folder names; Invalid where there can be no such file."""
    if "\0" in text:
        raise Invalid(f"{show(text)} is no path")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as err:
        raise Invalid(f"{show(text)} names the home of a user that there is not") from err

"""Distributions over listed values: an unordered choice, an ordered one, and a single fixed value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.space.distribution import SpaceError

__all__ = ["Choice", "Fixed", "Ordinal"]


def value_key(value: Any) -> str:
    """A text that two values share only if they are the same setting: 1 and True differ, 1 and 1.0 do not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


@dataclass(frozen=True)
class Choice:
    """One of the listed values, each equally likely; no order among them.

    Raises:
        SpaceError: no values, or the same value twice.
    """

    values: tuple[Any, ...]
    ordered: ClassVar[bool] = False
    _name: ClassVar[str] = "choice"

    def __post_init__(self) -> None:
        keys = [value_key(value) for value in self.values]
        if not keys:
            raise SpaceError(f"{self._name} needs at least one value")
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise SpaceError(f"{self._name} lists {', '.join(twice)} more than once", "keep one of each")

    @property
    def size(self) -> int:
        """The number of values."""
        return len(self.values)

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points in [0, 1] -> n of the values."""
        index = np.clip(np.asarray(u) * self.size, 0, self.size - 1).astype(np.int64)
        return [self.values[i] for i in index]

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """N values -> (n,) middles of their cells; NaN for a value that is not listed."""
        cells = {value_key(value): (i + 0.5) / self.size for i, value in enumerate(self.values)}
        return np.array([cells.get(value_key(value), np.nan) for value in values], dtype=np.float64)

    def narrowed(self, low_u: float, high_u: float) -> Self:
        """The values whose cells begin in [low_u, high_u); at least one."""
        first = int(np.clip(np.floor(low_u * self.size + 1e-9), 0, self.size - 1))
        last = int(np.clip(np.ceil(high_u * self.size - 1e-9), first + 1, self.size))
        return type(self)(self.values[first:last])

    def grid(self, points: int) -> list[Any]:  # noqa: ARG002  a grid takes every listed value
        """All values."""
        return list(self.values)

    def spec(self) -> dict[str, Any]:
        """The choice as a config writes it."""
        return {"values": list(self.values)}

    def __str__(self) -> str:
        return f"{self._name}({', '.join(map(_short, self.values))})"


@dataclass(frozen=True)
class Ordinal(Choice):
    """One of the listed values, which stand in order, so that a search may zoom in on a stretch of them."""

    ordered: ClassVar[bool] = True
    _name: ClassVar[str] = "ordinal"

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced in the order, both ends included; of one point, the middle."""
        if points == 1:
            return [self.values[(self.size - 1) // 2]]
        index = np.unique(np.linspace(0, self.size - 1, min(points, self.size)).round().astype(int))
        return [self.values[i] for i in index]

    def spec(self) -> dict[str, Any]:
        """The ordinal as a config writes it."""
        return {"distribution": "ordinal", "values": list(self.values)}


@dataclass(frozen=True)
class Fixed:
    """One value, which is not searched."""

    value: Any
    ordered: ClassVar[bool] = False

    @property
    def size(self) -> int:
        """One."""
        return 1

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points -> n times the value."""
        return [self.value] * len(u)

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """0.5 for the value, NaN for any other."""
        own = value_key(self.value)
        return np.array([0.5 if value_key(value) == own else np.nan for value in values], dtype=np.float64)

    def narrowed(self, low_u: float, high_u: float) -> Self:  # noqa: ARG002  one value has no stretch
        """Itself."""
        return self

    def grid(self, points: int) -> list[Any]:  # noqa: ARG002  one value at any number of points
        """The value."""
        return [self.value]

    def spec(self) -> dict[str, Any]:
        """The value as a config writes it."""
        return {"value": self.value}

    def __str__(self) -> str:
        return _short(self.value)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)

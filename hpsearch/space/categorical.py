"""Distributions over listed values: an unordered choice, an ordered one, and a single fixed value."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.document import written
from hpsearch.space.distribution import Distribution, SpaceError


def value_key(value: Any) -> str:
    """A text that two values share only if they are the same setting: 1 and True differ, 1 and 1.0 do not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


@dataclass(frozen=True)
class Choice(Distribution):
    """One of the listed values, each equally likely, without an order; SpaceError for none, or for one twice."""

    values: tuple[Any, ...]
    name: ClassVar[str] = "choice"

    def __post_init__(self) -> None:
        keys = [value_key(value) for value in self.values]
        if not keys:
            raise SpaceError(f"{self.name} needs at least one value", code="C206")
        twice = sorted(key for key, count in Counter(keys).items() if count > 1)
        if twice:
            raise SpaceError(f"{self.name} lists {', '.join(twice)} more than once", "keep one of each", code="C206")

    @property
    def size(self) -> int:
        """The number of values."""
        return len(self.values)

    @property
    def ends(self) -> tuple[float, float]:
        """Where the first cell begins and the last one ends."""
        return 0.0, float(self.size)

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points in [0, 1] -> n of the values."""
        index = np.clip(np.asarray(u) * self.size, 0, self.size - 1).astype(np.int64)
        return [self.values[i] for i in index]

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """N values -> (n,) middles of their cells; NaN for a value that is not listed."""
        cells = {value_key(value): (i + 0.5) / self.size for i, value in enumerate(self.values)}
        if set(map(type, values)) == {str}:  # the key of each is made once
            known = {value: cells.get(value_key(value), np.nan) for value in set(values)}
            return np.array([known[value] for value in values])
        return np.array([cells.get(value_key(value), np.nan) for value in values], dtype=np.float64)

    def stretch(self, low_u: float, high_u: float, limits: tuple[float, float] | None = None) -> Self:  # noqa: ARG002
        """Itself, where the values have no order; else those whose cells begin in [low_u, high_u), at least one."""
        if not self.ordered:
            return self
        first = int(np.clip(np.floor(low_u * self.size + 1e-9), 0, self.size - 1))
        last = int(np.clip(np.ceil(high_u * self.size - 1e-9), first + 1, self.size))
        return type(self)(self.values[first:last])

    def only(self, keep: NDArray[np.bool_]) -> Distribution:
        """The values at which keep (size,) is true; a single one is fixed."""
        kept = tuple(value for value, kept in zip(self.values, keep, strict=True) if kept)
        return Fixed(kept[0]) if len(kept) == 1 else type(self)(kept)

    def grid(self, points: int) -> list[Any]:  # noqa: ARG002  a grid takes every listed value
        """All values."""
        return list(self.values)

    def split(self, at: Sequence[Any]) -> list[tuple[Any, int]]:  # noqa: ARG002  each value is a stretch of its own
        """All values, each once."""
        return [(value, 1) for value in self.values]

    def spec(self) -> dict[str, Any]:
        """The values as a config writes them, and that they stand in order where they do."""
        return ({"distribution": self.name} if self.ordered else {}) | {"values": list(self.values)}

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(written, self.values))})"


@dataclass(frozen=True)
class Ordinal(Choice):
    """One of the listed values, which stand in order, so that a search may zoom in on a stretch of them."""

    ordered: ClassVar[bool] = True
    name: ClassVar[str] = "ordinal"

    def stepped(self, value: Any, factor: float) -> Any:
        """The next one, up or down; see Distribution."""
        here = [value_key(each) for each in self.values].index(value_key(value))
        return self.values[min(max(here + (1 if factor > 1 else -1), 0), self.size - 1)]

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced in the order, both ends included; of one point, the middle."""
        if points == 1:
            return [self.values[(self.size - 1) // 2]]
        index = np.unique(np.linspace(0, self.size - 1, min(points, self.size)).round().astype(int))
        return [self.values[i] for i in index]


@dataclass(frozen=True, init=False)
class Fixed(Choice):
    """One value, which is not searched."""

    name: ClassVar[str] = "fixed"

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "values", (value,))

    @property
    def value(self) -> Any:
        """The value."""
        return self.values[0]

    def spec(self) -> dict[str, Any]:
        """The value as a config writes it."""
        return {"value": self.value}

    def __str__(self) -> str:
        return written(self.value)


LISTED: dict[str, type[Choice]] = {"choice": Choice, "values": Choice, "ordinal": Ordinal}
"""Name in a config -> distribution over listed values."""

"""Distributions over numbers: uniform along a scale, continuous or in steps."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.space.ranges import ROUND_OFF, check_ends, check_step, short
from hpsearch.space.scales import LINEAR, LOG, REVERSE_LOG, Array, Scale

__all__ = ["DISTRIBUTIONS", "Numeric"]

DISTRIBUTIONS: dict[str, tuple[Scale, bool]] = {
    "uniform": (LINEAR, False),
    "loguniform": (LOG, False),
    "reverseloguniform": (REVERSE_LOG, False),
    "randint": (LINEAR, True),
    "lograndint": (LOG, True),
}
"""Name in a config -> (scale, whether its values are whole numbers)."""

_ON_LEVEL = 1e-3  # of a step; what reading and arithmetic may add to a level is far less


@dataclass(frozen=True)
class Numeric:
    """Numbers between `min` and `max`, both ends included, uniform along a scale.

    With a step, the values are min, min + step, ... and each has the probability of the stretch of the scale
    that lies nearer to it than to its neighbours; so all are equally likely on the linear scale.

    Attributes:
        name: a key of DISTRIBUTIONS.
        min, max: the ends.
        step: distance between values; None for a continuum. Whole numbers have a step of at least 1.

    Raises:
        SpaceError: min >= max, an end that the scale cannot hold, or a step that does not fit.
    """

    name: str
    min: float
    max: float
    step: float | None = None
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.integer and self.step is None:
            object.__setattr__(self, "step", 1)
        check_ends(self)
        check_step(self)

    @property
    def scale(self) -> Scale:
        """The axis along which draws are uniform."""
        return DISTRIBUTIONS[self.name][0]

    @property
    def integer(self) -> bool:
        """Whether the values are whole numbers."""
        return DISTRIBUTIONS[self.name][1]

    @property
    def size(self) -> int | None:
        """How many distinct values there are; None for a continuum."""
        return None if self.step is None else int((self.max - self.min) / self.step + ROUND_OFF) + 1

    @property
    def _count(self) -> int:
        return self.size or 0

    @cached_property
    def _outermost(self) -> Array:
        """(2,) the smallest and the largest value, on the scale."""
        high = self.max if self.step is None else self._at([self._count - 1])[0]
        return self.scale.forward(np.array([self.min, high], dtype=np.float64))

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Where u = 0 and u = 1 lie on the scale; half a step outside the outermost values."""
        if self.step is None:
            return float(self._outermost[0]), float(self._outermost[1])
        low, high = float(self.min), self.min + (self._count - 1) * self.step
        low = low - self.step / 2 if self.scale.contains(low - self.step / 2) else low
        high = high + self.step / 2 if self.scale.contains(high + self.step / 2) else high
        ends = self.scale.forward(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    def from_unit(self, u: Array) -> list[Any]:
        """(n,) points in [0, 1] -> n values, `int` for whole numbers, else `float`."""
        u = np.asarray(u, dtype=np.float64)
        low, high = self._ends
        values = self.scale.inverse(low + u * (high - low))
        if self.step is None:
            # 10^log10(x) may miss x by a rounding; the ends are hit exactly.
            values = np.where(u <= 0, self.min, np.where(u >= 1, self.max, values))
            return list(np.clip(values, self.min, self.max).tolist())
        return self._at(self._levels(values))

    def _levels(self, values: Array) -> NDArray[np.int64]:
        """Indices of the levels nearest to the values."""
        assert self.step is not None  # noqa: S101  only stepped distributions have levels
        return np.clip(np.rint((values - self.min) / self.step), 0, self._count - 1).astype(np.int64)

    def _at(self, levels: Iterable[int]) -> list[Any]:
        """The values of levels, in decimals: 0.1 + 2 * 0.1 is 0.3."""
        if self.integer:
            low, step = int(self.min), int(self.step or 1)
            return [low + int(level) * step for level in levels]
        start, width = Decimal(repr(float(self.min))), Decimal(repr(float(self.step or 0)))
        return [float(start + int(level) * width) for level in levels]

    def to_unit(self, values: Sequence[Any]) -> Array:
        """N values -> (n,) points in [0, 1]; NaN for what is no number, lies outside, or between two levels."""
        low, high = self._ends
        numbers = np.array([_number(value) for value in values], dtype=np.float64)
        slack = 1e-9 * max(abs(self.min), abs(self.max))
        inside = (numbers >= self.min - slack) & (numbers <= self.max + slack)
        clipped = np.where(inside, np.clip(numbers, self.min, self.max), self.min)
        if self.step is not None:
            off = (clipped - self.min) / self.step
            inside &= (np.abs(off - np.rint(off)) <= _ON_LEVEL) & (np.rint(off) < self._count)
        u = (self.scale.forward(clipped) - low) / (high - low)
        return np.where(inside, np.clip(u, 0.0, 1.0), np.nan)

    def narrowed(self, low_u: float, high_u: float) -> Self:
        """The same distribution between two points of its own scale; below 0 or above 1 is wider than now.

        A stepped distribution stays on its levels and keeps at least two of them. What lies beyond the scale
        itself, such as 1 on the reverse log scale, is left out.
        """
        low, high = self._ends
        with np.errstate(over="ignore"):
            new = self.scale.inverse(low + np.array([low_u, high_u]) * (high - low))
        floor, ceiling = np.nextafter(self.scale.low, np.inf), np.nextafter(self.scale.high, -np.inf)
        lowest, highest = (float(value) for value in np.clip(new, floor, ceiling))
        if self.step is None:
            lowest = float(self.min) if low_u == 0 else lowest
            highest = float(self.max) if high_u == 1 else highest
            return type(self)(self.name, lowest, highest)
        first, last = self._at(self._levels_between(lowest, highest))
        return type(self)(self.name, first, last, self.step)

    def _levels_between(self, low: float, high: float) -> tuple[int, int]:
        """The first and the last level from `low` to `high`, which may lie outside the range; two at least."""
        assert self.step is not None  # noqa: S101  only stepped distributions have levels
        low, high = (low - self.min) / self.step, (high - self.min) / self.step
        first, last = math.ceil(low - ROUND_OFF), math.floor(high + ROUND_OFF)
        first += not self.scale.contains(self._at([first])[0])
        last -= not self.scale.contains(self._at([last])[0])
        if last > first:
            return first, last
        below = min(max(math.floor((low + high) / 2), 0), self._count - 2)
        return below, below + 1

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced on the scale, both ends included; of one point, the middle."""
        if self.step is not None and points >= self._count:
            return self._at(range(self._count))
        low, high = self._outermost
        places = np.linspace(low, high, points) if points > 1 else np.array([(low + high) / 2])
        values = self.scale.inverse(places)
        if self.step is not None:
            return list(dict.fromkeys(self._at(self._levels(values))))
        inner = [float(f"{value:.12g}") for value in values]
        return [float(self.min), *inner[1:-1], float(self.max)] if points > 1 else inner

    def spec(self) -> dict[str, Any]:
        """The distribution as a config writes it."""
        ends: dict[str, Any] = {"distribution": self.name, "min": _plain(self.min), "max": _plain(self.max)}
        if self.step is not None and not (self.integer and self.step == 1):
            ends["step"] = _plain(self.step)
        return ends

    def __str__(self) -> str:
        step = f", step={short(self.step or 0)}" if "step" in self.spec() else ""
        return f"{self.name}({short(self.min)}, {short(self.max)}{step})"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value

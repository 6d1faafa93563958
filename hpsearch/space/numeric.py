"""Distributions over numbers: uniform along a scale, continuous or in steps."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.space.ranges import Range, round_off
from hpsearch.space.scales import Array, Ends

_ON_LEVEL = 1e-3  # of a step; what reading and arithmetic may add to a level is far less


@dataclass(frozen=True)
class Numeric(Range):
    """Numbers between `min` and `max`, both ends included, uniform along a scale; see Range.

    With a step, the values are min, min + step, ... and each has the probability of the stretch of the scale
    that lies nearer to it than to its neighbours; so all are equally likely on the linear scale.
    """

    ordered: ClassVar[bool] = True

    @property
    def size(self) -> int | None:
        """How many distinct values there are; None for a continuum."""
        return None if self.step is None else int((self.max - self.min) / self.step + round_off(self)) + 1

    @property
    def _count(self) -> int:
        return self.size or 0

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Where u = 0 and u = 1 lie on the scale; half a step outside the outermost values."""
        low, high = float(self.min), float(self.max)
        if self.step is not None:
            last = self.min + (self._count - 1) * self.step
            high = last if self.scale.contains(last) else high
            low = low - self.step / 2 if self.scale.contains(low - self.step / 2) else low
            high = high + self.step / 2 if self.scale.contains(high + self.step / 2) else high
        ends = self.scale.forward(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    @cached_property
    def _outermost(self) -> tuple[Array, Array]:
        """The smallest and the largest value, (2,) on the scale and (2,) in the unit interval."""
        values = self.from_unit(np.array([0.0, 1.0]))
        return self.scale.forward(np.array(values, dtype=np.float64)), self.to_unit(values)

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
        numbers = _numbers(values)
        slack = 1e-9 * max(abs(self.min), abs(self.max), self.step or 0.0)
        inside = (numbers >= self.min - slack) & (numbers <= self.max + slack)
        clipped = np.where(inside, np.clip(numbers, self.min, self.max), self.min)
        if self.step is not None:
            off = (clipped - self.min) / self.step
            inside &= (np.abs(off - np.rint(off)) <= _ON_LEVEL) & (np.rint(off) < self._count)
        u = (self.scale.forward(clipped) - low) / (high - low)
        return np.where(inside, np.clip(u, 0.0, 1.0), np.nan)

    def positions(self, values: Sequence[Any]) -> Array:
        """N values -> (n,) positions on the scale, beyond [0, 1] for numbers outside; NaN for what has no place."""
        numbers = _numbers(values)
        inside = (numbers > self.scale.low) & (numbers < self.scale.high)
        (low, high), (low_u, high_u) = self._outermost
        forward = self.scale.forward(np.where(inside, numbers, self.min))
        return np.where(inside, low_u + (forward - low) / (high - low) * (high_u - low_u), np.nan)

    def value_at(self, position: float) -> float:
        """The number at a position of the scale, which may lie beyond [0, 1]."""
        (low, high), (low_u, high_u) = self._outermost
        place = low + (position - low_u) / (high_u - low_u) * (high - low)
        return float(self.scale.inverse(np.array([place]))[0])

    def stepped(self, value: Any, factor: float) -> Any:
        """The value a step up or down its scale, to another level where there are any; see Distribution."""
        moved = min(max(self.scale.step(float(value), factor, self.min, self.max), self.min), self.max)
        if self.step is None:
            return float(moved)
        here, there = (int(level) for level in self._levels(np.array([float(value), moved])))
        there = here + (1 if factor > 1 else -1) if here == there else there
        return self._at([min(max(there, 0), self._count - 1)])[0]

    def only(self, keep: NDArray[np.bool_]) -> Self:  # noqa: ARG002  a range lists nothing
        """Itself."""
        return self

    def widest(self, limits: Ends | None = None) -> Ends:
        """How far the ends may move: `limits`, else what scale and sign allow."""
        return limits or self.scale.widest(self.min, self.max, self.integer)

    def stretch(self, low_u: float, high_u: float, limits: Ends | None = None) -> Self:
        """The range from `low_u` to `high_u` of its scale, with readable ends; see Distribution."""
        low, high = self._readable(self.value_at(low_u), self.value_at(high_u))
        # What is round may lie inside of an end that is not: whatever moves out must not come in.
        low, high = (min(low, self.min) if low_u < 0 else low), (max(high, self.max) if high_u > 1 else high)
        outer = limits or self.ends
        lowest = min(outer[0], self.min) if low_u < 0 else self.min
        highest = max(outer[1], self.max) if high_u > 1 else self.max
        if self.step is not None:
            return self._on_steps(max(low, lowest), min(high, highest), (lowest, highest))
        low = low if low_u != 0 and lowest < low and self.scale.contains(low) else lowest
        high = high if high_u != 1 and high < highest and self.scale.contains(high) else highest
        # A limit that the scale itself never reaches cannot be an end.
        low, high = (low if self.scale.contains(low) else self.min), (high if self.scale.contains(high) else self.max)
        low, high = (low if low == self.min else _tidy(low)), (high if high == self.max else _tidy(high))
        return type(self)(self.name, low, high) if low < high and self.is_wide(low, high) else self

    def _readable(self, low: float, high: float) -> Ends:
        if self.step is not None and not (self.integer and self.step == 1):
            return low, high  # the levels are as readable as the config made them
        return self.scale.outward(low, high, self.step or 0.0)

    def _on_steps(self, low: float, high: float, outer: Ends) -> Self:
        """The range between the levels nearest to two values; at least two levels, and none beyond the outer ends."""
        step = self.step or 1
        first, last = round((low - self.min) / step), round((high - self.min) / step)
        lowest = math.ceil((outer[0] - self.min) / step - 1e-9) if outer[0] > -math.inf else first
        highest = math.floor((outer[1] - self.min) / step + 1e-9) if outer[1] < math.inf else last
        lowest += not self.scale.contains(self.min + lowest * step)
        highest -= not self.scale.contains(self.min + highest * step)
        first, last = max(first, lowest), min(last, highest)
        if last <= first:
            first, last = (first, first + 1) if first < highest else (highest - 1, highest)
        low, high = self._at([first, last])
        # Round-off counts an end as a level that lies a hair beyond it.
        return type(self)(self.name, max(low, outer[0]), min(high, outer[1]), self.step)

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced on the scale, both ends included; of one point, the middle."""
        if self.step is not None and points >= self._count:
            return self._at(range(self._count))
        low, high = self._outermost[0]
        places = np.linspace(low, high, points) if points > 1 else np.array([(low + high) / 2])
        values = self.scale.inverse(places)
        if self.step is not None:
            return list(dict.fromkeys(self._at(self._levels(values))))
        inner = [float(f"{value:.12g}") for value in values]
        return [float(self.min), *inner[1:-1], float(self.max)] if points > 1 else inner

    def split(self, at: Sequence[Any]) -> list[tuple[Any, int]]:
        """A value of each stretch between the numbers of `at`, and how many there are; see Distribution."""

        def level(index: int) -> float:
            (value,) = self._at([index])
            return float(value)

        levels, numbers = range(self._count), [float(number) for number in _numbers(at) if not math.isnan(number)]
        cuts = {bisect(levels, number, key=level) for bisect in (bisect_left, bisect_right) for number in numbers}
        stretches = pairwise(sorted({0, self._count, *cuts}))
        return [(self._at([first])[0], end - first) for first, end in stretches]


def _numbers(values: Sequence[Any]) -> Array:
    """(n,) the values; NaN for what is no number."""
    if not set(map(type, values)) <= {int, float}:
        values = [v if isinstance(v, int | float) and not isinstance(v, bool) else math.nan for v in values]
    return np.array(values, dtype=np.float64)


def _tidy(value: float) -> float:
    """Without the dust of binary fractions: 0.30000000000000004 is 0.3."""
    return float(f"{value:.12g}")

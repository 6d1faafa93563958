"""Distributions over numbers: uniform along a scale, continuous or in steps."""

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.document import short
from hpsearch.space.distribution import SpaceError
from hpsearch.space.scales import LINEAR, LOG, REVERSE_LOG, Array, Ends, Scale

DISTRIBUTIONS: dict[str, tuple[Scale, bool]] = {
    "uniform": (LINEAR, False),
    "loguniform": (LOG, False),
    "reverseloguniform": (REVERSE_LOG, False),
    "randint": (LINEAR, True),
    "lograndint": (LOG, True),
}
"""Name in a config -> (scale, whether its values are whole numbers)."""

_ROUND_OFF = 1e-9  # of a step: 0.3 / 0.1 is 2.9999999999999996
_LARGEST_WHOLE = 10**15  # floats tell whole numbers, and their halves, apart up to here
_FINEST_STEP = 1e-12  # of the ends: below this, floats no longer tell the levels apart
_LARGEST, _SMALLEST = 1e300, 1e-300  # of an end, so that sums, differences and ratios of them are floats too
_NARROWEST = 1e-9  # of the ends: a continuum that is narrower has too few values, and readable ends lie outside
_NEAREST_TO_1 = 1e-10  # on the reverse log scale, whose values have steps of 1e-16
_CONTINUOUS = {"randint": "uniform", "lograndint": "loguniform"}
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
        _check_ends(self)
        _check_step(self)
        for key in ("min", "max"):
            if abs(getattr(self, key)) > _LARGEST_WHOLE:  # NumPy knows no integers of any size
                object.__setattr__(self, key, float(getattr(self, key)))

    @property
    def scale(self) -> Scale:
        """The axis along which draws are uniform."""
        return DISTRIBUTIONS[self.name][0]

    @property
    def ends(self) -> Ends:
        """The ends of the range."""
        return self.min, self.max

    @property
    def integer(self) -> bool:
        """Whether the values are whole numbers."""
        return DISTRIBUTIONS[self.name][1]

    @property
    def size(self) -> int | None:
        """How many distinct values there are; None for a continuum."""
        return None if self.step is None else int((self.max - self.min) / self.step + _round_off(self)) + 1

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
        return type(self)(self.name, low, high) if low < high and self._is_wide(low, high) else self

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

    def spec(self) -> dict[str, Any]:
        """The distribution as a config writes it."""
        ends: dict[str, Any] = {"distribution": self.name, "min": _plain(self.min), "max": _plain(self.max)}
        if self.step is not None and not (self.integer and self.step == 1):
            ends["step"] = _plain(self.step)
        return ends

    def __str__(self) -> str:
        step = f", step={_exact(self.step or 0)}" if "step" in self.spec() else ""
        return f"{self.name}({_exact(self.min)}, {_exact(self.max)}{step})"

    def check_precision(self) -> None:
        """Raise SpaceError where floats cannot spread values over the range, though it has two ends.

        It is asked of ranges that a person writes: those of older runs are what they are.
        """
        name, low, high, got = self.name, self.min, self.max, _got(self)
        if max(abs(low), abs(high)) > _LARGEST:
            raise SpaceError(f"{name} needs ends of at most {_LARGEST:g} in size, {got}", "use a narrower range")
        if self.step is not None:
            return
        if (low if self.scale is LOG else high - low) < _SMALLEST:
            raise SpaceError(f"{name} needs ends that are no smaller than {_SMALLEST:g}, {got}", "use larger numbers")
        if self.scale is REVERSE_LOG and 1 - high < _NEAREST_TO_1:
            raise SpaceError(f"{name} needs max of at most 1 - {_NEAREST_TO_1:g}, {got}", "such as max: 0.9999")
        if not self._is_wide(low, high):
            fix = f"use a wider range, or `value: {_exact(low)}` for a fixed value"
            raise SpaceError(f"{name} needs ends that are further apart for floats to lie between, {got}", fix)

    def _is_wide(self, low: float, high: float) -> bool:
        size = low if self.scale is LOG else high - low
        return size >= _SMALLEST and high - low >= _NARROWEST * max(abs(low), abs(high))


def _numbers(values: Sequence[Any]) -> Array:
    """(n,) the values; NaN for what is no number."""
    if not set(map(type, values)) <= {int, float}:
        values = [v if isinstance(v, int | float) and not isinstance(v, bool) else math.nan for v in values]
    return np.array(values, dtype=np.float64)


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _tidy(value: float) -> float:
    """Without the dust of binary fractions: 0.30000000000000004 is 0.3."""
    return float(f"{value:.12g}")


def _exact(value: float) -> str:
    """A number that is read back unchanged."""
    return short(value) if float(short(value)) == value else repr(value)


def _got(numeric: Numeric) -> str:
    return f"got min={_exact(numeric.min)}, max={_exact(numeric.max)}"


def _round_off(numeric: Numeric) -> float:
    """By how many steps a level may miss an end that it is to lie at."""
    return max(_ROUND_OFF, 4 * sys.float_info.epsilon * max(abs(numeric.min), abs(numeric.max)) / (numeric.step or 1))


def _check_ends(numeric: Numeric) -> None:
    """Raise SpaceError unless the ends are finite, in order, apart from each other and on the scale."""
    name, low, high, integer = numeric.name, numeric.min, numeric.max, numeric.integer
    got = _got(numeric)
    if not np.isfinite(float(high) - float(low)):
        raise SpaceError(f"{name} needs finite ends, {got}")
    if integer and not (float(low).is_integer() and float(high).is_integer()):
        raise SpaceError(f"{name} needs whole numbers, {got}", f"use `{_CONTINUOUS.get(name, 'uniform')}`")
    if integer and max(abs(low), abs(high)) > _LARGEST_WHOLE:
        raise SpaceError(f"{name} needs whole numbers up to 10^15, {got}")
    if (problem := numeric.scale.problem(low, high, integer)) is not None:
        raise SpaceError(f"{name} needs {problem[0]}, {got}", problem[1])
    if low >= high:
        fix = "swap them" if low > high else f"write `value: {short(low)}` for a fixed value"
        raise SpaceError(f"{name} needs min < max, {got}", fix)
    places = numeric.scale.forward(np.array([low, high], dtype=np.float64))
    if not places[0] < places[1]:
        raise SpaceError(f"{name} needs ends that its scale can tell apart, {got}", "use a wider range")


def _check_step(numeric: Numeric) -> None:
    """Raise SpaceError unless there is no step, or one that makes at least two distinct values."""
    step, low, high = numeric.step, numeric.min, numeric.max
    if step is None:
        return
    if not (np.isfinite(float(step)) and step > 0):
        raise SpaceError(f"step must be above 0, got {short(step)}")
    if numeric.integer and not float(step).is_integer():
        raise SpaceError(f"step must be a whole number for {numeric.name}, got {short(step)}")
    if step > (high - low) + step * _round_off(numeric):
        message = f"step {short(step)} is larger than the range, {short(high - low)}"
        raise SpaceError(message, "the only value would be min: use a smaller step, or a fixed value")
    if not numeric.integer and step < _FINEST_STEP * max(abs(low), abs(high)):
        raise SpaceError(f"step {short(step)} is too fine to tell values apart", "leave `step` out")

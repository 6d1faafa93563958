"""Distributions over numbers: uniform along a scale, continuous or in steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.space.distribution import SpaceError
from hpsearch.space.scales import LINEAR, LOG, REVERSE_LOG, Scale

__all__ = ["DISTRIBUTIONS", "Numeric"]

DISTRIBUTIONS: dict[str, tuple[Scale, bool]] = {
    "uniform": (LINEAR, False),
    "loguniform": (LOG, False),
    "reverseloguniform": (REVERSE_LOG, False),
    "randint": (LINEAR, True),
    "lograndint": (LOG, True),
}
"""Name in a config -> (scale, whether its values are whole numbers)."""

_ROUND_OFF = 1e-9  # of a step: 0.3 / 0.1 is 2.9999999999999996


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
        self._check_ends()
        self._check_step()

    def _check_ends(self) -> None:
        ends = f"got min={_short(self.min)}, max={_short(self.max)}"
        if not (np.isfinite(self.min) and np.isfinite(self.max)):
            raise SpaceError(f"{self.name} needs finite ends, {ends}")
        if self.integer and not (float(self.min).is_integer() and float(self.max).is_integer()):
            raise SpaceError(f"{self.name} needs whole numbers, {ends}", f"use `{_CONTINUOUS[self.name]}`")
        if self.scale is LOG and self.min <= 0:
            linear = "randint" if self.integer else "uniform"
            raise SpaceError(f"{self.name} needs 0 < min < max, {ends}", f"use `{linear}` for a range that includes 0")
        if self.scale is REVERSE_LOG and self.max >= 1:
            fix = "the values are 1 - 10^r, so 1 itself is never reached: write max: 0.999 or 0.9999"
            raise SpaceError(f"{self.name} needs min < max < 1, {ends}", fix)
        if self.min >= self.max:
            fix = "swap them" if self.min > self.max else f"write `value: {_short(self.min)}` for a fixed value"
            raise SpaceError(f"{self.name} needs min < max, {ends}", fix)

    def _check_step(self) -> None:
        if self.step is None:
            return
        if not (np.isfinite(self.step) and self.step > 0):
            raise SpaceError(f"step must be above 0, got {_short(self.step)}")
        if self.integer and not float(self.step).is_integer():
            raise SpaceError(f"{self.name} needs a whole step, got {_short(self.step)}")
        if self.step > (self.max - self.min) * (1 + _ROUND_OFF):
            message = f"step {_short(self.step)} is larger than the range, {_short(self.max - self.min)}"
            raise SpaceError(message, "the only value would be min: use a smaller step, or a fixed value")

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
        return None if self.step is None else int((self.max - self.min) / self.step + _ROUND_OFF) + 1

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Where u = 0 and u = 1 lie on the scale; half a step outside the outermost values."""
        low, high = float(self.min), float(self.max)
        if self.step is not None:
            high = self.min + (self._count - 1) * self.step
            low = low - self.step / 2 if self.scale.contains(low - self.step / 2) else low
            high = high + self.step / 2 if self.scale.contains(high + self.step / 2) else high
        ends = self.scale.forward(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    @property
    def _count(self) -> int:
        return self.size or 0

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points in [0, 1] -> n values, `int` for whole numbers, else `float`."""
        low, high = self._ends
        values = self.scale.inverse(low + np.asarray(u, dtype=np.float64) * (high - low))
        if self.step is None:
            return list(np.clip(values, self.min, self.max).tolist())
        levels = np.clip(np.rint((values - self.min) / self.step), 0, self._count - 1)
        return self._at(levels)

    def _at(self, levels: NDArray[np.float64]) -> list[Any]:
        assert self.step is not None  # noqa: S101  only stepped distributions have levels
        values = self.min + levels * self.step
        if self.integer:
            return [int(value) for value in values]
        # 12 digits: 0.1 + 2 * 0.1 prints as 0.3, and no real step is that fine.
        return [float(f"{value:.12g}") for value in values]

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """N values -> (n,) points in [0, 1]; NaN for what is no number or lies outside."""
        low, high = self._ends
        numbers = np.array([_number(value) for value in values], dtype=np.float64)
        slack = 1e-9 * max(abs(self.min), abs(self.max))
        inside = (numbers >= self.min - slack) & (numbers <= self.max + slack)
        clipped = np.where(inside, np.clip(numbers, self.min, self.max), self.min)
        u = (self.scale.forward(clipped) - low) / (high - low)
        return np.where(inside, np.clip(u, 0.0, 1.0), np.nan)

    def narrowed(self, low_u: float, high_u: float) -> Self:
        """The same distribution between two points of its own scale; below 0 or above 1 is wider than now.

        A stepped distribution stays on its levels and keeps at least two of them.
        """
        low, high = self._ends
        ends = low + np.array([low_u, high_u]) * (high - low)
        new = self.scale.inverse(ends)
        if self.step is None:
            return type(self)(self.name, float(new[0]), float(new[1]))
        first, last = np.rint((new - self.min) / self.step + [0.5 - _ROUND_OFF, _ROUND_OFF - 0.5])
        if last <= first:
            first, last = (first, first + 1) if first < self._count - 1 else (first - 1, first)
        first_value, last_value = self._at(np.array([first, last]))
        return type(self)(self.name, first_value, last_value, self.step)

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced on the scale, both ends included."""
        if self.step is not None and points >= self._count:
            return self._at(np.arange(self._count, dtype=np.float64))
        if self.step is None:
            ends = self.scale.forward(np.array([self.min, self.max], dtype=np.float64))
            values = self.scale.inverse(np.linspace(ends[0], ends[1], points))
            return [float(f"{value:.12g}") for value in np.clip(values, self.min, self.max)]
        return list(dict.fromkeys(self.from_unit(np.linspace(0.0, 1.0, points))))

    def spec(self) -> dict[str, Any]:
        """The distribution as a config writes it."""
        ends: dict[str, Any] = {"distribution": self.name, "min": _plain(self.min), "max": _plain(self.max)}
        if self.step is not None and not (self.integer and self.step == 1):
            ends["step"] = _plain(self.step)
        return ends

    def __str__(self) -> str:
        step = f", step={_short(self.step)}" if "step" in self.spec() else ""
        return f"{self.name}({_short(self.min)}, {_short(self.max)}{step})"


_CONTINUOUS = {"randint": "uniform", "lograndint": "loguniform"}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value


def _short(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"

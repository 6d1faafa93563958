"""What the two ends and the step of a range may be, and how they are written."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpsearch.document import short
from hpsearch.space.distribution import SpaceError
from hpsearch.space.scales import LINEAR, LOG, REVERSE_LOG, Ends, Scale

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


@dataclass(frozen=True)
class Range:
    """Two ends along a scale, and the step between values.

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
        if not self.is_wide(low, high):
            fix = f"use a wider range, or `value: {_exact(low)}` for a fixed value"
            raise SpaceError(f"{name} needs ends that are further apart for floats to lie between, {got}", fix)

    def is_wide(self, low: float, high: float) -> bool:
        """Whether floats can spread a continuum between two ends."""
        size = low if self.scale is LOG else high - low
        return size >= _SMALLEST and high - low >= _NARROWEST * max(abs(low), abs(high))


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _exact(value: float) -> str:
    """A number that is read back unchanged."""
    return short(value) if float(short(value)) == value else repr(value)


def _got(range_: Range) -> str:
    return f"got min={_exact(range_.min)}, max={_exact(range_.max)}"


def round_off(range_: Range) -> float:
    """By how many steps a level may miss an end that it is to lie at."""
    return max(_ROUND_OFF, 4 * sys.float_info.epsilon * max(abs(range_.min), abs(range_.max)) / (range_.step or 1))


def _check_ends(range_: Range) -> None:
    """Raise SpaceError unless the ends are finite, in order, apart from each other and on the scale."""
    name, low, high, integer = range_.name, range_.min, range_.max, range_.integer
    got = _got(range_)
    if not np.isfinite(float(high) - float(low)):
        raise SpaceError(f"{name} needs finite ends, {got}")
    if integer and not (float(low).is_integer() and float(high).is_integer()):
        raise SpaceError(f"{name} needs whole numbers, {got}", f"use `{_CONTINUOUS.get(name, 'uniform')}`")
    if integer and max(abs(low), abs(high)) > _LARGEST_WHOLE:
        raise SpaceError(f"{name} needs whole numbers up to 10^15, {got}")
    if (problem := range_.scale.problem(low, high, integer)) is not None:
        raise SpaceError(f"{name} needs {problem[0]}, {got}", problem[1])
    if low >= high:
        fix = "swap them" if low > high else f"write `value: {short(low)}` for a fixed value"
        raise SpaceError(f"{name} needs min < max, {got}", fix)
    places = range_.scale.forward(np.array([low, high], dtype=np.float64))
    if not places[0] < places[1]:
        raise SpaceError(f"{name} needs ends that its scale can tell apart, {got}", "use a wider range")


def _check_step(range_: Range) -> None:
    """Raise SpaceError unless there is no step, or one that makes at least two distinct values."""
    step, low, high = range_.step, range_.min, range_.max
    if step is None:
        return
    if not (np.isfinite(float(step)) and step > 0):
        raise SpaceError(f"step must be above 0, got {short(step)}", code="C204")
    if range_.integer and not float(step).is_integer():
        raise SpaceError(f"step must be a whole number for {range_.name}, got {short(step)}", code="C204")
    if step > (high - low) + step * round_off(range_):
        message = f"step {short(step)} is larger than the range, {short(high - low)}"
        raise SpaceError(message, "the only value would be min: use a smaller step, or a fixed value", code="C204")
    places = range_.scale.forward(np.array([low, low + step, high - step, high], dtype=np.float64))
    merged = not (places[0] < places[1] and places[2] < places[3])
    if not range_.integer and (merged or step < _FINEST_STEP * max(abs(low), abs(high))):
        raise SpaceError(f"step {short(step)} is too fine to tell values apart", "leave `step` out", code="C204")

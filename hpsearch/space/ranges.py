"""The rules that a range of numbers must keep, each broken one with its values and a way out."""

from typing import TYPE_CHECKING

import numpy as np

from hpsearch.space.distribution import SpaceError
from hpsearch.space.scales import LOG, REVERSE_LOG

if TYPE_CHECKING:
    from hpsearch.space.numeric import Numeric

__all__ = ["ROUND_OFF", "check_ends", "check_step", "short"]

ROUND_OFF = 1e-9  # of a step: 0.3 / 0.1 is 2.9999999999999996
_LARGEST_WHOLE = 10**15  # floats tell whole numbers, and their halves, apart up to here
_FINEST_STEP = 1e-12  # of the ends: below this, floats no longer tell the levels apart
_CONTINUOUS = {"randint": "uniform", "lograndint": "loguniform"}


def check_ends(numeric: "Numeric") -> None:
    """Raise SpaceError unless the ends are finite, in order, apart from each other and on the scale."""
    ends = f"got min={short(numeric.min)}, max={short(numeric.max)}"
    _check_finite(numeric, ends)
    _check_scale(numeric, ends)
    if numeric.min >= numeric.max:
        fix = "swap them" if numeric.min > numeric.max else f"write `value: {short(numeric.min)}` for a fixed value"
        raise SpaceError(f"{numeric.name} needs min < max, {ends}", fix)
    low, high = numeric.scale.forward(np.array([numeric.min, numeric.max], dtype=np.float64))
    if not low < high:
        raise SpaceError(f"{numeric.name} needs ends that its scale can tell apart, {ends}", "use a wider range")


def _check_finite(numeric: "Numeric", ends: str) -> None:
    if not np.isfinite(float(numeric.max) - float(numeric.min)):
        raise SpaceError(f"{numeric.name} needs finite ends, {ends}")
    if numeric.integer and not (float(numeric.min).is_integer() and float(numeric.max).is_integer()):
        raise SpaceError(f"{numeric.name} needs whole numbers, {ends}", f"use `{_CONTINUOUS[numeric.name]}`")
    if numeric.integer and max(abs(numeric.min), abs(numeric.max)) > _LARGEST_WHOLE:
        raise SpaceError(f"{numeric.name} needs whole numbers up to 10^15, {ends}")


def _check_scale(numeric: "Numeric", ends: str) -> None:
    linear = "randint" if numeric.integer else "uniform"
    if numeric.scale is LOG and min(numeric.min, numeric.max) < 0:
        fix = f"write the values themselves, not their exponents: 0.0001 for -4; or use `{linear}`"
        raise SpaceError(f"{numeric.name} needs 0 < min < max, {ends}", fix)
    if numeric.scale is LOG and min(numeric.min, numeric.max) == 0:
        fix = f"start above 0, such as {_a_start(numeric)}, or use `{linear}` for a range that includes 0"
        raise SpaceError(f"{numeric.name} needs 0 < min < max, {ends}", fix)
    if numeric.scale is REVERSE_LOG and max(numeric.min, numeric.max) >= 1:
        fix = "the values are 1 - 10^r, so 1 itself is never reached: write max: 0.999 or 0.9999"
        raise SpaceError(f"{numeric.name} needs min < max < 1, {ends}", fix)


def _a_start(numeric: "Numeric") -> str:
    top = max(numeric.min, numeric.max)
    return short(1 if numeric.integer or not top else top / 10_000)


def check_step(numeric: "Numeric") -> None:
    """Raise SpaceError unless there is no step, or one that makes at least two distinct values."""
    step = numeric.step
    if step is None:
        return
    if not (np.isfinite(float(step)) and step > 0):
        raise SpaceError(f"step must be above 0, got {short(step)}")
    if numeric.integer and not float(step).is_integer():
        raise SpaceError(f"step must be a whole number for {numeric.name}, got {short(step)}")
    if step > (numeric.max - numeric.min) * (1 + ROUND_OFF):
        message = f"step {short(step)} is larger than the range, {short(numeric.max - numeric.min)}"
        raise SpaceError(message, "the only value would be min: use a smaller step, or a fixed value")
    if not numeric.integer and step < _FINEST_STEP * max(abs(numeric.min), abs(numeric.max)):
        raise SpaceError(f"step {short(step)} is too fine to tell values apart", "leave `step` out")


def short(value: float) -> str:
    """A number as messages and short forms write it: whole ones in full, others to 10 digits."""
    whole = float(value).is_integer() and abs(value) <= _LARGEST_WHOLE
    return str(int(value)) if whole else f"{value:.10g}"

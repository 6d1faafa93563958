"""Scales: the axis along which draws are uniform. A scale says all that is known of it, so that nobody need ask."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, inf, log10

import numpy as np
from numpy.typing import NDArray

from hpsearch.document import short

Array = NDArray[np.float64]
Ends = tuple[float, float]
Problem = tuple[str, str]
"""The rule that a range breaks, and what to write instead."""


@dataclass(frozen=True)
class Scale:
    """A strictly increasing map `forward` from values in the open interval (low, high), and its inverse.

    Attributes:
        name: how people call it.
        low, high: values that the scale never reaches.
        forward, inverse: vectorized, (n,) -> (n,).
        problem: (min, max, whether whole) -> why the scale cannot hold them; None where it can.
        widest: (min, max, whether whole) -> how far such a range may sensibly be widened.
        outward: (low, high, smallest unit) -> these ends rounded outward to numbers of few digits.
        ticks: (low, high) -> round values between them to label an axis with, in order.
        step: (value, factor, low, high) -> the value a step up, of a factor above 1, or down, of one below.
    """

    name: str
    low: float
    high: float
    forward: Callable[[Array], Array]
    inverse: Callable[[Array], Array]
    problem: Callable[[float, float, bool], Problem | None]
    widest: Callable[[float, float, bool], Ends]
    outward: Callable[[float, float, float], Ends]
    ticks: Callable[[float, float], list[float]]
    step: Callable[[float, float, float, float], float]

    def contains(self, value: float) -> bool:
        """Whether the value has a place on this scale."""
        return self.low < value < self.high

    def __reduce__(self) -> str:
        # A scale is one of the constants below; pickling by name keeps functions out of the pickle.
        return self.name.replace(" ", "_").upper()


_DIGITS = 2  # of an end that a search has found


def _unit(size: float) -> float:
    """The place value of the last of the digits that are kept of a number of this size."""
    return 10.0 ** (floor(log10(size)) + 1 - _DIGITS) if size > 0 else 1.0


# 1e-9 of a unit: a number that is round already stays where it is.
def _down(value: float, unit: float) -> float:
    return floor(value / unit + 1e-9) * unit


def _up(value: float, unit: float) -> float:
    return ceil(value / unit - 1e-9) * unit


def _linear_widest(low: float, high: float, whole: bool) -> Ends:
    """Numbers that are not negative stay so, counts from 1 on stay counts, and fractions end at 1."""
    lowest = -inf if low < 0 else 1.0 if whole and low >= 1 else 0.0
    return lowest, (1.0 if low >= 0 and high <= 1 and not whole else inf)


def _linear_outward(low: float, high: float, smallest: float) -> Ends:
    unit = max(_unit(high - low), smallest)
    return _down(low, unit), _up(high, unit)


def _linear_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [float(f"{k * step:.12g}") for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _log_problem(low: float, high: float, whole: bool) -> Problem | None:
    linear, top = "randint" if whole else "uniform", max(low, high)
    if min(low, high) < 0:
        return "0 < min < max", f"write the values themselves, not their exponents: 0.0001 for -4; or use `{linear}`"
    if min(low, high) == 0:
        start = short(1 if whole or not top else top / 10_000)
        return "0 < min < max", f"start above 0, such as {start}, or use `{linear}` for a range that includes 0"
    return None


def _log_outward(low: float, high: float, smallest: float) -> Ends:
    return _down(low, max(_unit(low), smallest)), _up(high, max(_unit(high), smallest))


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)
    return [10.0**r if r >= 0 else float(f"1e{r}") for r in decades] if len(decades) > 1 else _linear_ticks(low, high)


def _reverse_log_problem(low: float, high: float, whole: bool) -> Problem | None:  # noqa: ARG001  one signature for all
    fix = "the values are 1 - 10^r, so 1 itself is never reached: write max: 0.999 or 0.9999"
    return ("min < max < 1", fix) if max(low, high) >= 1 else None


def _reverse_log_outward(low: float, high: float, smallest: float) -> Ends:  # noqa: ARG001  one signature for all
    return 1 - _up(1 - low, _unit(1 - low)), 1 - _down(1 - high, _unit(1 - high))


def _reverse_log_ticks(low: float, high: float) -> list[float]:
    return [float(f"{1 - tick:.12g}") for tick in reversed(_log_ticks(1 - high, 1 - low))]


LINEAR = Scale(
    "linear",
    -inf,
    inf,
    forward=lambda values: values,
    inverse=lambda places: places,
    problem=lambda low, high, whole: None,  # noqa: ARG005  one signature for all
    widest=_linear_widest,
    outward=_linear_outward,
    ticks=_linear_ticks,
    step=lambda value, factor, low, high: value + (factor - 1) / 2 * (high - low),
)
# value = 10^r with r uniform: every decade gets the same share of the draws.
LOG = Scale(
    "log",
    0.0,
    inf,
    forward=np.log10,
    inverse=lambda exponents: np.power(10.0, exponents),
    problem=_log_problem,
    widest=lambda low, high, whole: (0.0, inf),  # noqa: ARG005  one signature for all
    outward=_log_outward,
    ticks=_log_ticks,
    step=lambda value, factor, low, high: value * factor,  # noqa: ARG005  one signature for all
)
# value = 1 - 10^r with r uniform: right for averages over the last 1 / (1 - value) steps.
REVERSE_LOG = Scale(
    "reverse log",
    -inf,
    1.0,
    forward=lambda values: -np.log10(1.0 - values),
    inverse=lambda exponents: 1.0 - np.power(10.0, -exponents),
    problem=_reverse_log_problem,
    widest=lambda low, high, whole: (-inf, 1.0),  # noqa: ARG005  one signature for all
    outward=_reverse_log_outward,
    ticks=_reverse_log_ticks,
    step=lambda value, factor, low, high: 1 - (1 - value) / factor,  # noqa: ARG005  one signature for all
)

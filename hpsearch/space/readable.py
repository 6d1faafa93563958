"""Ranges that a person can read: ends rounded outward to few digits, on the scale of the range."""

from math import ceil, floor, inf, log10

import numpy as np

from hpsearch.space import LOG, REVERSE_LOG, Numeric

_DIGITS = 2


def rounded(old: Numeric, low_u: float, high_u: float, limits: tuple[float, float] | None = None) -> Numeric:
    """The range from `low_u` to `high_u` on the scale of `old`, with readable ends.

    An end that moves in is rounded outward, but not beyond the old end; one that moves out goes as far as `limits`,
    and keeps its place where there are none.
    """
    low, high = _round(old, value_at(old, low_u), value_at(old, high_u))
    outer = limits or (old.min, old.max)
    lowest = min(outer[0], old.min) if low_u < 0 else old.min
    highest = max(outer[1], old.max) if high_u > 1 else old.max
    if old.step is not None:
        return _on_steps(old, max(low, lowest), min(high, highest), (lowest, highest))
    low = low if low_u != 0 and lowest < low and old.scale.contains(low) else lowest
    high = high if high_u != 1 and high < highest and old.scale.contains(high) else highest
    # A limit that the scale itself never reaches cannot be an end.
    low, high = (low if old.scale.contains(low) else old.min), (high if old.scale.contains(high) else old.max)
    return Numeric(old.name, _tidy(low), _tidy(high)) if low < high else old


def value_at(old: Numeric, u: float) -> float:
    """The number at a position of the scale, which may lie beyond [0, 1]."""
    ends = old.from_unit(np.array([0.0, 1.0]))
    (low, high), (low_u, high_u) = old.scale.forward(np.array(ends, dtype=float)), old.to_unit(ends)
    place = low + (u - low_u) / (high_u - low_u) * (high - low)
    return float(old.scale.inverse(np.array([place]))[0])


def _round(old: Numeric, low: float, high: float) -> tuple[float, float]:
    if old.step is not None and not (old.integer and old.step == 1):
        return low, high  # the levels are as readable as the config made them
    if old.scale is REVERSE_LOG:
        return 1 - _up(1 - low, _unit(1 - low)), 1 - _down(1 - high, _unit(1 - high))
    smallest = old.step or 0.0
    units = (_unit(low), _unit(high)) if old.scale is LOG else (_unit(high - low),) * 2
    return _down(low, max(units[0], smallest)), _up(high, max(units[1], smallest))


def _unit(size: float) -> float:
    """The place value of the last of the digits that are kept of a number of this size."""
    return 10.0 ** (floor(log10(size)) + 1 - _DIGITS) if size > 0 else 1.0


# 1e-9 of a unit: a number that is round already stays where it is.
def _down(value: float, unit: float) -> float:
    return floor(value / unit + 1e-9) * unit


def _up(value: float, unit: float) -> float:
    return ceil(value / unit - 1e-9) * unit


def _tidy(value: float) -> float:
    """Without the dust of binary fractions: 0.30000000000000004 is 0.3."""
    return float(f"{value:.12g}")


def _on_steps(old: Numeric, low: float, high: float, outer: tuple[float, float]) -> Numeric:
    """The range between the levels nearest to two values; at least two levels, and none beyond the outer ends."""
    assert old.step is not None  # noqa: S101  the caller saw a step
    first, last = round((low - old.min) / old.step), round((high - old.min) / old.step)
    lowest = ceil((outer[0] - old.min) / old.step - 1e-9) if outer[0] > -inf else first
    highest = floor((outer[1] - old.min) / old.step + 1e-9) if outer[1] < inf else last
    if not old.scale.contains(old.min + lowest * old.step):
        lowest += 1
    first, last = max(first, lowest), min(last, highest)
    if last <= first:
        first, last = (first, first + 1) if first < highest else (highest - 1, highest)
    ends = [old.min + level * old.step for level in (first, last)]
    low, high = [round(end) if old.integer else _tidy(end) for end in ends]
    return Numeric(old.name, low, high, old.step)

"""A learning curve in one line of text."""

import math
from collections.abc import Sequence

__all__ = ["sparkline"]

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float, high: float, width: int = 10) -> str:
    """The curve at `width` places, from `low` (lowest bar) to `high`; a cross where it is not finite."""
    if not values:
        return ""
    count = min(width, len(values))
    places = [values[round(i * (len(values) - 1) / max(1, count - 1))] for i in range(count)]
    return "".join(_bar(value, low, high) for value in places)


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return "\u00d7"
    share = (value - low) / (high - low) if high > low else 1.0
    return _BARS[min(len(_BARS) - 1, max(0, int(share * len(_BARS))))]

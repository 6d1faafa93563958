"""The verdict on a range of numbers: narrow it to where the best trials are, or look beyond its end."""

from dataclasses import replace

import numpy as np

from hpsearch.insight.chance import concentration
from hpsearch.insight.edges import STEP_OUT, crowd, crowded_end, widest
from hpsearch.insight.evidence import Array, positions
from hpsearch.insight.readable import rounded, value_at
from hpsearch.insight.step import SIGNIFICANCE, Step, Verdict, View
from hpsearch.space import Numeric

__all__ = ["core", "judge_range"]

_CORE = 0.9  # of the best trials: what a range must hold; the rest may be luck
_SHORTEST = 0.1  # of the old range: a region that closes faster than this trusts too few trials


def judge_range(view: View, old: Numeric) -> Step:
    """Narrowed where the best trials concentrate more than chance, widened where they crowd an end."""
    if view.too_few:
        return _step(view, old, (0.0, 1.0), view.too_few)
    side = crowded_end(view.points, view.good, tests=2 * view.tests)
    n, m = len(view.points), len(view.best)
    if not side and concentration(view.best, view.points) >= SIGNIFICANCE / view.tests:
        reason = f"the best {m} of {n} trials lie no closer together than chance would put them"
        return _step(view, old, (0.0, 1.0), reason)
    low, high = core(view.best)
    span = (low, high) if not side else (-STEP_OUT, high) if side < 0 else (low, 1 + STEP_OUT)
    step = _step(view, old, span, crowd(view.best, side) if side else "")
    stuck = side and step.span is not None and (step.span[0] >= 0 if side < 0 else step.span[1] <= 1)
    limit = widest(view.parameter)[0 if side < 0 else 1]
    return replace(step, reason=f"{step.reason}, which cannot go beyond {limit:g}") if stuck else step


def core(best: Array) -> tuple[float, float]:
    """The stretch of [0, 1] to keep: the shortest one with 9 of 10 best trials, and a margin.

    best: (m,) positions. The ends of m points drawn from a stretch lie about 1/m of it inside; the margin is twice
    that.
    """
    points = np.sort(best)
    count = max(2, int(np.ceil(_CORE * len(points))))
    widths = points[count - 1 :] - points[: len(points) - count + 1]
    first = int(np.argmin(widths))
    margin = max(2 * widths[first] / (count - 1), (_SHORTEST - widths[first]) / 2)
    return max(0.0, float(points[first] - margin)), min(1.0, float(points[first + count - 1] + margin))


def _step(view: View, old: Numeric, span: tuple[float, float], reason: str) -> Step:
    """The step to a span; it reaches to the best trial, wherever that lies, and to no other beyond the limits."""
    limits = widest(view.parameter)
    if view.record is not None:
        record = value_at(old, view.record)
        span = min(span[0], view.record), max(span[1], view.record)
        limits = min(limits[0], record), max(limits[1], record)
    new = rounded(old, *span, limits)
    low, high = (float(u) for u in positions(old, [new.min, new.max]))
    low, high = (0.0 if new.min == old.min else low), (1.0 if new.max == old.max else high)
    wider = new.min < old.min or new.max > old.max
    verdict = Verdict.KEPT if new == old else Verdict.WIDENED if wider else Verdict.NARROWED
    return view.step(new, verdict, reason or _held(view, (low, high)), (low, high))


def _held(view: View, span: tuple[float, float]) -> str:
    def inside(points: Array) -> int:
        return int(((points >= span[0] - 1e-9) & (points <= span[1] + 1e-9)).sum())

    m, n = len(view.best), len(view.points)
    return f"{inside(view.best)} of the best {m} trials lie there, and {inside(view.points)} of all {n}"

"""What a refinement does with one parameter, and what it is judged by."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from hpsearch.insight.chance import at_most, concentration
from hpsearch.insight.edges import STEP_OUT, crowd, crowded_end
from hpsearch.space import Distribution, Parameter
from hpsearch.surrogate.observations import Array, Mask

FEWEST = 10  # trials below which a verdict on a parameter would be a guess
SIGNIFICANCE = 0.05  # the chance that luck alone moves any range, over all parameters together


class Verdict(StrEnum):
    """What became of a parameter."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    KEPT = "kept"
    DROPPED = "dropped values"
    GONE = "gone"  # what it depends on was dropped


@dataclass(frozen=True)
class Step:
    """What happens to one parameter, and why.

    Attributes:
        name: of the parameter.
        old, new: its distributions; `new` is None where the parameter is gone.
        verdict: in a word.
        reason: in a sentence, with the numbers.
        best: (m,) positions of the best trials on the scale of `old`, best first; outside [0, 1] for trials of an
            earlier, wider range.
        span: where `new` lies on the scale of `old`, (low, high); None for unordered values and where it is gone.
    """

    name: str
    old: Distribution
    new: Distribution | None
    verdict: Verdict
    reason: str
    best: tuple[float, ...]
    span: tuple[float, float] | None


@dataclass(frozen=True)
class View:
    """The n trials in which a parameter exists.

    Attributes:
        parameter: which one.
        points: (n,) positions on its scale.
        good: (n,) which trials are the best ones.
        scores: (n,) larger is better.
        record: position of the best trial; None where the parameter does not exist in it.
        tests: how many verdicts are made together, which share the significance.
    """

    parameter: Parameter
    points: Array
    good: Mask
    scores: Array
    record: float | None
    tests: int

    @property
    def best(self) -> Array:
        """(m,) positions of the best trials, best first."""
        order = np.argsort(-self.scores[self.good], kind="stable")
        return np.asarray(self.points[self.good][order])

    @property
    def too_few(self) -> str:
        """Why nothing can be said yet; empty when something can."""
        if len(self.points) < FEWEST:
            return f"{len(self.points)} trials have a value of it, too few to judge by (at least {FEWEST})"
        return "" if self.good.sum() > 2 else f"{self.good.sum()} trials with a value of it succeeded, too few to judge"

    def step(self, new: Distribution, verdict: Verdict, reason: str, span: tuple[float, float] | None) -> Step:
        """The verdict on this parameter."""
        best = tuple(self.best.tolist())
        return Step(self.parameter.name, self.parameter.distribution, new, verdict, reason, best, span)


_CORE = 0.9  # of the best trials: what a range must hold; the rest may be luck
_SHORTEST = 0.1  # of the old range: a region that closes faster than this trusts too few trials


def judge_range(view: View) -> Step:
    """Narrowed where the best trials concentrate more than chance, widened where they crowd an end."""
    if view.too_few:
        return _step(view, (0.0, 1.0), view.too_few)
    side = crowded_end(view.points, view.good, tests=2 * view.tests)
    n, m = len(view.points), len(view.best)
    if not side and concentration(view.best, view.points) >= SIGNIFICANCE / view.tests:
        reason = f"the best {m} of {n} trials lie no closer together than chance would put them"
        return _step(view, (0.0, 1.0), reason)
    low, high = core(view.best)
    span = (low, high) if not side else (-STEP_OUT, high) if side < 0 else (low, 1 + STEP_OUT)
    step = _step(view, span, crowd(view.best, side) if side else "")
    stuck = side and step.span is not None and (step.span[0] >= 0 if side < 0 else step.span[1] <= 1)
    limit = view.parameter.widest[0 if side < 0 else 1]
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


def _step(view: View, span: tuple[float, float], reason: str) -> Step:
    """The step to a span; it reaches to the best trial, wherever that lies, and to no other beyond the limits."""
    old, limits = view.parameter.distribution, view.parameter.widest
    if view.record is not None:
        record = old.value_at(view.record)
        span = min(span[0], view.record), max(span[1], view.record)
        limits = min(limits[0], record), max(limits[1], record)
    new = old.stretch(*span, limits)
    low, high = (float(u) for u in old.positions(new.ends))
    low, high = (0.0 if new.ends[0] == old.ends[0] else low), (1.0 if new.ends[1] == old.ends[1] else high)
    wider = new.ends[0] < old.ends[0] or new.ends[1] > old.ends[1]
    verdict = Verdict.KEPT if new == old else Verdict.WIDENED if wider else Verdict.NARROWED
    return view.step(new, verdict, reason or _held(view, (low, high)), (low, high))


def _held(view: View, span: tuple[float, float]) -> str:
    def inside(points: Array) -> int:
        return int(((points >= span[0] - 1e-9) & (points <= span[1] + 1e-9)).sum())

    m, n = len(view.best), len(view.points)
    return f"{inside(view.best)} of the best {m} trials lie there, and {inside(view.points)} of all {n}"


def judge_listed(view: View) -> Step:
    """Without the values of which too few trials are among the best; of an ordinal, only from its ends."""
    values = view.parameter.distribution.grid(view.parameter.distribution.size or 1)
    size, ordered = len(values), view.parameter.distribution.ordered
    if view.too_few:
        return _step_listed(view, np.ones(size, dtype=bool), view.too_few)
    cells = np.floor(view.points * size).astype(int)
    tried = np.bincount(cells, minlength=size)
    best = np.bincount(cells[view.good], minlength=size)
    n, m = len(cells), int(view.good.sum())
    # Many trials make a small difference certain; it must be a large one too.
    worse = [
        4 * k * n <= m * t and at_most(int(k), drawn=m, marked=int(t), total=n) < SIGNIFICANCE / (view.tests * size)
        for k, t in zip(best, tried, strict=True)
    ]
    keep = ~np.array(worse) | (best == best.max())
    if view.record is not None:
        keep[int(view.record * size)] = True
    if ordered:
        keep[np.argmax(keep) : size - np.argmax(keep[::-1])] = True
    dropped = [f"{values[i]} ({best[i]} of {tried[i]})" for i in np.flatnonzero(~keep)]
    rate = f"against {best[keep].sum()} of {tried[keep].sum()} of the others"
    reason = f"among the best {m} trials there are too few of {', '.join(dropped)}, {rate}"
    return _step_listed(view, keep, reason if dropped else "no value is clearly worse than the others")


def _step_listed(view: View, keep: Mask, reason: str) -> Step:
    old, kept = view.parameter.distribution, np.flatnonzero(keep)
    span = (float(kept[0] / len(keep)), float((kept[-1] + 1) / len(keep))) if old.ordered else None
    if keep.all():
        return view.step(old, Verdict.KEPT, reason, span)
    return view.step(old.only(keep), Verdict.DROPPED, reason, span)

"""Coarse to fine: from the trials of a space to the region that is worth a closer look, with a reason per parameter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from hpsearch.document import short
from hpsearch.insight.crowds import STEP_OUT, at_most, concentration, crowd, crowded_end
from hpsearch.space import Conditions, Distribution, Parameter, Space
from hpsearch.surrogate.observations import Array, Mask, Observations

_FEWEST = 10  # trials below which a verdict on a parameter would be a guess
_SIGNIFICANCE = 0.05  # the chance that luck alone moves any range, over all parameters together
_CORE = 0.9  # of the best trials: what a range must hold; the rest may be luck
_SHORTEST = 0.1  # of the old range: a region that closes faster than this trusts too few trials


class Verdict(StrEnum):
    """What became of a parameter."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    KEPT = "kept"
    DROPPED = "dropped values"
    GONE = "gone"  # what it depends on was dropped


@dataclass(frozen=True)
class Step:
    """What happens to one parameter, and why."""

    name: str
    old: Distribution
    new: Distribution | None  # None where the parameter is gone
    verdict: Verdict
    reason: str  # in a sentence, with the numbers
    # (m,) positions of the best trials on the scale of `old`, best first; outside [0, 1] for trials of an earlier,
    # wider range.
    best: tuple[float, ...]
    span: tuple[float, float] | None  # of `new` on the scale of `old`; None for unordered values and where it is gone


@dataclass(frozen=True)
class Refinement:
    """A space and what became of it."""

    space: Space  # the region to search next; always holds the best trial
    steps: tuple[Step, ...]  # one for each searched parameter, in the order of the config
    considered: int  # how many trials count as the best ones
    finished: int  # how many there are


def refine(seen: Observations, *, top: float | None = None) -> Refinement:
    """Narrow every parameter to where the best trials concentrate more than chance; widen where they crowd an end.

    Each parameter is judged on its own scale and on the trials in which it exists.

    Args:
        seen: all trials of all rounds, on the ranges so far.
        top: which share of them counts as best; None for a fifth, and less of many (see `Observations.good`).
    """
    views = [_View.of(seen, axis, top) for axis in seen.space.axes.values()]
    steps = [_judge_listed(view) if view.old.scale is None else _judge_range(view) for view in views]
    region = _region(seen.space, {step.name: step.new for step in steps if step.new is not None})
    why = "the values that it depends on were dropped"
    gone: dict[str, Any] = {"new": None, "span": None, "verdict": Verdict.GONE, "reason": why}
    settled = tuple(step if step.name in region else replace(step, **gone) for step in steps)
    return Refinement(region, settled, int(seen.good(top).sum()), len(seen))


def _region(space: Space, new: Mapping[str, Distribution]) -> Space:
    """The space with new distributions, without parameters that can no longer exist."""
    before, region = None, space.replaced(new)
    while region != before:
        before = region
        whens = [tuple(filter(None, (_possible(before, each) for each in p.when))) for p in before.parameters]
        pairs = zip(before.parameters, whens, strict=True)
        kept = (replace(p, when=when) for p, when in pairs if when or not p.when)
        region = replace(before, parameters=tuple(kept))
    return region


def _possible(space: Space, conditions: Conditions) -> Conditions | None:
    """Conditions on the values that parents can still have; None where one of them can hold no more."""
    left = {name: c.within(space[name].distribution) if name in space else None for name, c in conditions.items()}
    return {name: condition for name, condition in left.items() if condition} if all(left.values()) else None


@dataclass(frozen=True)
class _View:
    """The n trials in which a parameter exists."""

    parameter: Parameter
    points: Array  # (n,) positions on its scale
    good: Mask  # (n,) which trials are the best ones
    best: Array  # (m,) positions of these, best first
    record: float | None  # position of the best trial; None where the parameter does not exist in it
    tests: int  # how many verdicts are made together, which share the significance

    @classmethod
    def of(cls, seen: Observations, axis: int, top: float | None) -> "_View":
        points, parameter = seen.points[:, axis], seen.space.searched[axis]
        active = ~np.isnan(points)
        good = seen.good(top, active)
        best = points[good][np.argsort(-seen.scores[good], kind="stable")]
        record = None if seen.best is None or not active[seen.best] else float(points[seen.best])
        return cls(parameter, points[active], good[active], best, record, seen.space.dimensions)

    @property
    def old(self) -> Distribution:
        return self.parameter.distribution

    @property
    def too_few(self) -> str:
        """Why nothing can be said yet; empty when something can."""
        if len(self.points) < _FEWEST:
            return f"{len(self.points)} trials have a value of it, too few to judge by (at least {_FEWEST})"
        return "" if len(self.best) > 2 else f"{len(self.best)} trials with a value of it succeeded, too few to judge"

    def step(self, new: Distribution, verdict: Verdict, reason: str, span: tuple[float, float] | None) -> Step:
        return Step(self.parameter.name, self.old, new, verdict, reason, tuple(self.best.tolist()), span)


def _judge_range(view: _View) -> Step:
    if view.too_few:
        return _step(view, (0.0, 1.0), view.too_few)
    side = crowded_end(view.points, view.good, tests=2 * view.tests)
    if not side and concentration(view.best, view.points) >= _SIGNIFICANCE / view.tests:
        trials = f"the best {len(view.best)} of {len(view.points)} trials"
        return _step(view, (0.0, 1.0), f"{trials} lie no closer together than chance would put them")
    low, high = _core(view.best)
    span = (low, high) if not side else (-STEP_OUT, high) if side < 0 else (low, 1 + STEP_OUT)
    step = _step(view, span, crowd(view.best, side) if side else "")
    stuck = side and step.span is not None and (step.span[0] >= 0 if side < 0 else step.span[1] <= 1)
    limit = view.parameter.widest[0 if side < 0 else 1]
    return replace(step, reason=f"{step.reason}, which cannot go beyond {short(limit)}") if stuck else step


def _core(best: Array) -> tuple[float, float]:
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


def _step(view: _View, span: tuple[float, float], reason: str) -> Step:
    """The step to a span; it reaches to the best trial, wherever that lies, and to no other beyond the limits."""
    old, limits = view.old, view.parameter.widest
    if view.record is not None:
        record = old.value_at(view.record)
        span = min(span[0], view.record), max(span[1], view.record)
        limits = min(limits[0], record), max(limits[1], record)
    new = old.stretch(*span, limits)
    low, high = (float(u) for u in old.positions(new.ends))
    low, high = (0.0 if new.ends[0] == old.ends[0] else low), (1.0 if new.ends[1] == old.ends[1] else high)
    wider = new.ends[0] < old.ends[0] or new.ends[1] > old.ends[1]
    verdict = Verdict.KEPT if new == old else Verdict.WIDENED if wider else Verdict.NARROWED
    best, tried = (int(((x >= low - 1e-9) & (x <= high + 1e-9)).sum()) for x in (view.best, view.points))
    held = f"{best} of the best {len(view.best)} trials lie there, and {tried} of all {len(view.points)}"
    return view.step(new, verdict, reason or held, (low, high))


def _judge_listed(view: _View) -> Step:
    """Without the values of which too few trials are among the best; of an ordinal, only from its ends."""
    values = view.old.grid(view.old.size or 1)
    size, keep = len(values), np.ones(len(values), dtype=bool)
    if view.too_few:
        return _step_listed(view, keep, view.too_few)
    cells = np.floor(view.points * size).astype(int)
    tried, best = np.bincount(cells, minlength=size), np.bincount(cells[view.good], minlength=size)
    n, m = len(cells), len(view.best)
    # Many trials make a small difference certain; it must be a large one too.
    worse = [
        4 * k * n <= m * t and at_most(int(k), drawn=m, marked=int(t), total=n) < _SIGNIFICANCE / (view.tests * size)
        for k, t in zip(best, tried, strict=True)
    ]
    keep = ~np.array(worse) | (best == best.max())
    if view.record is not None:
        keep[int(view.record * size)] = True
    if view.old.ordered:
        keep[np.argmax(keep) : size - np.argmax(keep[::-1])] = True
    dropped = [f"{values[i]} ({best[i]} of {tried[i]})" for i in np.flatnonzero(~keep)]
    rate = f"against {best[keep].sum()} of {tried[keep].sum()} of the others"
    reason = f"among the best {m} trials there are too few of {', '.join(dropped)}, {rate}"
    return _step_listed(view, keep, reason if dropped else "no value is clearly worse than the others")


def _step_listed(view: _View, keep: Mask, reason: str) -> Step:
    kept = np.flatnonzero(keep)
    span = (float(kept[0] / len(keep)), float((kept[-1] + 1) / len(keep))) if view.old.ordered else None
    if keep.all():
        return view.step(view.old, Verdict.KEPT, reason, span)
    return view.step(view.old.only(keep), Verdict.DROPPED, reason, span)

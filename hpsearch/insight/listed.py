"""The verdict on listed values: drop those that are clearly worse than the others."""

from typing import Any

import numpy as np

from hpsearch.insight.chance import at_most
from hpsearch.insight.evidence import Mask
from hpsearch.insight.step import SIGNIFICANCE, Step, Verdict, View
from hpsearch.space import Choice, Distribution, Fixed, Ordinal

__all__ = ["judge_listed"]


def judge_listed(view: View, old: Choice) -> Step:
    """Without the values of which too few trials are among the best; of an ordinal, only from its ends."""
    if view.too_few:
        return _step(view, old, np.ones(old.size, dtype=bool), view.too_few)
    cells = np.floor(view.points * old.size).astype(int)
    tried = np.bincount(cells, minlength=old.size)
    best = np.bincount(cells[view.good], minlength=old.size)
    n, m = len(cells), int(view.good.sum())
    # Many trials make a small difference certain; it must be a large one too.
    worse = [
        4 * k * n <= m * t and at_most(int(k), drawn=m, marked=int(t), total=n) < SIGNIFICANCE / (view.tests * old.size)
        for k, t in zip(best, tried, strict=True)
    ]
    keep = ~np.array(worse) | (best == best.max())
    if view.record is not None:
        keep[int(view.record * old.size)] = True
    if old.ordered:
        keep[np.argmax(keep) : old.size - np.argmax(keep[::-1])] = True
    dropped = [f"{old.values[i]} ({best[i]} of {tried[i]})" for i in np.flatnonzero(~keep)]
    rate = f"against {best[keep].sum()} of {tried[keep].sum()} of the others"
    reason = f"among the best {m} trials there are too few of {', '.join(dropped)}, {rate}"
    return _step(view, old, keep, reason if dropped else "no value is clearly worse than the others")


def _step(view: View, old: Choice, keep: Mask, reason: str) -> Step:
    kept = np.flatnonzero(keep)
    span = (float(kept[0] / old.size), float((kept[-1] + 1) / old.size)) if old.ordered else None
    if keep.all():
        return view.step(old, Verdict.KEPT, reason, span)
    return view.step(_of(old, [old.values[i] for i in kept]), Verdict.DROPPED, reason, span)


def _of(old: Choice, values: list[Any]) -> Distribution:
    if len(values) == 1:
        return Fixed(values[0])
    return Ordinal(tuple(values)) if old.ordered else Choice(tuple(values))

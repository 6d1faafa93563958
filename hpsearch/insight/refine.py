"""Coarse to fine: from the trials of a space to the region that is worth a closer look, with a reason per parameter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hpsearch.insight.verdicts import Step, Verdict, View, judge_listed, judge_range
from hpsearch.space import Distribution, Parameter, Space
from hpsearch.surrogate.observations import Observations


@dataclass(frozen=True)
class Refinement:
    """A space and what became of it.

    Attributes:
        space: the region to search next; always holds the best trial.
        steps: one for each searched parameter, in the order of the config.
        considered, finished: how many trials count as the best ones, and how many there are.
    """

    space: Space
    steps: tuple[Step, ...]
    considered: int
    finished: int

    @property
    def changed(self) -> bool:
        """Whether any parameter has another range than before."""
        return any(step.verdict is not Verdict.KEPT for step in self.steps)


def refine(seen: Observations, *, top: float | None = None) -> Refinement:
    """Narrow every parameter to where the best trials concentrate more than chance; widen where they crowd an end.

    Each parameter is judged on its own scale and on the trials in which it exists.

    Args:
        seen: all trials of all rounds, on the ranges so far.
        top: which share of them counts as best; None for a fifth, and less of many (see `Observations.good`).
    """
    space = seen.space
    steps = {p.name: _judge(p, _view(p, axis, seen, top)) for axis, p in enumerate(space.searched)}
    region = _region(space, {name: step.new for name, step in steps.items() if step.new is not None})
    settled = tuple(step if name in region else _gone(step) for name, step in steps.items())
    return Refinement(region, settled, int(seen.good(top).sum()), len(seen))


def _view(parameter: Parameter, axis: int, seen: Observations, top: float | None) -> View:
    points = seen.points[:, axis]
    active = ~np.isnan(points)
    record = None if seen.best is None or not active[seen.best] else float(points[seen.best])
    good = seen.good(top, active)[active]
    return View(parameter, points[active], good, seen.scores[active], record, seen.points.shape[1])


def _judge(parameter: Parameter, view: View) -> Step:
    return judge_listed(view) if parameter.distribution.scale is None else judge_range(view)


def _gone(step: Step) -> Step:
    return replace(step, new=None, span=None, verdict=Verdict.GONE, reason="the values that it depends on were dropped")


def _region(space: Space, new: Mapping[str, Distribution]) -> Space:
    """The space with new distributions, without parameters that can no longer exist."""
    kept: dict[str, Parameter] = {}
    pending = [replace(p, distribution=new.get(p.name, p.distribution)) for p in space.parameters]
    while pending:
        ready = [p for p in pending if not any(parent in {q.name for q in pending} for parent in p.when)]
        for parameter in ready:
            when = {name: _possible(kept.get(name), values) for name, values in parameter.when.items()}
            if all(when.values()):
                kept[parameter.name] = replace(parameter, when=when)
        pending = [p for p in pending if p not in ready]
    return Space(tuple(kept[p.name] for p in space.parameters if p.name in kept))


def _possible(parent: Parameter | None, values: tuple[object, ...]) -> tuple[object, ...]:
    """The values that a parent can still have."""
    if parent is None:
        return ()
    units = parent.distribution.to_unit(list(values))
    return tuple(value for value, u in zip(values, units, strict=True) if not np.isnan(u))

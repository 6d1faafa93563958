"""Rungs: the resources at which trials pause, who is promoted from them, and what a sampler is told of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from typing import Annotated

from hpsearch.document import COUNTS, Boolean, Integer, Key, OneOf
from hpsearch.history import History
from hpsearch.methods.coarse_to_fine import CoarseToFine
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.methods.points import PointsSearch
from hpsearch.methods.random import RandomSearch
from hpsearch.surrogate.curves import expected
from hpsearch.trial import Job, Status, Trial

RESOURCE = "epochs"
"""The hyperparameter that, where it is fixed, says how far a trial is trained."""

MAX = Key(
    "how far a trial is trained to be complete, in epochs or steps; by default `epochs`", Integer(min=1, max=COUNTS)
)

PROMOTE = ("rank", "forecast")

SAMPLERS: Mapping[str, type[SearchMethod]] = {
    "random": RandomSearch,
    "coarse_to_fine": CoarseToFine,
    "points": PointsSearch,
}


@dataclass(frozen=True)
class RungSettings:
    """Where the rungs are."""

    eta: Annotated[
        int,
        Key(
            "of so many trials at a rung one is promoted, to be trained so many times as far", Integer(min=2, max=1000)
        ),
    ] = 3
    min: Annotated[
        int | None,
        Key("the first rung, in epochs or steps; by default three promotions below `max`", Integer(min=1, max=COUNTS)),
    ] = None
    max: Annotated[int | None, MAX] = None

    @cached_property
    def rungs(self) -> tuple[int, ...]:
        """The resources at which trials pause, and the one at which they are complete."""
        top = self.max or 1
        found = [self.min or 1]
        while found[-1] * self.eta < top:
            found.append(found[-1] * self.eta)
        return (*(rung for rung in found if rung < top), top)


@dataclass(frozen=True)
class HalvingSettings(RungSettings):
    """What a config says about halving."""

    sampler: Annotated[str, Key("what chooses the settings of new trials", OneOf(tuple(SAMPLERS)))] = "random"
    asynchronous: Annotated[
        bool,
        Key("promote as soon as a trial is among the best so far, and not when its bracket has come in", Boolean()),
    ] = False
    promote: Annotated[
        str,
        Key(
            "by which trials are promoted: their `rank` at the rung, or a `forecast` of their ends, which brought "
            "nothing clear where it was measured",
            OneOf(PROMOTE),
        ),
    ] = "rank"


def with_end(plan: Plan, key: str = "max") -> int:
    """How far trials are trained: as the settings say, or as `epochs` of the space does.

    Raises:
        PlanError: neither says it, they contradict each other, or `epochs` is searched.
    """
    given: int | None = plan.settings.max
    fixed = plan.space[RESOURCE].distribution.value_at(0.5) if RESOURCE in plan.space else None
    if fixed is not None and plan.space[RESOURCE].searched:
        rule = f"`{RESOURCE}` is searched, and trials are compared at equal numbers of them"
        raise PlanError("method", rule, f"{RESOURCE}: 27, or `method: random`")
    if given is None and not isinstance(fixed, int):
        raise PlanError(
            "method", "how far is a trial trained to be complete?", f"{key}: 27, in epochs or steps", code="C105"
        )
    if given is not None and isinstance(fixed, int) and fixed != given:
        raise PlanError(key, f"`{key}` is {given} and `{RESOURCE}` is {fixed}", "leave one of them out")
    return int(fixed or 0) if given is None else given


def standing(history: History, number: int, rung: int, settings: HalvingSettings) -> float:
    """The score by which a trial is compared with others at a rung: larger is better, -inf for a failure.

    Where nothing can be said of its end, it is taken to stay as it is there.
    """
    score = history.signed(history.segments[number][rung])
    if settings.promote == "rank" or score == -inf:
        return score
    if (number, rung) not in history.forecasts:
        found = expected(history.curve(number, rung), history.metric, settings.rungs[-1], rung)
        history.forecasts[number, rung] = score if found is None else history.metric.sign * found.value
    return history.forecasts[number, rung]


def ranked(history: History, trials: Iterable[Trial], rung: int, settings: HalvingSettings) -> list[int]:
    """The trials that reached a rung, the best first; of equals the earlier first, and without failures."""
    scores = {trial.number: standing(history, trial.number, rung, settings) for trial in trials}
    return sorted((n for n, score in scores.items() if score > -inf), key=lambda n: (-scores[n], n))


def waits_at(history: History, number: int, rung: int) -> bool:
    """Whether a trial has paused there, and nobody has asked it to go on."""
    return history.results[number] is history.segments[number].get(rung) and number not in history.waiting


def promotion(trial: Trial, rungs: Sequence[int], k: int) -> Job:
    """The job that carries a trial on from the rung with this index to the next, or to its end."""
    return Job(trial, start=rungs[k], until=rungs[k + 1] if k + 2 < len(rungs) else None)


@dataclass
class View:
    """What the sampler is told: each trial as if it were complete at its first rung."""

    known: History | None = None
    seen: History | None = None
    open: list[Trial] = field(default_factory=list)
    count: int = 0

    def of(self, history: History, own: Sequence[Trial]) -> History:
        """That of a history."""
        if self.seen is None or self.known is not history or self.count > len(own):
            self.known, self.seen, self.open, self.count = history, History(history.metric), [], 0
        for trial in own[self.count :]:
            self.seen.add(Job(trial))
            self.open.append(trial)
        self.count = len(own)
        for fork in history.forks if own else ():
            self.seen.know(fork)
        for trial in [trial for trial in self.open if trial.number in history.results]:
            segments = history.segments.get(trial.number, {})
            first = segments[min(segments)] if segments else history.results[trial.number]
            status = first.status if first.status.is_failure else Status.COMPLETE
            self.seen.finish(Job(trial), replace(first, status=status))
            self.open.remove(trial)
        return self.seen

"""Population-based training: networks that are trained side by side; the worst go on from the best, a knob turned.

A member that takes over another is a fork of it, so that what was learned is kept, and the tree says who was whose.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil, inf
from typing import Annotated, ClassVar

import numpy as np

from hpsearch.document import COUNTS, Integer, Key, ListOf, Number, OneOf, Text
from hpsearch.errors import did_you_mean
from hpsearch.history import History
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.methods.points import points_first
from hpsearch.methods.random import RandomSearch
from hpsearch.methods.rungs import MAX, with_end
from hpsearch.trial import Job, Params, Place, Trial

_STEPS = (0.8, 1.2)  # Jaderberg et al. 2017, section 4.1
_QUARTER = 4
_GENERATIONS = 10  # by default


@dataclass(frozen=True)
class PopulationSettings:
    """What a config says about a population."""

    members: Annotated[int, Key("how many are trained side by side", Integer(min=1, max=10_000))] = 16
    interval: Annotated[
        int | None,
        Key("after so many epochs or steps they are compared; a tenth of `max` by default", Integer(min=1, max=COUNTS)),
    ] = None
    max: Annotated[int | None, MAX] = None
    exploit: Annotated[
        str,
        Key(
            "who goes on from whom: `truncation`, the worst quarter from one of the best; `tournament`, each from "
            "another one that is better",
            OneOf(("truncation", "tournament")),
        ),
    ] = "truncation"
    resample: Annotated[
        float, Key("how often a hyperparameter is drawn anew, and not moved by a step", Number(min=0, max=1))
    ] = 0.25
    explore: Annotated[
        tuple[str, ...],
        Key("the hyperparameters that change on the way; all that can by default", ListOf(Text(form="a name"))),
    ] = ()


class PopulationSearch(SearchMethod):
    """Generations of `interval` epochs; between two the worst are replaced by forks of the best, which explore.

    What is drawn follows from (seed, round, generation, member) and all results of the generation before: which of
    them came first does not matter.

    Source: Jaderberg et al. 2017, Population based training of neural networks, arXiv:1711.09846.
    """

    Settings: ClassVar[type] = PopulationSettings
    example = "search: {method: population, members: 16, max: 50}"
    pauses = True

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan with its end and its interval."""
        settings = replace(plan.of(PopulationSettings), max=with_end(plan))
        if plan.trials is not None:
            rule = "a population has `members`, and as many trials as come of them"
            raise PlanError("trials", rule, f"members: {min(plan.trials, 10_000)}")
        if settings.members < 2:
            raise PlanError(
                "members",
                "a population of one has nobody to learn from",
                "members: 2 or more, or `babysit`",
                code="C107",
            )
        end = settings.max or 1
        interval = settings.interval or max(1, ceil(end / _GENERATIONS))
        if interval >= end:
            rule = f"`interval` is {interval}, and trials are complete at {end}: they would never be compared"
            raise PlanError("interval", rule, f"interval: {max(1, end // _GENERATIONS)}")
        for name in settings.explore:
            if name not in plan.space or not plan.space[name].searched:
                known = did_you_mean(name, [p.name for p in plan.space.searched])
                raise PlanError("explore", f"explore names `{name}`, which is not searched", known, code="C209")
            if name in plan.frozen:
                raise PlanError("explore", f"`{name}` cannot change once a network is trained", f"leave `{name}` out")
        return replace(plan, settings=replace(settings, interval=interval))

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._settings: PopulationSettings = plan.of(PopulationSettings)
        first = replace(plan, trials=self._settings.members, earlier=(), points=plan.first, settings=None)
        self._sampler = points_first(RandomSearch, first)

    @property
    def total(self) -> None:
        """Only the end tells how many members were replaced."""

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next generation, once all results of the one before are in."""
        return self._replayed(history)[0][:free]

    def keeps(self, history: History) -> Collection[Place]:
        """Those of the members as they are now."""
        due, members, reached = self._replayed(history)
        following = reached + (self._settings.interval or 1)
        ends = [reached] * bool(due and reached) + [following] * (following < (self._settings.max or 1))
        return [(trial.number, 0, at) for trial in members for at in ends]

    def _replayed(self, history: History) -> tuple[list[Job], list[Trial], int]:
        """The jobs that are due; the members before them, and how far these have come."""
        own = [trial for trial in history.trials if trial.round >= self.plan.round]
        interval, end = self._settings.interval or 1, self._settings.max or 1
        members, due = self._first(history, own)
        used, reached = len(members), 0
        while not due:
            before, at = members, reached + interval
            scores = [_score(history, trial, at) for trial in members]
            known = [score for score in scores if score is not None]
            parents = self._parents(known, at) if at < end and len(known) == len(scores) else []
            if not parents:
                break
            reached, until = at, at + interval if at + interval < end else None
            members, due, numbers = [], [], count(history.next_number)
            for slot, parent in enumerate(parents):
                trial = before[slot]
                if parent is not None:
                    trial = own[used] if used < len(own) else self._fork(before[parent], slot, reached, next(numbers))
                    used += 1
                members.append(trial)
                if not _was_asked(history, trial, reached):
                    due.append(Job(trial, start=reached, until=until))
            if due:
                return due, before, reached
        return due, members, reached

    def _first(self, history: History, own: Sequence[Trial]) -> tuple[list[Trial], list[Job]]:
        """The members that begin, and the jobs of those that have not yet."""
        settings, members = self._settings, list(own[: self._settings.members])
        view = History(history.metric, [(trial, None) for trial in [*members, *(history.forks if members else ())]])
        drawn = self._sampler.next_jobs(view, settings.members - len(members))
        new = [replace(job.trial, number=history.next_number + i, end=settings.max) for i, job in enumerate(drawn)]
        return members, [Job(trial, until=settings.interval) for trial in new]

    def _parents(self, scores: Sequence[float], reached: int) -> list[int | None]:
        """Of each member the one that it goes on from where that is another; empty where all have failed."""
        rng = np.random.default_rng([self.plan.seed, self.plan.round, reached])
        order = sorted(range(len(scores)), key=lambda slot: (-scores[slot], slot))
        quarter = max(1, len(scores) // _QUARTER)
        best = [slot for slot in order[:quarter] if scores[slot] > -inf]
        if not best:
            return []
        drawn, others = rng.integers(len(best), size=len(scores)), rng.integers(len(scores) - 1, size=len(scores))
        worst = {slot for slot in range(len(scores)) if scores[slot] == -inf}
        found: list[int | None] = [None] * len(scores)
        if self._settings.exploit == "tournament":
            for slot, other in enumerate(others.tolist()):
                rival = other + (other >= slot)
                if scores[rival] > scores[slot]:
                    found[slot] = rival
        else:
            worst |= set(order[-quarter:])
        for slot in worst - {*best}:
            found[slot] = best[drawn[slot]] if found[slot] is None else found[slot]
        return found

    def _fork(self, parent: Trial, slot: int, reached: int, number: int) -> Trial:
        rng = np.random.default_rng([self.plan.seed, self.plan.round, reached, slot])
        params = self._explored(parent.params, rng)
        return Trial(number, self.plan.round, params, self.plan.seed, parent.number, reached, self._settings.max)

    def _explored(self, params: Params, rng: np.random.Generator) -> Params:
        """The settings with each that may change moved by a step of its own scale, or drawn anew."""
        found = dict(params)
        for parameter in self.plan.space.searched:
            anew, value, way = rng.random(3)
            if parameter.name not in params or not self._changes(parameter.name):
                continue
            if anew < self._settings.resample:
                found[parameter.name] = parameter.distribution.from_unit(np.array([value]))[0]
            else:
                factor = _STEPS[int(way * len(_STEPS))]
                found[parameter.name] = parameter.distribution.stepped(params[parameter.name], factor)
        found = self.plan.space.active(found)
        while missing := self.plan.space.missing(found):
            found[missing[0]] = self.plan.space[missing[0]].distribution.from_unit(rng.random(1))[0]
            found = self.plan.space.active(found)
        return found

    def _changes(self, name: str) -> bool:
        return name not in self.plan.frozen and name in (self._settings.explore or [name])


def _score(history: History, trial: Trial, reached: int) -> float | None:
    """What a member had there; None while its result is still to come."""
    result = history.segments.get(trial.number, {}).get(reached)
    return None if result is None else history.signed(result)


def _was_asked(history: History, trial: Trial, reached: int) -> bool:
    """Whether a member goes on from there, or has done so."""
    result = history.results.get(trial.number)
    return trial.number in history.waiting or (result is not None and result.start >= reached)

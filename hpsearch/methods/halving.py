"""Successive halving: many trials for a short while, the best third of them for three times as long, and so on.

A trial pauses at a rung and is carried on from its checkpoint when it is promoted: nothing is trained twice.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from typing import ClassVar

from hpsearch.methods.asynchronous import Replay
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.methods.points import points_first
from hpsearch.methods.random import DEFAULT_TRIALS
from hpsearch.methods.rungs import SAMPLERS, HalvingSettings, RungSettings, View, promotion, ranked, waits_at, with_end
from hpsearch.space import Space
from hpsearch.trial import History, Job, Place, Trial

RUNGS = 4
"""So many there are by default."""

_MANY = 10**9
_TOGETHER = 2  # brackets that may be under way at a time


@dataclass(frozen=True)
class Bracket:
    """Trials that compete: the first rung of theirs, and how many there are at each from that one on."""

    first: int
    sizes: tuple[int, ...]


def sizes(trials: int, rungs: int, eta: int) -> tuple[int, ...]:
    """How many trials there are at each rung, where so many begin."""
    found = [trials]
    while len(found) < rungs:
        found.append(max(1, found[-1] // eta))
    return tuple(found)


class HalvingSearch(SearchMethod):
    """Brackets of as many trials as make one complete one; of each rung the best third goes on to the next.

    With `asynchronous`, trials compete with all that came before (ASHA: Li et al. 2020, algorithm 2, in its promoting
    variant), by decisions that follow from the jobs before the newest twelve, so that it does not matter which of
    these are in.

    Source: Jamieson and Talwalkar 2016, Non-stochastic best arm identification; Li et al. 2018, JMLR 18.
    """

    Settings: ClassVar[type] = HalvingSettings
    example = "search: {method: halving, max: 27, trials: 81}"
    open_ended = True
    pauses = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        # The sampler knows of the trials of this search alone, as if each were complete at its first rung.
        trials = None if plan.trials is None else plan.trials + plan.outside - len(plan.earlier)
        kind = SAMPLERS[self._settings.sampler]
        sampled = replace(plan, trials=trials, earlier=(), points=plan.first, settings=kind.Settings())
        self._sampler, self._view = points_first(kind, sampled), View()
        self._replay = Replay(self.new, self.own)

    @classmethod
    def completed(cls, plan: Plan) -> Plan:
        """The plan with its last rung, and the number of trials of the sampler."""
        end, own = with_end(plan), plan.of(RungSettings)
        first = own.min or max(1, end // own.eta ** (RUNGS - 1))
        if first > end:
            raise PlanError("min", f"`min` is {first}, and trials are complete at {end}", "a smaller `min`")
        settings = replace(own, min=first, max=end)
        trials = plan.trials or (None if plan.endless else cls.default_trials(settings))
        return replace(plan, settings=settings, trials=trials)

    @staticmethod
    def default_trials(settings: RungSettings) -> int:  # noqa: ARG004  that of hyperband depends on them
        """How many trials there are where nobody says it."""
        return DEFAULT_TRIALS

    @property
    def _settings(self) -> HalvingSettings:
        found: HalvingSettings = self.plan.of(self.Settings)
        return found

    @property
    def total(self) -> None:
        """Only the end tells how many jobs there are."""

    def region(self, history: History) -> Space | None:
        """Where the sampler looks next."""
        return self._sampler.region(self._view.of(history, self.own(history)))

    def bracket(self, index: int) -> Bracket:  # noqa: ARG002  all are alike
        """The bracket with this index, from 0, where it is whole."""
        rungs, eta = self._settings.rungs, self._settings.eta
        return Bracket(0, sizes(eta ** (len(rungs) - 1), len(rungs), eta))

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """Promotions of brackets that are under way, those of the earliest first; then new trials."""
        if self._settings.asynchronous:
            return self._replay.jobs(self._settings, self.plan, history, free)
        found: list[Job] = []
        under_way = 0
        for bracket, members in self._brackets(history):
            promoted, _ = self._competition(history, bracket, members)
            found += promoted
            under_way += bool(promoted) or any(trial.number in history.waiting for trial in members)
            if len(found) >= free or under_way > _TOGETHER:
                break
            if (lacking := bracket.sizes[0] - len(members)) > 0:
                found += self.new(history, min(free - len(found), lacking), bracket.first)
        return found[:free]

    def new(self, history: History, count: int, first: int = 0) -> list[Job]:
        """New trials, up to the rung with this index."""
        rungs, view = self._settings.rungs, self._view.of(history, self.own(history))
        drawn = self._sampler.next_jobs(view, self.plan.room(history, count))
        until = rungs[first] if first < len(rungs) - 1 else None
        return [
            Job(replace(job.trial, number=history.next_number + i, end=rungs[-1]), until=until)
            for i, job in enumerate(drawn)
        ]

    def own(self, history: History) -> list[Trial]:
        """The trials of this search, those of rounds before left aside."""
        return [trial for trial in history.trials if trial.round >= self.plan.round]

    def _brackets(self, history: History) -> Iterator[tuple[Bracket, list[Trial]]]:
        """Each bracket with its trials so far; one that can get no more is as large as these are."""
        own, at = self.own(history), 0
        limit = len(own) + self.plan.room(history, _MANY)
        for index in count():
            whole = self.bracket(index)
            size = min(whole.sizes[0], limit - at)
            members = own[at : at + size]
            if len(members) < size and not history.waiting and not self.new(history, 1, whole.first):
                size = len(members)  # of a finite space that is used up
            if not size:
                return
            yield Bracket(whole.first, sizes(size, len(whole.sizes), self._settings.eta)), members
            if len(members) < size:
                return
            at += size

    def _competition(
        self, history: History, bracket: Bracket, members: Sequence[Trial]
    ) -> tuple[list[Job], list[Place]]:
        """The promotions of a bracket that are due, and the checkpoints that one may still be from."""
        jobs: list[Job] = []
        there, rungs = list(members), self._settings.rungs
        for k, (size, more) in enumerate(pairwise(bracket.sizes), start=bracket.first):
            known = [trial for trial in there if rungs[k] in history.segments.get(trial.number, {})]
            best = [history.trial(n) for n in ranked(history, known, rungs[k], self._settings)[:more]]
            pausing = [trial for trial in best if waits_at(history, trial.number, rungs[k])]
            if len(known) < len(there) or len(there) < min(size, len(members)) or len(members) < bracket.sizes[0]:
                return jobs, [(trial.number, 0, rungs[k]) for trial in pausing]
            jobs += [promotion(trial, rungs, k) for trial in pausing]
            there = best
        return jobs, []

    def keeps(self, history: History) -> Collection[Place]:
        """Checkpoints of trials that may still be promoted: of each rung no more than can be."""
        if self._settings.asynchronous:
            return self._replay.keeps(self._settings, self.plan, history)
        found = [self._competition(history, bracket, members) for bracket, members in self._brackets(history)]
        return [
            *(job.origin for jobs, _ in found for job in jobs if job.origin),
            *(p for _, places in found for p in places),
        ]

"""Successive halving: many trials for a short while, the best third of them for three times as long, and so on.

A trial pauses at a rung and is carried on from its checkpoint when it is promoted: nothing is trained twice.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

from hpsearch.history import History
from hpsearch.methods.asynchronous import Replay
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.methods.points import PointsSearch, points_first
from hpsearch.methods.random import DEFAULT_TRIALS
from hpsearch.methods.rungs import SAMPLERS, HalvingSettings, RungSettings, View, promotion, ranked, waits_at, with_end
from hpsearch.space import Space
from hpsearch.trial import Job, Place, Trial

RUNGS = 4
"""So many there are by default."""

_MANY = 10**9
_TOGETHER = 2  # brackets that may be under way at a time


@dataclass(frozen=True)
class Bracket:
    """Trials that compete: the first rung of theirs, and how many there are at each from that one on."""

    first: int
    sizes: tuple[int, ...]


@dataclass
class _Over:
    """The first brackets, of which all that are promoted have come in; it follows from the history alone."""

    history: History | None = None
    brackets: int = 0
    trials: int = 0


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
        self._replay, self._over = Replay(self.new, self.own), _Over()

    @classmethod
    def completed(cls, plan: Plan) -> Plan:
        """The plan with its last rung, and the number of trials of the sampler."""
        end, own = with_end(plan), plan.of(RungSettings)
        first = own.min or max(1, end // own.eta ** (RUNGS - 1))
        if first > end:
            raise PlanError("min", f"`min` is {first}, and trials are complete at {end}", "a smaller `min`")
        settings = replace(own, min=first, max=end)
        if getattr(settings, "sampler", "") == "points":
            return replace(PointsSearch.completed(plan), settings=settings)
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
        for bracket, members, promoted, _ in self._competitions(history):
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
        return history.trials[bisect_left(history.trials, self.plan.round, key=lambda trial: trial.round) :]

    def _competitions(self, history: History) -> Iterator[tuple[Bracket, list[Trial], list[Job], list[Place]]]:
        """Each bracket that is not over, with its trials so far, and what `_competition` says of them."""
        if self._over.history is not history:
            self._over = _Over(history)
        over = self._over
        for index, (bracket, members) in enumerate(self._brackets(history, over.brackets, over.trials), over.brackets):
            jobs, places = self._competition(history, bracket, members)
            whole = len(members) == self.bracket(index).sizes[0]
            waits = any(trial.number in history.waiting for trial in members)
            if whole and index == over.brackets and not (jobs or places or waits):
                over.brackets, over.trials = index + 1, over.trials + len(members)
            yield bracket, members, jobs, places

    def _brackets(self, history: History, first: int, at: int) -> Iterator[tuple[Bracket, list[Trial]]]:
        """Each bracket from `first` on, which begins with the trial at `at`, with its trials so far.

        One that can get no more is as large as these are.
        """
        own = self.own(history)
        limit = len(own) + self.plan.room(history, _MANY)
        for index in count(first):
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
        for k, more in enumerate(bracket.sizes[1:], start=bracket.first):
            known = [trial for trial in there if rungs[k] in history.segments.get(trial.number, {})]
            best = [history.trial(n) for n in ranked(history, known, rungs[k], self._settings)[:more]]
            pausing = [trial for trial in best if waits_at(history, trial.number, rungs[k])]
            if len(known) < len(there) or len(members) < bracket.sizes[0]:
                return jobs, [(trial.number, 0, rungs[k]) for trial in pausing]
            jobs += [promotion(trial, rungs, k) for trial in pausing]
            there = best
        return jobs, []

    def keeps(self, history: History) -> Collection[Place]:
        """Checkpoints of trials that may still be promoted: of each rung no more than can be."""
        if self._settings.asynchronous:
            return self._replay.keeps(self._settings, self.plan, history)
        found: list[Place] = []
        for _, _, jobs, places in self._competitions(history):
            found += [*(job.origin for job in jobs if job.origin), *places]
        return found

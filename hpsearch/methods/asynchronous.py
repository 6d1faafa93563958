"""Asynchronous halving: each decision follows from the jobs before the newest few, whatever is in of those.

So it can be made anew from the results alone: with one worker or many, killed and resumed or not, it is the same one.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from hpsearch.history import History
from hpsearch.methods.method import Plan
from hpsearch.methods.rungs import HalvingSettings, promotion, ranked, standing, waits_at
from hpsearch.trial import Job, Place, Trial

_LAG = 12  # jobs that a decision does not wait for; more than workers

Step = tuple[int, int]
"""A trial, and the index of the rung that it is to reach."""

Row = tuple[float, int]
"""The score of a trial, negative so that the best comes first, and the trial."""


@dataclass
class _Decisions:
    """What follows from the decisions so far, and from the results that they rest on.

    Attributes:
        open: the jobs whose results were not looked at, in order.
        rungs: index of a rung -> (-score, trial) of those that reached it, sorted.
        rivals: those of them that did not go on from there, without failures.
        made: how many of the jobs began a trial.
    """

    open: list[Step] = field(default_factory=list)
    rungs: dict[int, list[Row]] = field(default_factory=dict)
    rivals: dict[int, list[Row]] = field(default_factory=dict)
    made: int = 0

    def copy(self) -> "_Decisions":
        """One to look ahead with."""
        rungs, rivals = ({k: list(rows) for k, rows in each.items()} for each in (self.rungs, self.rivals))
        return _Decisions(list(self.open), rungs, rivals, self.made)

    def take(self, step: Step) -> None:
        """Take a decision: a new trial, or what `promotable` says."""
        _, k = step
        self.open.append(step)
        if k:
            self.rivals[k - 1].pop(0)
        else:
            self.made += 1

    def absorb(self, history: History, settings: HalvingSettings, lag: int) -> bool:
        """Look at all results but those of the newest jobs; whether they are in."""
        rungs = settings.rungs
        while len(self.open) > lag:
            number, k = self.open[0]
            last = k == len(rungs) - 1
            result = None if last else history.segments.get(number, {}).get(rungs[k])
            if (number not in history.results or number in history.waiting) if last else result is None:
                return False
            self.open.pop(0)
            if result is not None:
                row = -standing(history, number, rungs[k], settings), number
                insort(self.rungs.setdefault(k, []), row)
                if row[0] < inf:
                    insort(self.rivals.setdefault(k, []), row)
        return True

    def promotable(self, eta: int) -> Step | None:
        """The trial to promote: of the highest rung that has one, the best."""
        for k in sorted(self.rungs, reverse=True):
            rivals, rows = self.rivals.get(k), self.rungs[k]
            if rivals and bisect_left(rows, rivals[0]) < len(rows) // eta:
                return rivals[0][1], k + 1
        return None

    def furthest(self, top: int) -> Step | None:
        """The best of the highest rung, if nobody has gone on from there: so that one trial at least is complete."""
        k = max((k for k, rivals in self.rivals.items() if rivals), default=top)
        if k == top or len(self.rivals[k]) < bisect_left(self.rungs[k], (inf, 0)):
            return None
        return self.rivals[k][0][1], k + 1


@dataclass
class Replay:
    """Decides anew what was decided, as far as it is in the history, and then looks ahead.

    new: (history, how many) -> new trials; own: those that there are.
    """

    new: Callable[[History, int], list[Job]]
    own: Callable[[History], list[Trial]]
    _known: History | None = field(default=None, init=False)
    _decisions: _Decisions = field(default_factory=_Decisions, init=False)

    def jobs(self, settings: HalvingSettings, plan: Plan, history: History, free: int) -> list[Job]:
        """The next jobs."""
        if self._known is not history:
            self._known, self._decisions = history, _Decisions()
        own = self.own(history)
        while (decided := self._next(settings, plan, history, own, self._decisions, [])) and decided[1] is None:
            self._decisions.take(decided[0])
        ahead = self._decisions.copy()
        found: list[Job] = []
        while len(found) < free and (decided := self._next(settings, plan, history, own, ahead, found)):
            ahead.take(decided[0])
            found += [decided[1]] if decided[1] is not None else []
        return found

    def _next(
        self,
        settings: HalvingSettings,
        plan: Plan,
        history: History,
        own: Sequence[Trial],
        known: _Decisions,
        found: Sequence[Job],
    ) -> tuple[Step, Job | None] | None:
        """The next decision, with its job where that is new; None while it waits for a result, and at the end."""
        rungs = settings.rungs
        for lag in range(_LAG, -1, -1):
            if not known.absorb(history, settings, lag):
                return None
            if step := known.promotable(settings.eta):
                return _promoted(history, step, rungs)
            if known.made < len(own):
                return (own[known.made].number, 0), None
            begun = sum(not job.start for job in found)
            if plan.room(history, begun + 1) > begun:
                if made := self.new(history, begun + 1)[begun:]:
                    return (made[0].trial.number, 0), made[0]
                if history.waiting:
                    return None  # the sampler waits for a result
            # There are no more trials to begin: what is under way may still be promoted.
        step = known.furthest(len(rungs) - 1)
        return _promoted(history, step, rungs) if step else None

    def keeps(self, settings: HalvingSettings, plan: Plan, history: History) -> list[Place]:
        """Checkpoints of trials that may still be promoted: of each rung as many as can ever be."""
        found: list[Place] = []
        own, most = self.own(history), plan.trials
        for rung in settings.rungs[:-1]:
            there = [trial for trial in own if rung in history.segments.get(trial.number, {})]
            most = None if most is None else max(1, most // settings.eta)
            best = ranked(history, there, rung, settings)[:most]
            found += [(n, 0, rung) for n in best if waits_at(history, n, rung)]
        return found


def _promoted(history: History, step: Step, rungs: Sequence[int]) -> tuple[Step, Job | None]:
    """The decision to promote a trial, with its job where that is still to be done."""
    number, k = step
    due = waits_at(history, number, rungs[k - 1])
    return step, promotion(history.trial(number), rungs, k - 1) if due else None

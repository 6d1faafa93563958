"""Asynchronous halving: each decision follows from the jobs before the newest few, whatever is in of those.

So it can be made anew from the results alone: with one worker or many, killed and resumed or not, it is the same one.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from hpsearch.methods.method import Plan
from hpsearch.methods.rungs import HalvingSettings, promotion, ranked, standing, waits_at
from hpsearch.trial import History, Job, Place, Trial

_LAG = 12  # jobs that a decision does not wait for; more than workers

Step = tuple[int, int]
"""A trial, and the index of the rung that it is to reach."""


@dataclass
class _Decisions:
    """What was decided, in order, and what was known of it.

    Attributes:
        steps: the jobs.
        absorbed: how many of them have had their results looked at.
        rungs: index of a rung -> (-score, trial) of those that reached it, sorted.
        promoted: the trials that went on from a rung, with its index.
        made: how many of the jobs began a trial.
    """

    steps: list[Step] = field(default_factory=list)
    absorbed: int = 0
    rungs: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    promoted: set[Step] = field(default_factory=set)
    made: int = 0

    def copy(self) -> "_Decisions":
        """One to look ahead with."""
        rungs = {k: list(rows) for k, rows in self.rungs.items()}
        return _Decisions(list(self.steps), self.absorbed, rungs, set(self.promoted), self.made)

    def take(self, step: Step) -> None:
        """Take a decision."""
        number, k = step
        self.steps.append(step)
        if k:
            self.promoted.add((number, k - 1))
        else:
            self.made += 1

    def absorb(self, history: History, settings: HalvingSettings, lag: int) -> bool:
        """Look at all results but those of the newest jobs; whether they are in."""
        rungs = settings.rungs
        while self.absorbed < len(self.steps) - lag:
            number, k = self.steps[self.absorbed]
            last = k == len(rungs) - 1
            result = None if last else history.segments.get(number, {}).get(rungs[k])
            if (number not in history.results or number in history.waiting) if last else result is None:
                return False
            self.absorbed += 1
            if result is not None:
                insort(self.rungs.setdefault(k, []), (-standing(history, number, rungs[k], settings), number))
        return True

    def promotable(self, eta: int) -> Step | None:
        """The trial to promote: of the highest rung that has one, the best."""
        for k in sorted(self.rungs, reverse=True):
            rows = self.rungs[k]
            for worse, number in rows[: len(rows) // eta]:
                if (number, k) not in self.promoted and worse < inf:
                    return number, k + 1
        return None


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
                number, k = step
                due = waits_at(history, number, rungs[k - 1])
                return step, promotion(history.trial(number), rungs, k - 1) if due else None
            if known.made < len(own):
                return (own[known.made].number, 0), None
            begun = sum(not job.start for job in found)
            if plan.room(history, begun + 1) > begun:
                if made := self.new(history, begun + 1)[begun:]:
                    return (made[0].trial.number, 0), made[0]
                if history.waiting:
                    return None  # the sampler waits for a result
            # There are no more trials to begin: what is under way may still be promoted.
        return None

    def keeps(self, settings: HalvingSettings, plan: Plan, history: History) -> list[Place]:
        """Checkpoints of trials that may still be promoted: of each rung as many as can ever be."""
        found: list[Place] = []
        own, most = self.own(history), plan.trials
        for rung in settings.rungs[:-1]:
            there = [trial for trial in own if rung in history.segments.get(trial.number, {})]
            most = None if most is None else most // settings.eta
            found += [(n, 0, rung) for n in ranked(history, there, rung, settings)[:most] if waits_at(history, n, rung)]
        return found

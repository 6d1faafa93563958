"""What is known of a run's trials: the only state that a search method has."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from hpsearch.trial import BY_HAND, COMPARABLE, Job, Metric, Result, Status, Trial


class History:
    """All trials of a run and the results that are in: the only state that a search method has.

    It only grows, and taking the same in twice changes nothing. Replicates measure noise and do not steer a search, nor
    do the forks of a person, which are ranked with its trials.

    Attributes:
        trials: those of the search, in the order of their numbers.
        forks: those that a person has forked, in the order of theirs.
        results: trial -> its newest result, that of the segment that reached furthest.
        segments: trial -> resource at which it paused -> its result there.
        waiting: trial -> the resource that its job under way is to reach; None for its end.
        replicates: trial -> replicate -> result; None while it is still to come.
        curve: gives the ranked metric of a trial of its own up to a resource at which it paused; from the store.
        forecasts: (trial, resource at which it paused) -> the score that it is expected to have at its end.
    """

    def __init__(self, metric: Metric, rows: Iterable[tuple[Trial, Result | None]] = ()) -> None:
        self.metric = metric
        self.trials: list[Trial] = []
        self.forks: list[Trial] = []
        self.results: dict[int, Result] = {}
        self.segments: dict[int, dict[int, Result]] = {}
        self.waiting: dict[int, int | None] = {}
        self.replicates: dict[int, dict[int, Result | None]] = {}
        self.curve: Callable[[int, int], Sequence[float]] = lambda *_: ()
        self.forecasts: dict[tuple[int, int], float] = {}
        self._by_number: dict[int, Trial] = {}
        self._scores: dict[int, float] = {}
        self._ranking: list[int] | None = None  # these two are found when asked for, until something comes in
        self._signed: NDArray[np.float64] | None = None
        for trial, result in rows:
            self.add(Job(trial))
            if result is not None:
                self.finish(Job(trial), result)

    def __len__(self) -> int:
        return len(self.trials)

    def add(self, job: Job) -> None:
        """Take in a job, whose result is still to come, and its trial where that is new."""
        number = job.trial.number
        if job.replicate:
            self.replicates.setdefault(number, {}).setdefault(job.replicate, None)
            return
        self.know(job.trial)
        self.waiting[number] = job.until

    def know(self, trial: Trial) -> None:
        """Take in a trial, whatever becomes of it."""
        if trial.number not in self._by_number:
            (self.forks if trial.round == BY_HAND else self.trials).append(trial)
            self._signed = None
            self._by_number[trial.number] = trial

    def recall(self, trial: Trial) -> None:
        """Know of a trial that does not count, as others descend from it."""
        self._by_number.setdefault(trial.number, trial)

    def finish(self, job: Job, result: Result) -> None:
        """Take in the result of a job."""
        number = job.trial.number
        self.take(number, job.replicate, job.until, result)
        if number in self.waiting and not job.replicate and self.waiting[number] == job.until:
            del self.waiting[number]

    def take(self, number: int, replicate: int, until: int | None, result: Result) -> None:
        """Take in what is known to have come of a trial."""
        if replicate:
            if until is None:  # else it has only been carried on so far
                self.replicates.setdefault(number, {})[replicate] = result
            return
        furthest = number not in self.results or (self.paused_at(number) or math.inf) <= (until or math.inf)
        if until is not None:
            self.segments.setdefault(number, {})[until] = result
            self.forecasts.pop((number, until), None)
        if furthest:
            self.results[number] = result
            self._scores[number] = self.signed(result)
            self._ranking = self._signed = None

    def paused_at(self, number: int) -> int | None:
        """The resource of a trial's newest result where it pauses there; None at its own end, and without a result."""
        held, newest = self.segments.get(number, {}), self.results.get(number)
        return next((until for until, result in held.items() if result is newest), None)

    def trial(self, number: int) -> Trial:
        """The trial of this number; KeyError when there is none."""
        return self._by_number[number]

    @property
    def all_trials(self) -> list[Trial]:
        """Those of the search and the forks, in the order of their numbers."""
        return sorted([*self.trials, *self.forks], key=lambda trial: trial.number) if self.forks else self.trials

    @property
    def finished(self) -> int:
        """How many trials of the search have a result."""
        return len(self.results) - sum(fork.number in self.results for fork in self.forks)

    @property
    def next_number(self) -> int:
        """The number that the next trial gets; the first is 1."""
        return 1 + max((trials[-1].number for trials in (self.trials, self.forks) if trials), default=0)

    @property
    def next_own(self) -> int:
        """The number that the next trial of the search had if nobody had forked any: it is drawn by this one."""
        return self.next_number - len(self.forks)

    def reached(self, number: int) -> int | None:
        """The resource of a trial's newest result; None at its own end, where that is not known."""
        return self.paused_at(number) or self.trial(number).end

    def seconds(self, number: int) -> float:
        """Wall-clock time that a trial took, through its segments, without what was its parent's."""
        result, held = self.results[number], self.segments.get(number, {})
        total = result.seconds
        while (result := held.get(result.start)) is not None:  # type: ignore[assignment]
            total += result.seconds
        return total

    def line(self, number: int) -> list[Trial]:
        """A trial behind those that it descends from, the root first."""
        found = [self.trial(number)]
        while (parent := found[0].parent) is not None:
            found.insert(0, self.trial(parent))
        return found

    @property
    def pending(self) -> list[Trial]:
        """Trials with a job whose result is still to come."""
        return [self._by_number[number] for number in sorted(self.waiting)]

    def until_round(self, number: int) -> "History":
        """What was known of the trials up to this round."""
        rows = ((t, self.results.get(t.number)) for t in self.trials if t.round <= number)
        return History(self.metric, rows)

    def score(self, number: int) -> float:
        """The metric of a trial, signed so that larger is better; -inf for a failure, NaN while there is no result."""
        return self._scores.get(number, math.nan)

    def signed(self, result: Result) -> float:
        """The metric of a result, signed so that larger is better; -inf where it failed."""
        value = result.metrics.get(self.metric.name)
        if value is None or result.status not in COMPARABLE or not math.isfinite(value):
            return -math.inf
        return self.metric.sign * value

    def scores(self) -> NDArray[np.float64]:
        """(n,) scores of the trials of the search, in their order."""
        if self._signed is None:
            numbers = self._by_number if not self.forks else [trial.number for trial in self.trials]
            self._signed = self.scores_of(numbers)
        return self._signed.copy()

    def scores_of(self, numbers: Iterable[int]) -> NDArray[np.float64]:
        """(n,) scores of some trials, in the order of their numbers here."""
        return np.array([*map(self._scores.get, numbers, repeat(math.nan))], dtype=np.float64)

    def ranking(self, until: int | None = None) -> list[int]:
        """Numbers of the trials that reached a resource (None: their own end), best first; of equals the earlier first.

        Only like is compared with like: a trial that paused or was stopped has no place among complete ones. While none
        is complete, those are ranked that have come furthest.
        """
        if until is not None:
            return _ranked({n: self.signed(held[until]) for n, held in self.segments.items() if until in held})
        if self._ranking is None:
            complete = [n for n, result in self.results.items() if result.status is Status.COMPLETE]
            self._ranking = _ranked({n: self._scores[n] for n in complete}) if complete else self._furthest()
        return list(self._ranking)

    def _furthest(self) -> list[int]:
        return self.ranking(max(until for held in self.segments.values() for until in held)) if self.segments else []

    def best(self) -> Trial | None:
        """The complete trial with the best metric; the earliest of equals; None when nothing succeeded."""
        ranking = self.ranking()
        return self.trial(ranking[0]) if ranking else None


def _ranked(scores: Mapping[int, float]) -> list[int]:
    """Numbers by their scores, the largest first; of equals the earlier first, and without failures."""
    numbers, values = np.array(list(scores), dtype=np.int64), np.array(list(scores.values()), dtype=np.float64)
    order = np.lexsort((numbers, -values))
    return list(map(int, numbers[order[values[order] > -math.inf]].tolist()))

"""Where a search ends by what its trials are: at a value that is good enough, or where none has been better for long.

It follows from the trials in the order of their numbers, whatever finished first: with one worker or many, killed and
resumed or not, the same trial is the last one that counts.
"""

from collections.abc import Container, Iterable
from math import inf

from hpsearch.history import History
from hpsearch.store import Ending
from hpsearch.trial import BY_HAND, Job, Result, Status


class Goal:
    """Reads the results of a search.

    Args:
        history: what is known so far.
        target: a value of the metric that is good enough; None for none.
        patience: so many trials, one after the other, none of them better than those before, are enough.
        earlier: the last trial before the space became another one. All up to it are there; patience begins after it.
        outside: those of them that do not lie in the space, and so do not count.

    Attributes:
        ending: the end, once it is known.
        settled: the last trial up to which all results are in, or the last one that counts.
    """

    def __init__(
        self,
        history: History,
        target: float | None = None,
        patience: int | None = None,
        *,
        earlier: int = 0,
        outside: Container[int] = (),
    ) -> None:
        self.ending: Ending | None = None
        self.settled = 0
        self._history, self._patience, self._earlier, self._outside = history, patience, earlier, outside
        self._target = None if target is None else history.metric.sign * target
        self._at, self._best, self._since = 0, -inf, 0
        self._scores: dict[int, float] = {}  # of trials whose turn has not come
        self.take((Job(history.trial(n)), result) for n, result in history.results.items())

    @property
    def given(self) -> bool:
        """Whether there is anything to look out for."""
        return self._target is not None or self._patience is not None

    @property
    def last(self) -> float:
        """The last trial that may count, by what is known: none past it need be started."""
        if self.ending is not None:
            return self.ending.last or inf
        if self._target is None:
            return inf
        reached = (number for number, score in self._scores.items() if score >= self._target)
        return max(min(reached, default=inf), self._earlier)

    def take(self, done: Iterable[tuple[Job, Result]]) -> None:
        """Take in results, of trials that the history knows."""
        if not self.given:
            return
        for job, result in done:
            if not job.replicate and job.until is None and job.trial.round != BY_HAND:
                complete = result.status is Status.COMPLETE
                counts = complete and job.trial.number not in self._outside
                self._scores[job.trial.number] = self._history.signed(result) if counts else -inf
        trials = self._history.trials
        while self.ending is None and self._at < len(trials) and trials[self._at].number in self._scores:
            self._look_at(trials[self._at].number)
            self._at += 1

    def _look_at(self, number: int) -> None:
        score, self.settled = self._scores.pop(number), number
        self._since = 0 if score > self._best or number <= self._earlier else self._since + 1
        self._best = max(score, self._best)
        if self._target is not None and score >= self._target:
            self.settled = max(number, self._earlier)
            self.ending = Ending("target", self.settled, None if self.settled == number else number)
        elif self._patience is not None and self._since >= self._patience:
            self.ending = Ending("patience", number)

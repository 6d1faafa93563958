"""The finished trials as arrays: where each lies on every parameter's own scale, and how good it was."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpsearch.history import History
from hpsearch.space import Space
from hpsearch.trial import Result, Status

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_HUGE = 1e100  # the square of it and the sum of many such squares are floats


@dataclass(frozen=True)
class Observations:
    """The n finished trials of a history, seen from a space, whose d searched parameters are the axes.

    Points are positions on the scales of the space: NaN where a parameter does not exist, below 0 or above 1 for
    numbers that lie outside the space, as trials of earlier rounds do.
    """

    space: Space
    points: Array  # (n, d)
    scores: Array  # (n,) larger is better, -inf for failures; in a unit that lets one calculate with them
    failed: Mask  # (n,) whether a trial failed or diverged

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def best(self) -> int | None:
        """The row of the best trial, the earliest of equals; None when nothing succeeded."""
        return int(np.argmax(self.scores)) if np.isfinite(self.scores).any() else None

    def good(self, top: float | None = None, rows: Mask | None = None) -> Mask:
        """(n,) which trials count as the best ones.

        top: which share of the finished trials; None for a fifth, and fewer of many (2 sqrt(n)). At least 5 trials,
            never a failure, and of equal scores all or none, unless all would be more than half of the trials.
        rows: (n,) the trials to choose among; None for all.
        """
        among = np.ones(len(self), dtype=bool) if rows is None else rows
        scores = np.where(among & np.isfinite(self.scores), self.scores, -np.inf)
        n = int(among.sum())
        count = top * n if top is not None else min(0.2 * n, 2 * n**0.5)
        count = min(max(5, round(count)), int(np.isfinite(scores).sum()))
        if not count:
            return np.zeros(len(self), dtype=bool)
        threshold = np.partition(scores, -count)[-count]
        best, above = np.asarray(scores >= threshold), np.asarray(scores > threshold)
        return above if best.sum() > max(count, n / 2) and above.sum() >= 5 else best


def observe(space: Space, history: History) -> Observations:
    """The finished trials of the history, on the scales of the space; those that pause, where most of them did.

    Forks are none: what they give is not what their settings alone would.
    """
    finished = [trial for trial in history.trials if trial.number in history.results and trial.parent is None]
    results: Mapping[int, Result] = history.results
    score: Callable[[int], float] = history.score
    if any(results[trial.number].status is Status.PAUSED for trial in finished):
        reached = Counter(until for trial in finished for until in history.segments.get(trial.number, {}))
        where = max(reached, key=lambda until: (reached[until], until))
        finished = [trial for trial in finished if where in history.segments.get(trial.number, {})]
        results = {trial.number: history.segments[trial.number][where] for trial in finished}
        signed = {number: history.signed(result) for number, result in results.items()}
        score = signed.__getitem__
    points = space.encode([trial.params for trial in finished], beyond=True)
    scores = np.array([score(trial.number) for trial in finished], dtype=np.float64)
    failed = np.array([results[trial.number].status.is_failure for trial in finished], dtype=bool)
    return Observations(space, points, scores / unit_of(scores), failed)


def unit_of(values: ArrayLike) -> float:
    """What to divide numbers by so that their squares and sums are numbers too: 1 unless they are huge or tiny.

    It is a power of two, so that no digit changes.
    """
    sizes = np.abs(np.asarray(values, dtype=np.float64))
    most = float(sizes.max(initial=0.0, where=np.isfinite(sizes)))
    return 1.0 if most == 0 or 1 / _HUGE < most < _HUGE else 2.0 ** (int(np.frexp(most)[1]) - 1)

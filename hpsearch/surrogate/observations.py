"""The finished trials as arrays: where each lies on every parameter's own scale, and how good it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.space import Distribution, Numeric, Space
from hpsearch.trial import History

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """The n finished trials of a history.

    Attributes:
        numbers: (n,) of the trials.
        points: (n, d) positions on the scales of the space; NaN where a parameter does not exist. Below 0 or above 1
            for numbers that lie outside the space, as trials of earlier rounds do.
        scores: (n,) larger is better, -inf for failures.
    """

    numbers: NDArray[np.int64]
    points: Array
    scores: Array

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def best(self) -> int | None:
        """The row of the best trial, the earliest of equals; None when nothing succeeded."""
        if not np.isfinite(self.scores).any():
            return None
        return int(np.argmax(self.scores))

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
        best: Mask = scores >= threshold
        above: Mask = scores > threshold
        return above if best.sum() > max(count, n / 2) and above.sum() >= 5 else best


def evidence(space: Space, history: History) -> Evidence:
    """The finished trials of the history, on the scales of the space."""
    finished = [trial for trial in history.trials if trial.number in history.results]
    points = np.full((len(finished), space.dimensions), np.nan)
    for axis, parameter in enumerate(space.searched):
        has = [i for i, trial in enumerate(finished) if parameter.name in trial.params]
        points[has, axis] = positions(parameter.distribution, [finished[i].params[parameter.name] for i in has])
    numbers = np.array([trial.number for trial in finished], dtype=np.int64)
    return Evidence(numbers, points, np.array([history.score(trial.number) for trial in finished], dtype=np.float64))


def positions(distribution: Distribution, values: Sequence[Any]) -> Array:
    """N values -> (n,) positions on the distribution's scale; beyond [0, 1] for numbers outside of it.

    NaN for what has no place on the scale.
    """
    if not isinstance(distribution, Numeric):
        return distribution.to_unit(values)
    ends = distribution.from_unit(np.array([0.0, 1.0]))
    (low, high), (low_u, high_u) = distribution.scale.forward(np.array(ends, dtype=float)), distribution.to_unit(ends)
    numbers = np.array([v if isinstance(v, int | float) else np.nan for v in values], dtype=np.float64)
    inside = (numbers > distribution.scale.low) & (numbers < distribution.scale.high)
    forward = distribution.scale.forward(np.where(inside, numbers, ends[0]))
    u = low_u + (forward - low) / (high - low) * (high_u - low_u)
    return np.where(inside, u, np.nan)

"""Random search: every trial tries a new value of every hyperparameter (Bergstra & Bengio 2012, JMLR 13)."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.methods.method import Plan
from hpsearch.space import settings_key
from hpsearch.trial import History, Job

__all__ = ["RandomSearch", "draw"]

_ATTEMPTS = 100  # then what is left of a finite space is listed and drawn from directly


def draw(seed: int, round_: int, number: int, attempt: int, dimensions: int) -> NDArray[np.float64]:
    """(d,) the point of trial `number`: a function of its arguments alone."""
    return np.random.default_rng([seed, round_, number, attempt]).random(dimensions)


class RandomSearch:
    """Independent draws from the space; in a finite space no setting comes twice."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._seen: tuple[History | None, int, set[str]] = (None, 0, set())

    @property
    def total(self) -> int | None:
        """The number of trials asked for, or of the settings that there are."""
        size, trials = self.plan.space.size, self.plan.trials
        return trials if size is None or trials is None else min(size, trials)

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next settings, up to the number of trials or the end of a finite space."""
        left = self.plan.left(history)
        count = free if left is None else min(free, left)
        first = history.next_number
        if self.plan.space.size is None:
            return self.plan.jobs(history, self._decoded(range(first, first + count)))
        return self.plan.jobs(history, self._distinct(history, range(first, first + count)))

    def _decoded(self, numbers: range, attempt: int = 0) -> list[dict[str, Any]]:
        plan = self.plan
        d = plan.space.dimensions
        points = [draw(plan.seed, plan.round, number, attempt, d) for number in numbers]
        return plan.space.decode(np.array(points).reshape(len(points), d))

    def _distinct(self, history: History, numbers: range) -> list[dict[str, Any]]:
        seen = self._seen_in(history)
        fresh: dict[str, dict[str, Any]] = {}
        for number in numbers:
            params = self._unseen(seen, fresh, number)
            if params is None:
                break
            fresh[settings_key(params)] = params
        return list(fresh.values())

    def _seen_in(self, history: History) -> set[str]:
        """Keys of all settings in the history; what was read at the last call is not read again."""
        known, count, seen = self._seen
        if known is not history or count > len(history):
            count, seen = 0, set()
        seen.update(settings_key(trial.params) for trial in history.trials[count:])
        self._seen = (history, len(history), seen)
        return seen

    def _unseen(self, seen: Container[str], fresh: Container[str], number: int) -> dict[str, Any] | None:
        for attempt in range(_ATTEMPTS):
            (params,) = self._decoded(range(number, number + 1), attempt)
            if not _known(params, seen, fresh):
                return params
        rest = [params for params in self.plan.space.settings() if not _known(params, seen, fresh)]
        if not rest:
            return None
        u = draw(self.plan.seed, self.plan.round, number, _ATTEMPTS, 1)[0]
        return rest[int(u * len(rest))]


def _known(params: Mapping[str, Any], *sets: Container[str]) -> bool:
    key = settings_key(params)
    return any(key in known for known in sets)

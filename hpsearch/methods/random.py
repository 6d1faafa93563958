"""Random search: every trial tries a new value of every hyperparameter (Bergstra & Bengio 2012, JMLR 13)."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.history import History
from hpsearch.methods.method import Plan, SearchMethod
from hpsearch.space import settings_key
from hpsearch.trial import Job

DEFAULT_TRIALS = 100
_ATTEMPTS = 100  # then what is left of a finite space is listed and drawn from directly
_LISTABLE = 100_000  # settings; of a larger space the list is put off, as most draws there are new
_ATTEMPTS_BEFORE_A_LONG_LIST = 10_000

Setting = dict[str, Any]


def draw(seed: int, round_: int, number: int, attempt: int, dimensions: int) -> NDArray[np.float64]:
    """(d,) the point of trial `number`: a function of its arguments alone."""
    return np.random.default_rng([seed, round_, number, attempt]).random(dimensions)


@dataclass
class _Seen:
    """What was read of a history, so that the next call need not read it again; it follows from the history alone."""

    history: History | None = None
    count: int = 0
    keys: set[str] = field(default_factory=set)
    rest: dict[str, Setting] | None = None  # key -> setting, of those not tried yet; None until it is needed

    def read(self, history: History) -> None:
        """Take in the trials that are new in the history."""
        new = [settings_key(trial.params) for trial in history.trials[self.count :]]
        self.history, self.count = history, len(history)
        self.keys.update(new)
        if self.rest:
            for key in new:
                self.rest.pop(key, None)


class RandomSearch(SearchMethod):
    """Independent draws from the space; in a finite space no setting comes twice."""

    draws = True
    open_ended = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._seen = _Seen()

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan, of a hundred trials where it says neither how many nor what else ends it."""
        return replace(plan, trials=plan.trials or (None if plan.endless else DEFAULT_TRIALS))

    @property
    def total(self) -> int | None:
        """The number of trials asked for, or of the settings that there are."""
        size = self.plan.space.size
        return self.plan.capped(None if size is None else size + self.plan.outside)

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next settings, up to the number of trials or the end of a finite space."""
        first = history.next_own
        numbers = range(first, first + self.plan.room(history, free))
        settings = self._decoded(numbers) if self.plan.space.size is None else self._distinct(history, numbers)
        return self.plan.jobs(history, settings)

    def _decoded(self, numbers: range, attempt: int = 0) -> list[Setting]:
        plan, d = self.plan, self.plan.space.dimensions
        points = [draw(plan.seed, plan.round, number, attempt, d) for number in numbers]
        return plan.space.decode(np.array(points).reshape(len(points), d))

    def _distinct(self, history: History, numbers: range) -> list[Setting]:
        if self._seen.history is not history or self._seen.count > len(history):
            self._seen = _Seen()
        self._seen.read(history)
        fresh: dict[str, Setting] = {}
        for number in numbers:
            params = self._drawn(number, fresh) or self._listed(number, fresh)
            if params is None:
                break
            fresh[settings_key(params)] = params
        return list(fresh.values())

    def _drawn(self, number: int, fresh: Container[str]) -> Setting | None:
        """A new setting for the trial; None when many draws have found none."""
        listable = (self.plan.space.size or 0) <= _LISTABLE
        for attempt in range(_ATTEMPTS if listable else _ATTEMPTS_BEFORE_A_LONG_LIST):
            (params,) = self._decoded(range(number, number + 1), attempt)
            key = settings_key(params)
            if key not in self._seen.keys and key not in fresh:
                return params
        return None

    def _listed(self, number: int, fresh: Container[str]) -> Setting | None:
        """One of the settings that are left, each equally likely; None when the space is used up."""
        if self._seen.rest is None:
            every = {settings_key(params): params for params in self.plan.space.settings()}
            self._seen.rest = {key: params for key, params in every.items() if key not in self._seen.keys}
        rest = [params for key, params in self._seen.rest.items() if key not in fresh]
        if not rest:
            return None
        u = draw(self.plan.seed, self.plan.round, number, _ATTEMPTS_BEFORE_A_LONG_LIST, 1)[0]
        return rest[int(u * len(rest))]

"""Grid search: every combination of a few values per hyperparameter."""

from collections.abc import Sequence
from functools import cached_property

from hpsearch.methods.method import Plan
from hpsearch.space import settings_key
from hpsearch.trial import History, Job, Params

__all__ = ["GridSearch"]


class GridSearch:
    """All combinations of `plan.grid` points per parameter, evenly spaced on each parameter's scale."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def settings(self) -> list[Params]:
        """The combinations, less those that were given as points to try first."""
        given = {settings_key(params) for params in self.plan.points}
        return [params for params in self.plan.space.grid(self.plan.grid) if settings_key(params) not in given]

    @property
    def total(self) -> int | None:
        """The number of combinations, and of the points tried first; fewer where `plan.trials` is."""
        count = len(self.settings) + len(self.plan.points)
        return count if self.plan.trials is None else min(count, self.plan.trials)

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next combinations."""
        left = self.plan.left(history)
        count = free if left is None else min(free, left)
        start = len(history) - len(self.plan.points)
        return self.plan.jobs(history, self.settings[start : start + count])

"""Given settings: the whole search, or what is tried before another method goes on."""

from collections.abc import Callable, Sequence

from hpsearch.methods.method import Plan, SearchMethod
from hpsearch.space import Space
from hpsearch.trial import History, Job

__all__ = ["PointsSearch"]


class PointsSearch:
    """The settings of `plan.points` in their order, then whatever `then` proposes."""

    def __init__(self, plan: Plan, then: SearchMethod | None = None) -> None:
        self.plan = plan
        self.then = then

    @property
    def total(self) -> int | None:
        """What the other method makes of it, or the number of points; fewer where `plan.trials` is."""
        if self.then:
            return self.then.total
        return len(self.plan.points) if self.plan.trials is None else min(len(self.plan.points), self.plan.trials)

    @property
    def region(self) -> Callable[[History], Space] | None:
        """Where the other method looks next, where it can say so."""
        return getattr(self.then, "region", None)

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next given settings, or the other method's."""
        given = self.plan.points[len(history) :]
        if not given:
            return self.then.next_jobs(history, free) if self.then else []
        left = self.plan.left(history)
        count = free if left is None else min(free, left)
        return self.plan.jobs(history, given[:count])

"""Given settings: the whole search, or what is tried before another method goes on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from hpsearch.methods.method import NoSettings, Plan, PlanError, SearchMethod
from hpsearch.space import Space
from hpsearch.trial import History, Job


class PointsSearch:
    """The settings of `plan.points` in their order, then whatever `then` proposes."""

    Settings: ClassVar[type] = NoSettings
    example: ClassVar[str] = ""
    draws: ClassVar[bool] = False
    open_ended: ClassVar[bool] = False
    replicates: ClassVar[bool] = False

    def __init__(self, plan: Plan, then: SearchMethod | None = None) -> None:
        self.plan = plan
        self.then = then

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan with as many trials as it has points, or fewer where it says so."""
        if not plan.points:
            raise PlanError("points", "`method: points` needs `points`: a list of settings or a CSV file")
        return replace(plan, trials=min(plan.trials or len(plan.points), len(plan.points)))

    @property
    def total(self) -> int | None:
        """What the other method makes of it, or the number of points; fewer where `plan.trials` is."""
        if self.then:
            return self.then.total
        return len(self.plan.points) if self.plan.trials is None else min(len(self.plan.points), self.plan.trials)

    def region(self, history: History) -> Space | None:
        """Where the other method looks next."""
        return self.then.region(history) if self.then else None

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next given settings, or the other method's."""
        given = self.plan.points[len(history) :]
        if not given:
            return self.then.next_jobs(history, free) if self.then else []
        left = self.plan.left(history)
        count = free if left is None else min(free, left)
        return self.plan.jobs(history, given[:count])

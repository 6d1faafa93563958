"""Given settings: the whole search, or what is tried before another method goes on."""

from collections.abc import Sequence
from dataclasses import replace

from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.space import Space
from hpsearch.trial import History, Job


class PointsSearch(SearchMethod):
    """The settings of `plan.points` in their order, then whatever `then` proposes."""

    def __init__(self, plan: Plan, then: SearchMethod | None = None) -> None:
        super().__init__(plan)
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
        return self.then.total if self.then else self.plan.capped(len(self.plan.points))

    def region(self, history: History) -> Space | None:
        """Where the other method looks next."""
        return self.then.region(history) if self.then else None

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next given settings, or the other method's."""
        given = self.plan.points[len(history) :]
        if self.then and not given:
            return self.then.next_jobs(history, free)
        return self.plan.jobs(history, given[: self.plan.room(history, free)])


def points_first(kind: type[SearchMethod], plan: Plan) -> SearchMethod:
    """A method of this kind, after the settings that are given in the plan."""
    return kind(plan) if kind is PointsSearch or not plan.points else PointsSearch(plan, then=kind(plan))

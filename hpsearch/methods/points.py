"""Given settings: the whole search, or what is tried before another method goes on."""

from collections.abc import Sequence
from dataclasses import replace

from hpsearch.history import History
from hpsearch.methods.method import Plan, PlanError, SearchMethod
from hpsearch.space import Space
from hpsearch.trial import Job, Params


class PointsSearch(SearchMethod):
    """The settings of `plan.points` in their order, then whatever `then` proposes."""

    def __init__(self, plan: Plan, then: SearchMethod | None = None) -> None:
        super().__init__(plan)
        self.then = then

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan with as many trials as it has points, or fewer where it says so."""
        if not plan.points:
            raise PlanError("points", "`method: points` needs `points`: a list of settings or a CSV file", code="C402")
        return replace(plan, trials=min(plan.trials or len(plan.points), len(plan.points)))

    @property
    def total(self) -> int | None:
        """What the other method makes of it, or the number of points; fewer where `plan.trials` is."""
        return self.then.total if self.then else len(self.plan.earlier) + len(self._own)

    @property
    def _own(self) -> Sequence[Params]:
        """The settings of this round; as many as `plan.trials` where nothing comes after them."""
        return self.plan.first if self.then else self.plan.first[: self.plan.trials]

    def region(self, history: History) -> Space | None:
        """Where the other method looks next."""
        return self.then.region(history) if self.then else None

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next given settings, or the other method's."""
        given = self._own[len(history) - len(self.plan.earlier) :]
        if self.then and not given:
            return self.then.next_jobs(history, free)
        return self.plan.jobs(history, given[: self.plan.room(history, free) if self.then else free])


def points_first(kind: type[SearchMethod], plan: Plan) -> SearchMethod:
    """A method of this kind, after the settings that are given in the plan."""
    # What pauses trials lets its sampler begin with them.
    return kind(plan) if kind is PointsSearch or kind.pauses or not plan.points else PointsSearch(plan, then=kind(plan))

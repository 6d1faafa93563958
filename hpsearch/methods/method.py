"""The seam between the search loop and a method, and what a method is told when it is made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar

from hpsearch.errors import BrokenRuleError
from hpsearch.history import History
from hpsearch.space import Space, settings_key
from hpsearch.trial import Job, Params, Place, Trial

T = TypeVar("T")


@dataclass(frozen=True)
class NoSettings:
    """What a method has under `search:` beside what all have: nothing."""


@dataclass(frozen=True)
class Plan:
    """What to search, and how much of it."""

    space: Space  # where points are drawn
    seed: int = 0  # of the draws, and of the trials
    trials: int | None = None  # total number of trials in the run; None for as many as the method has
    round: int = 1  # the round that new trials belong to
    points: tuple[Params, ...] = ()  # settings to try first
    settings: Any = field(default_factory=NoSettings)  # of the method's own `Settings`
    endless: bool = False  # whether something else than a number of trials ends the search
    earlier: tuple[Params, ...] = ()  # settings of the trials of rounds before, of another space
    frozen: frozenset[str] = frozenset()  # hyperparameters that no trial can change once it has begun

    def of(self, kind: type[T]) -> T:
        """The method's own settings; their defaults where the plan has none."""
        return self.settings if isinstance(self.settings, kind) else kind()

    @cached_property
    def first(self) -> tuple[Params, ...]:
        """The settings to try first that were not tried in rounds before."""
        tried = {settings_key(params) for params in self.earlier}
        return tuple(params for params in self.points if settings_key(params) not in tried)

    @cached_property
    def outside(self) -> int:
        """How many of the trials before do not lie in the space, and so do not count."""
        return int((~self.space.contains(self.earlier)).sum())

    def capped(self, count: int | None) -> int | None:
        """The number of trials of the run where there would be so many without a limit; None for no limit."""
        limit = None if self.trials is None else self.trials + self.outside
        return min((each for each in (count, limit) if each is not None), default=None)

    def room(self, history: History, free: int) -> int:
        """How many of `free` trials are still to be made."""
        return free if self.trials is None else max(0, min(free, self.trials + self.outside - len(history)))

    def jobs(self, history: History, settings: Sequence[Mapping[str, Any]]) -> list[Job]:
        """New trials with these settings, numbered on from the history."""
        first = history.next_number
        return [Job(Trial(first + i, self.round, params, self.seed)) for i, params in enumerate(settings)]


class PlanError(BrokenRuleError):
    """A plan that a method cannot follow; `key` says which key breaks the rule."""

    code = "C108"

    def __init__(self, key: str, message: str, fix: str = "", *, code: str = "") -> None:
        super().__init__(message, fix, code=code)
        self.key = key


class SearchMethod(Protocol):
    """A search method. Pure: the history is its only state, so that a search resumed anywhere tries the same settings.

    The class variables are what the rest of the house is told of a method; a row of METHODS has them.
    """

    Settings: ClassVar[type] = NoSettings  # dataclass of its own keys under `search:`, `Annotated` each with its `Key`
    example: ClassVar[str] = ""  # how its own keys are used, for whoever gives them to another method
    draws: ClassVar[bool] = False  # are its first round independent draws, so that more of them can be forecast?
    open_ended: ClassVar[bool] = False  # does it make as many trials as it is asked for, or those of the config alone?
    replicates: ClassVar[bool] = False  # does it run trials again with other seeds? Its jobs wait apart
    pauses: ClassVar[bool] = False  # does it carry trials on, so that their objective has to keep checkpoints?
    plan: Plan

    def __init__(self, plan: Plan) -> None:
        """The method for a plan, which its own `completed` has seen."""
        self.plan = plan

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan of a config with all that the method makes of it: the number of trials, its settings in full.

        Raises:
            PlanError: it lacks something, or has what the method cannot use.
        """
        return plan

    @property
    def total(self) -> int | None:
        """How many jobs there will be in all; None when only the end will tell."""

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """At most `free` jobs. None while some are pending: wait for those; none otherwise: the end."""

    def takes(self, job: Job) -> bool:  # noqa: ARG002  most take all
        """Whether a job that waits is its own, or one to be done with its own."""
        return True

    def keeps(self, history: History) -> Collection[Place]:  # noqa: ARG002  most carry nothing on
        """The checkpoints that it may still go on from, beside those of jobs that wait."""
        return ()

    def region(self, history: History) -> Space | None:  # noqa: ARG002  most begin none
        """Where the trials of a new round lie, to be shown; None where the method begins no rounds of its own."""
        return None

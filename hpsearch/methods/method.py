"""The seam between the search loop and a method, and what a method is told when it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hpsearch.space import Space
from hpsearch.trial import History, Job, Params, Trial

__all__ = ["Plan", "SearchMethod"]


@dataclass(frozen=True)
class Plan:
    """What to search, and how much of it.

    Attributes:
        space: where points are drawn.
        seed: of the draws, and of the trials.
        trials: total number of trials in the run; None for as many as the method has.
        round: the round that new trials belong to.
        grid: points per parameter, for a grid.
        points: settings to try first.
        rounds: into how many rounds the trials are cut; None for as many as the method likes.
    """

    space: Space
    seed: int = 0
    trials: int | None = None
    round: int = 1
    grid: Mapping[str, int] = field(default_factory=dict)
    points: tuple[Params, ...] = ()
    rounds: int | None = None

    def left(self, history: History) -> int | None:
        """How many trials are still to be made; None for no limit."""
        return None if self.trials is None else max(0, self.trials - len(history))

    def jobs(self, history: History, settings: Sequence[Mapping[str, Any]]) -> list[Job]:
        """New trials with these settings, numbered on from the history."""
        first = history.next_number
        return [Job(Trial(first + i, self.round, params, self.seed)) for i, params in enumerate(settings)]


class SearchMethod(Protocol):
    """Pure: the history is its only state, so that a search resumed anywhere tries the same settings."""

    @property
    def total(self) -> int | None:
        """How many trials the run will have in all; None when only its end will tell."""

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """At most `free` jobs. None while some are pending: wait for those; none otherwise: the end."""

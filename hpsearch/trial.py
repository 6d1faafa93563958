"""The records that travel between methods, objectives and the store: they never change once made."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Params = Mapping[str, Any]


class Status(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PAUSED = "paused"  # at the resource that it was asked for, to be carried on by whoever wants more of it
    STOPPED = "stopped"  # early, because others were clearly better
    DIVERGED = "diverged"  # NaN or infinity in the training
    FAILED = "failed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    INTERRUPTED = "interrupted"

    @property
    def is_failure(self) -> bool:
        """Whether the trial has no result that could be compared with those of others."""
        return self not in COMPARABLE


COMPARABLE = (Status.COMPLETE, Status.PAUSED, Status.STOPPED)


@dataclass(frozen=True)
class Metric:
    """What is compared, which way is better, and which of a trial's values counts: `at` its `last` or its `best`."""

    name: str
    goal: str = "maximize"
    at: str = "last"

    @property
    def sign(self) -> float:
        """+1 where a larger value is better, else -1: `sign * value` is always to be maximized."""
        return 1.0 if self.goal == "maximize" else -1.0

    def is_better(self, value: float | None, best: Mapping[str, float]) -> bool:
        """Whether a value is one, and better than that among the best ones so far."""
        if value is None or not math.isfinite(value):
            return False
        return self.name not in best or self.sign * value > self.sign * best[self.name]


BY_HAND = 0
"""The round of trials that a person has forked: the search neither counts them nor learns from them."""


@dataclass(frozen=True)
class Trial:
    """One setting of the hyperparameters, from the resource on at which it left its parent.

    Attributes:
        parent: the trial that it was forked from: up to `branch` it is that one; None for one of its own.
        branch: the resource, in units of the objective such as epochs, at which it left its parent.
        end: the resource at which it is complete; None where only its objective knows.
    """

    number: int
    round: int
    params: Params
    seed: int
    parent: int | None = None
    branch: int = 0
    end: int | None = None


@dataclass(frozen=True)
class Checkpoint:
    """What a trial had become by a resource, kept on disk.

    Attributes:
        size: bytes of it.
        checksum: CRC-32 of its files.
        metrics: the values of the trial's result there.
    """

    size: int
    checksum: int
    metrics: Mapping[str, float] = field(default_factory=dict, compare=False)


Place = tuple[int, int, int]
"""Where a checkpoint is of: trial, replicate, resource."""


@dataclass(frozen=True)
class Job:
    """Train `trial` with the seed of `replicate`: a segment of it, from `start` units of resource up to `until`.

    Attributes:
        trial: what is trained.
        replicate: 0 for the trial itself; others measure its noise.
        start: the resource of the checkpoint that it goes on from; 0 to start afresh.
        until: the resource at which it pauses; None to train it to its end.
        checkpoint: what it goes on from, once that is known to be there.
    """

    trial: Trial
    replicate: int = 0
    start: int = 0
    until: int | None = None
    checkpoint: Checkpoint | None = field(default=None, compare=False)

    @property
    def seed(self) -> int:
        """Common random numbers: trials of one replicate differ by their hyperparameters alone."""
        return self.trial.seed + self.replicate

    @property
    def reach(self) -> int | None:
        """The resource that it trains to; None where only its objective knows."""
        return self.trial.end if self.until is None else self.until

    @property
    def leaves(self) -> Place | None:
        """The checkpoint that it leaves to be gone on from; None where nobody knows how far it will get."""
        return None if self.reach is None else (self.trial.number, self.replicate, self.reach)

    @property
    def origin(self) -> Place | None:
        """The checkpoint that it goes on from, of the trial itself or of its parent; None where it starts afresh."""
        if not self.start:
            return None
        forks = self.trial.parent is not None and self.start == self.trial.branch
        return (self.trial.parent or 0) if forks else self.trial.number, self.replicate, self.start


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes:
        status: how it ended.
        metrics: the values at the end, by name.
        curve: the values after each epoch or step, by name, each (epochs,).
        seconds: wall-clock time of this job; its share where several were computed at once.
        stacked: how many jobs shared the computation that `seconds` is a share of.
        error: why it failed, in one line.
        fell: the step at which it fell below the bar of early stopping, which ended it unless it was audited.
        model: the trained model as bytes, where the objective keeps one.
        start: the resource that the job began at.
        checkpoint: what the trial can be carried on from, where it was kept.
    """

    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: Mapping[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    stacked: int = 1
    error: str | None = None
    fell: float | None = None
    model: bytes | None = field(default=None, repr=False, compare=False)
    start: int = 0
    checkpoint: Checkpoint | None = None

    def value(self, name: str) -> float:
        """A metric by name; NaN where the job failed or has none of that name."""
        return math.nan if self.status.is_failure else float(self.metrics.get(name, math.nan))

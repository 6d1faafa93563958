"""The records that travel between methods, objectives and the store: they never change once made."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["History", "Job", "Metric", "Params", "Result", "Status", "Trial"]

Params = Mapping[str, Any]


class Status(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"  # early, because others were clearly better
    DIVERGED = "diverged"  # NaN or infinity in the training
    FAILED = "failed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    INTERRUPTED = "interrupted"

    @property
    def is_failure(self) -> bool:
        """Whether the trial has no result that could be ranked with the finished ones."""
        return self not in (Status.COMPLETE, Status.STOPPED)


@dataclass(frozen=True)
class Metric:
    """What is compared, and which way is better."""

    name: str
    goal: str = "maximize"

    @property
    def sign(self) -> float:
        """+1 where a larger value is better, else -1: `sign * value` is always to be maximized."""
        return 1.0 if self.goal == "maximize" else -1.0


@dataclass(frozen=True)
class Trial:
    """One setting of the hyperparameters. `parent`: the trial that it was forked from, if any."""

    number: int
    round: int
    params: Params
    seed: int
    parent: int | None = None


@dataclass(frozen=True)
class Job:
    """Train `trial` with the seed of `replicate`, up to `until` units of resource (None: to its end)."""

    trial: Trial
    replicate: int = 0
    until: int | None = None

    @property
    def seed(self) -> int:
        """Common random numbers: trials of one replicate differ by their hyperparameters alone."""
        return self.trial.seed + self.replicate


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes:
        status: how it ended.
        metrics: the values at the end, by name.
        curve: the values after each epoch or step, by name, each (epochs,).
        seconds: wall-clock time of this trial; its share where several were trained in one stack.
        stacked: how many trials shared the computation that `seconds` is a share of.
        error: why it failed, in one line.
        checkpoint: the trained model, where the objective keeps one.
    """

    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: Mapping[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    stacked: int = 1
    error: str | None = None
    checkpoint: bytes | None = field(default=None, repr=False, compare=False)


class History:
    """All trials of a run and the results that are in: the only state that a search method has.

    It grows at the end and is otherwise never changed. Only first replicates count here; later ones measure
    noise and do not steer a search.
    """

    def __init__(self, metric: Metric, rows: Iterable[tuple[Trial, Result | None]] = ()) -> None:
        self.metric = metric
        self.trials: list[Trial] = []
        self.results: dict[int, Result] = {}
        self._by_number: dict[int, Trial] = {}
        self._ranking: list[int] | None = None
        for trial, result in rows:
            self.add(trial)
            if result is not None:
                self.finish(trial.number, result)

    def __len__(self) -> int:
        return len(self.trials)

    def add(self, trial: Trial) -> None:
        """Take in a new trial, whose result is still to come."""
        self.trials.append(trial)
        self._by_number[trial.number] = trial

    def finish(self, number: int, result: Result) -> None:
        """Take in the result of a trial."""
        self.results[number] = result
        self._ranking = None

    def trial(self, number: int) -> Trial:
        """The trial of this number; KeyError when there is none."""
        return self._by_number[number]

    @property
    def next_number(self) -> int:
        """The number that the next trial gets; the first is 1."""
        return self.trials[-1].number + 1 if self.trials else 1

    @property
    def pending(self) -> list[Trial]:
        """Trials whose result is still to come."""
        return [trial for trial in self.trials if trial.number not in self.results]

    def in_round(self, number: int) -> list[Trial]:
        """The trials of one round, in order."""
        return [trial for trial in self.trials if trial.round == number]

    def score(self, number: int) -> float:
        """The metric of a trial, signed so that larger is better; -inf for a failure, NaN while pending."""
        result = self.results.get(number)
        if result is None:
            return float("nan")
        value = result.metrics.get(self.metric.name)
        if value is None or not math.isfinite(value) or result.status.is_failure:
            return float("-inf")
        return self.metric.sign * value

    def scores(self) -> NDArray[np.float64]:
        """(n,) scores of all trials, in their order."""
        return np.array([self.score(trial.number) for trial in self.trials], dtype=np.float64)

    def ranking(self) -> list[int]:
        """Numbers of the complete trials, best first; of equals the earlier first."""
        if self._ranking is None:
            scores = {n: self.score(n) for n, r in self.results.items() if r.status is Status.COMPLETE}
            finite = [n for n, score in scores.items() if math.isfinite(score)]
            self._ranking = sorted(finite, key=lambda number: (-scores[number], number))
        return list(self._ranking)

    def best(self) -> Trial | None:
        """The complete trial with the best metric; the earliest of equals; None when nothing succeeded."""
        complete = ((self.score(n), -n) for n, r in self.results.items() if r.status is Status.COMPLETE)
        score, number = max(complete, default=(float("-inf"), 0))
        return self.trial(-number) if math.isfinite(score) else None

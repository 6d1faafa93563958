"""What a trial has reported so far, in bounded memory, and whether it has fallen behind."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hpsearch.errors import coded
from hpsearch.stopping import NO_BAR, STEP, Bar, Progress, audited
from hpsearch.trial import Job, Metric, Result, Status

STEPS = ("epoch", "step")
"""Names under which programs and functions say how far they are."""

ON_REQUEST = "stopped on request"
"""Why a trial ended that `hpsearch stop` named."""

_LONGEST = 4096
_MOST_NAMES = 32


@dataclass
class Series:
    """The values of one name. Past 2 x 4096 reports every second one is dropped, again and again."""

    values: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    count: int = 0
    last: float = math.nan
    last_step: float = 0
    first_step: float | None = None
    _stride: int = 1

    def add(self, value: float, step: float | None) -> float:
        """Note a value; return its step: the given one, counted from 1, or the number of values so far."""
        self.count += 1
        if step is None:
            step = self.count
        elif self.first_step is None:
            self.first_step = step
        if self.first_step == 0:
            step += 1
        self.last, self.last_step = value, step
        if (self.count - 1) % self._stride == 0:
            self.values.append(value)
            self.steps.append(step)
        if len(self.values) >= 2 * _LONGEST:
            self.values, self.steps = self.values[::2], self.steps[::2]
            self._stride *= 2
        return step

    def curve(self) -> tuple[list[float], list[float]]:
        """The values with the last one at their end, and their steps."""
        if self.steps and self.steps[-1] != self.last_step:
            return [*self.values, self.last], [*self.steps, self.last_step]
        return self.values, self.steps


@dataclass
class Recorder:
    """Collects metrics by name.

    Attributes:
        part: whether this is a part of a training, whose curve goes on from another.
        fell: the step at which the ranked metric fell below the bar; None while it has not.
    """

    metric: Metric
    bar: Bar = NO_BAR
    number: int = 0  # of the trial
    part: bool = False
    series: dict[str, Series] = field(default_factory=dict)
    fell: float | None = None
    _progress: Progress = field(default_factory=Progress)
    _best: dict[str, float] = field(default_factory=dict)  # what was known when the ranked metric was best

    @classmethod
    def of(cls, metric: Metric, job: Job, bar: Bar = NO_BAR) -> "Recorder":
        """That of a job, which knows what the best was before."""
        found = cls(metric, bar, job.trial.number, part=bool(job.start) or job.until is not None)
        if metric.at == "best" and job.checkpoint is not None:
            found._best = dict(job.checkpoint.metrics)
        return found

    def add(self, values: Mapping[str, float], step: float | None = None) -> None:
        """Take in one report. Names beyond the first few are left out: they come from a chatty log."""
        if self.stopped:
            return
        for name, value in values.items():
            if name not in self.series and len(self.series) >= _MOST_NAMES and name != self.metric.name:
                continue
            at = self.series.setdefault(name, Series()).add(value, step)
            if name == self.metric.name and self.bar.places and self.fell is None:
                self._progress.add(self.metric.sign * value, at)
                if self.bar.stops(self._progress):
                    self.fell = float(at)
        if self.metric.at == "best" and self.metric.is_better(values.get(self.metric.name), self._best):
            self._best = {name: series.last for name, series in self.series.items()}

    @property
    def stopped(self) -> bool:
        """Whether the trial ends where it fell: what it reports afterwards does not count, however fast it is ended."""
        return self.fell is not None and not audited(self.number)

    @property
    def value(self) -> float | None:
        """The ranked metric as it was last reported; None without any."""
        series = self.series.get(self.metric.name)
        return None if series is None else series.last

    def metrics(self) -> dict[str, float]:
        """The value by name that counts, that of the ranked metric first."""
        known = self._best or {name: series.last for name, series in self.series.items()}
        ranked = {name: value for name, value in known.items() if name == self.metric.name}
        return ranked | known

    def curve(self) -> dict[str, list[float]]:
        """What was reported more than once, in a part of a training all, and the steps where they are not 1, 2, ..."""
        curves = {name: s.curve() for name, s in self.series.items() if s.count > 1 or self.part}
        found = {name: values for name, (values, _) in curves.items()}
        steps = curves.get(self.metric.name, ([], []))[1]
        if steps != list(range(1, len(steps) + 1)) and STEP not in found:
            found[STEP] = [float(step) for step in steps]
        return found


_OUT_OF_MEMORY = re.compile(r"^([\w.]+\.)?(MemoryError|OutOfMemoryError)\b|CUDA out of memory|std::bad_alloc")
_LONGEST_ERROR = 300


def verdict(recorder: Recorder, seconds: float, why: str = "", code: str = "R103") -> Result:
    """Complete, stopped or diverged by the ranked metric; failed where that never came, perhaps with a reason."""
    value, name = recorder.value, recorder.metric.name
    metrics, curve = recorder.metrics(), recorder.curve()
    if value is None:
        seen = ", ".join(recorder.series) or "none"
        return Result(Status.FAILED, metrics, curve, seconds, error=coded(f"no metric {name}; seen: {seen}{why}", code))
    if not math.isfinite(value):
        where = f" at its report {recorder.series[name].last_step:g}" if curve else ""
        error = f"{name} was {value}{where}"
        return Result(Status.DIVERGED, metrics, curve, seconds, error=error)
    status = Status.STOPPED if recorder.stopped else Status.COMPLETE
    return Result(status, metrics, curve, seconds, fell=recorder.fell)


def out_of_time(limit: float | None) -> str:
    """Why a trial ended that had run for so many seconds."""
    return f"stopped after {limit or 0:g} s"


def failed(
    recorder: Recorder, seconds: float, error: str, status: Status = Status.FAILED, *, code: str = "R102"
) -> Result:
    """A failure with its reason, in one line that fits a table, and what was reported before it.

    code: of the kind of failure, where the status does not say it.
    """
    if status is Status.FAILED and _OUT_OF_MEMORY.search(error.rpartition(": exit code")[0] or error):
        status = Status.OUT_OF_MEMORY
    line = " ".join(error.split())
    line = line if len(line) <= _LONGEST_ERROR else line[: _LONGEST_ERROR - 3] + "..."
    line = coded(line, code) if status is Status.FAILED else line
    return Result(status, recorder.metrics(), recorder.curve(), seconds, error=line)

"""What a trial has reported so far, in bounded memory, and whether it has fallen behind."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hpsearch.stopping import STEP, Bar
from hpsearch.trial import Metric, Result, Status

_LONGEST = 4096
_MOST_NAMES = 32


@dataclass
class Series:
    """The values of one name. Past 2 x 4096 reports every second one is dropped, again and again."""

    values: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    count: int = 0
    last: float = math.nan
    last_step: int = 0
    first_step: int | None = None
    _stride: int = 1

    def add(self, value: float, step: int | None) -> int:
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

    def curve(self) -> tuple[list[float], list[int]]:
        """The values with the last one at their end, and their steps."""
        if self.steps and self.steps[-1] != self.last_step:
            return [*self.values, self.last], [*self.steps, self.last_step]
        return self.values, self.steps


@dataclass
class Recorder:
    """Collects metrics by name. `stopped`: a report of the ranked metric fell below the bar."""

    metric: Metric
    bar: Bar
    series: dict[str, Series] = field(default_factory=dict)
    best: float = -math.inf
    stopped: bool = False

    def add(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Take in one report. Names beyond the first few are left out: they come from a chatty log."""
        for name, value in values.items():
            if name not in self.series and len(self.series) >= _MOST_NAMES and name != self.metric.name:
                continue
            at = self.series.setdefault(name, Series()).add(value, step)
            if name == self.metric.name:
                if math.isfinite(value):
                    self.best = max(self.best, self.metric.sign * value)
                self.stopped = self.stopped or self.bar.stops(at, self.best)

    @property
    def value(self) -> float | None:
        """The ranked metric as it was last reported; its best where the trial was stopped; None without any."""
        series = self.series.get(self.metric.name)
        if series is None:
            return None
        return self.metric.sign * self.best if self.stopped and math.isfinite(self.best) else series.last

    def metrics(self) -> dict[str, float]:
        """The last value by name, that of the ranked metric first."""
        value = self.value
        ranked = {} if value is None else {self.metric.name: value}
        return ranked | {name: s.last for name, s in self.series.items() if name != self.metric.name}

    def curve(self) -> dict[str, list[float]]:
        """Everything that was reported more than once, and the steps where they are not 1, 2, 3, ..."""
        curves = {name: s.curve() for name, s in self.series.items() if s.count > 1}
        found = {name: values for name, (values, _) in curves.items()}
        steps = curves.get(self.metric.name, ([], []))[1]
        if steps != list(range(1, len(steps) + 1)) and STEP not in found:
            found[STEP] = [float(step) for step in steps]
        return found


_OUT_OF_MEMORY = re.compile(r"^([\w.]+\.)?(MemoryError|OutOfMemoryError)\b|CUDA out of memory|std::bad_alloc")
_LONGEST_ERROR = 300


def verdict(recorder: Recorder, seconds: float) -> Result:
    """Complete, stopped or diverged by the ranked metric; failed where that never came."""
    value, name = recorder.value, recorder.metric.name
    metrics, curve = recorder.metrics(), recorder.curve()
    if value is None:
        seen = ", ".join(recorder.series) or "none"
        return Result(Status.FAILED, metrics, curve, seconds, error=f"no metric {name}; seen: {seen}")
    if not math.isfinite(value):
        step = recorder.series[name].last_step
        error = f"{name} was {value} at its report {step}" if curve else f"{name} was {value}"
        return Result(Status.DIVERGED, metrics, curve, seconds, error=error)
    return Result(Status.STOPPED if recorder.stopped else Status.COMPLETE, metrics, curve, seconds)


def failed(recorder: Recorder, seconds: float, error: str, status: Status = Status.FAILED) -> Result:
    """A failure with its reason, in one line that fits a table, and what was reported before it."""
    if status is Status.FAILED and _OUT_OF_MEMORY.search(error.rpartition(": exit code")[0] or error):
        status = Status.OUT_OF_MEMORY
    line = " ".join(error.split())
    line = line if len(line) <= _LONGEST_ERROR else line[: _LONGEST_ERROR - 3] + "..."
    return Result(status, recorder.metrics(), recorder.curve(), seconds, error=line)

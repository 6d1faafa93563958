"""The result of a trial that came to an end by itself: what its reports make of it."""

import math
import re

from hpsearch.objectives.recorder import Recorder
from hpsearch.trial import Result, Status

__all__ = ["failed", "shown", "verdict"]

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
    """A failure with its reason and what was reported before it."""
    if status is Status.FAILED and _OUT_OF_MEMORY.search(error.rpartition(": exit code")[0] or error):
        status = Status.OUT_OF_MEMORY
    return Result(status, recorder.metrics(), recorder.curve(), seconds, error=shown(error))


def shown(error: str) -> str:
    """An error in one line that fits a table."""
    line = " ".join(error.split())
    return line if len(line) <= _LONGEST_ERROR else line[: _LONGEST_ERROR - 3] + "..."

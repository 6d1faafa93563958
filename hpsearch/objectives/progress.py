"""What trials that run have reported so far, for whoever watches: a small file of each, written twice a second at most.

One that is over within half a second never has any. The files tell, and decide nothing: the store alone says what
came of a trial.
"""

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path

from hpsearch.objectives.recorder import Recorder
from hpsearch.trial import Job

RUNNING = "running"
"""The folder of the files, in a run's."""

_AWAITED = "awaited"
_EVERY = 0.5  # seconds
_LONGEST = 60  # values of a curve


@dataclass(frozen=True)
class Running:
    """A trial that runs.

    Attributes:
        trial, replicate: which one.
        since: seconds since the epoch.
        process: that runs it.
        step, value: of its newest report of the ranked metric; None before the first.
        curve: the values so far, the newest last; thinned where they are many.
    """

    trial: int
    replicate: int
    since: float
    process: int
    step: float | None = None
    value: float | None = None
    curve: tuple[float, ...] = ()


@dataclass(eq=False)
class _Live:
    """A trial of this process, and how much of it is written."""

    path: Path
    job: Job
    recorder: Recorder
    since: float = field(default_factory=time.time)
    begin: float = field(default_factory=time.monotonic)
    written: int | None = None
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self) -> None:
        """Write what is new."""
        series = self.recorder.series.get(self.recorder.metric.name)
        count = series.count if series else 0
        with self.lock, suppress(OSError):  # a full disk ends the trial elsewhere
            if self.over or count == self.written or time.monotonic() - self.begin < _EVERY:
                return
            values = series.curve()[0] if series else []
            step, value = (series.last_step, series.last) if series else (None, None)
            curve = tuple(thinned(values, _LONGEST))
            found = Running(self.job.trial.number, self.job.replicate, self.since, os.getpid(), step, value, curve)
            self.path.parent.mkdir(exist_ok=True)
            partial = self.path.with_name(f"{self.path.name}.partial")
            partial.write_text(json.dumps(asdict(found)), encoding="utf-8")
            partial.replace(self.path)
            self.written = count

    def end(self) -> None:
        """It is over: nothing is to be seen of it here any more."""
        with self.lock, suppress(OSError):
            self.over = True
            if self.written is not None:
                self.path.unlink(missing_ok=True)


_LIVE: set[_Live] = set()
_WRITER = {"process": 0}  # that has the thread which writes: a fork has none


@contextmanager
def shown(run: Path, job: Job, recorder: Recorder) -> Iterator[None]:
    """Show how far a trial of the run in this folder is, while it runs."""
    name = f"{job.trial.number}.{job.replicate}" if job.replicate else str(job.trial.number)
    live = _Live(run / RUNNING / name, job, recorder)
    _LIVE.add(live)
    if _WRITER["process"] != os.getpid():
        _WRITER["process"] = os.getpid()
        threading.Thread(target=_write, daemon=True).start()
    try:
        yield
    finally:
        _LIVE.discard(live)
        live.end()


def _write() -> None:
    while True:
        time.sleep(_EVERY)
        for live in list(_LIVE):
            live.write()


def note_awaited(run: Path, number: int | None) -> None:
    """Say which trial free workers wait for; None for none."""
    with suppress(OSError):
        if number is None:
            (run / RUNNING / _AWAITED).unlink(missing_ok=True)
        else:
            (run / RUNNING).mkdir(exist_ok=True)
            (run / RUNNING / _AWAITED).write_text(str(number), encoding="utf-8")


def awaited(run: Path) -> int | None:
    """The trial that free workers wait for, of a run that goes on anywhere."""
    with suppress(OSError, ValueError):
        return int((run / RUNNING / _AWAITED).read_text(encoding="utf-8"))
    return None


def running(run: Path) -> list[Running]:
    """The trials of a run that run now, those that began first at the head; of a run that goes on."""
    found = []
    with suppress(OSError):
        for path in (run / RUNNING).iterdir():
            with suppress(OSError, ValueError, TypeError, KeyError):
                known = json.loads(path.read_text(encoding="utf-8"))
                found.append(Running(**known | {"curve": tuple(known["curve"])}))
    return sorted(found, key=lambda each: (each.since, each.trial))


def thinned(values: Sequence[float], width: int) -> list[float]:
    """At most `width` of the values, evenly spread, the first and the last among them."""
    count = min(width, len(values))
    return [values[round(i * (len(values) - 1) / max(1, count - 1))] for i in range(count)]


def slowest_and_best(found: Sequence[Running], sign: float, count: int) -> list[Running]:
    """At most so many of the trials that run: those that began first, and the best by their newest values."""
    told = [each for each in found if each.value is not None and isfinite(each.value)]
    best = sorted(told, key=lambda each: -sign * (each.value or 0.0))[: count // 2]
    chosen = [*best, *(each for each in found if each not in best)][:count]
    return [each for each in found if each in chosen]

"""The built-in objective: each trial is a network, trained alone."""

import io
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hpsearch import nn
from hpsearch.data import DataSource, Split, prepare, size_of
from hpsearch.errors import coded
from hpsearch.objectives.checkpoints import begun, concluded, given
from hpsearch.objectives.folder import forget_stop, needing_space, stop_requested, trial_folder
from hpsearch.objectives.network.hyperparameters import NETWORK_METRICS, network_spec
from hpsearch.objectives.objective import Objective
from hpsearch.objectives.progress import shown
from hpsearch.objectives.recorder import ON_REQUEST, Recorder, out_of_time
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.system.memory import available
from hpsearch.system.processes import TimeLimit
from hpsearch.trial import Job, Metric, Result, Status

_NETWORK, _BEST = "network.npz", "best.npz"  # files of a checkpoint
_LOOK = 0.1  # seconds between two looks at whether a network is to go on


@dataclass(eq=False)
class _Watch:
    """Tells a network that trains in another thread to stop, and knows why."""

    stop: nn.Array = field(default_factory=lambda: np.zeros(1, np.int32))
    status: Status = Status.INTERRUPTED

    def end(self, status: Status) -> None:
        self.status, self.stop[0] = status, 1


_UNDER_WAY: weakref.WeakSet[_Watch] = weakref.WeakSet()
"""The networks that train in this process."""


def _interrupt() -> None:
    """End them, each within a mini-batch."""
    for watch in list(_UNDER_WAY):
        watch.end(Status.INTERRUPTED)


@dataclass
class _Record:
    """The best score of the networks that an objective has trained."""

    score: float = -np.inf

    def is_reached(self, score: float) -> bool:
        reached = score >= self.score  # of equals the earlier trial counts, which may come later
        self.score = max(self.score, score)
        return reached


@dataclass(frozen=True)
class NetworkObjective(Objective):
    """Trains the built-in network on a data set.

    Attributes:
        data: what networks are trained on.
        metric: what they are ranked by.
        run: the folder of the run, where a network that pauses leaves its checkpoint.
        timeout: seconds that a network may take.
        engine: what trains; see `hpsearch.nn.training.ENGINES`.
    """

    data: DataSource
    metric: Metric
    run: Path = Path()
    timeout: float | None = None
    engine: str | None = None
    wave: int = 1
    keeps_time = True
    _record: _Record = field(default_factory=_Record, init=False, repr=False, compare=False)

    @property
    def interrupt(self) -> Callable[[], None] | None:
        """The kernel lets other threads run, which have the data in common; see Objective."""
        return _interrupt if self.engine == "kernel" else None

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Train networks, one after the other, each for as long as it clears the bar."""
        return [self._result(job, bar) for job in batch]

    def _result(self, job: Job, bar: Bar) -> Result:
        split, recorder, origin = prepare(self.data), Recorder.of(self.metric, job, bar), given(self.run, job)
        try:
            spec = network_spec(job.trial.params, job.seed)
            spec = replace(spec, epochs=job.reach or spec.epochs)
            _check_memory(spec, split)
            with shown(self.run, job, recorder), self._watched(job) as watch:
                trained, metrics = self._trained(job, spec, split, recorder, watch.stop, origin)
        except (ValueError, OSError, MemoryError) as err:
            if isinstance(err, MemoryError):
                return Result(Status.OUT_OF_MEMORY, error=str(err) or "not enough memory")
            return Result(Status.FAILED, error=coded(str(err), "R102"))
        result = Result(Status.COMPLETE, metrics, trained.curves, trained.seconds, fell=recorder.fell)
        if trained.diverged_epoch is not None:
            error = f"the loss was no longer finite after epoch {trained.diverged_epoch}"
            return replace(result, status=Status.DIVERGED, error=error)
        if trained.interrupted:
            error = out_of_time(self.timeout) if watch.status is Status.TIMED_OUT else ON_REQUEST
            return replace(result, status=watch.status, error=error)
        if recorder.stopped:
            return replace(result, status=Status.STOPPED)
        best = self._best(trained, origin)
        with needing_space(self.run):
            if folder := begun(self.run, job):
                nn.save(trained.state, folder / _NETWORK)
                if best is not None:
                    nn.save(best, folder / _BEST)
            result = concluded(self.run, job, result)
        if result.status is Status.PAUSED:
            return result
        return replace(result, model=self._model(best or trained.state, result))

    def _best(self, trained: nn.TrainingResult, origin: Path | None) -> nn.NetworkState | None:
        """The network when its metric was best, where that is what counts."""
        if self.metric.at != "best" or trained.best is not None or origin is None:
            return trained.best
        return nn.load(origin / _BEST)

    def _trained(
        self, job: Job, spec: nn.NetworkSpec, split: Split, recorder: Recorder, stop: nn.Array, origin: Path | None
    ) -> tuple[nn.TrainingResult, dict[str, float]]:
        """Train a network to the last of its epochs, or until it falls below the bar; and the metrics that count."""
        best = dict(job.checkpoint.metrics) if job.checkpoint is not None and self.metric.at == "best" else {}

        def is_best(metrics: dict[str, float]) -> bool:
            better = self.metric.is_better(metrics[self.metric.name], best)
            best.update(metrics if better else {})
            return better

        def reports(epoch: int, metrics: Mapping[str, float]) -> bool:
            recorder.add({self.metric.name: metrics[self.metric.name]}, epoch)
            return recorder.stopped

        trained = nn.train(
            spec,
            split.train,
            split.validation,
            len(split.classes),
            state=None if origin is None else nn.load(origin / _NETWORK),
            on_epoch=reports,
            every_epoch=bool(recorder.bar.places),
            keeps=is_best if self.metric.at == "best" else None,
            stop=stop,
            engine=self.engine,
        )
        counts = best or {name: values[-1] for name, values in trained.curves.items() if values}
        return trained, {name: counts[name] for name in NETWORK_METRICS if name in counts}

    @contextmanager
    def _watched(self, job: Job) -> Iterator[_Watch]:
        """Look after a network meanwhile: is its time up, was it asked to stop?"""
        watch, over, limit = _Watch(), threading.Event(), TimeLimit(self.timeout, lambda: False)
        folder = trial_folder(self.run, job.trial.number, job.replicate)
        forget_stop(folder)

        def look() -> None:
            while not over.wait(_LOOK):
                if stop_requested(folder):
                    watch.end(Status.INTERRUPTED)
                elif limit.is_up():
                    watch.end(Status.TIMED_OUT)

        _UNDER_WAY.add(watch)
        threading.Thread(target=look, daemon=True).start()
        try:
            yield watch
        finally:
            over.set()

    def _model(self, state: nn.NetworkState, result: Result) -> bytes | None:
        """The network as an NPZ file, where it may be the best one."""
        score = self.metric.sign * result.metrics[self.metric.name]
        if not np.isfinite(score) or not self._record.is_reached(score):
            return None
        file = io.BytesIO()  # without the optimizer's averages, which only training needs
        nn.save(replace(state, moments={}, powers={}), file)
        return file.getvalue()


def _check_memory(spec: nn.NetworkSpec, split: Split) -> None:
    """MemoryError where a network needs more than there is: the system would kill the search with it."""
    needs = nn.memory_needed(spec, split.train, len(split.classes))
    if needs > 2**26 and needs > (free := available()):
        raise MemoryError(f"the network needs {size_of(needs)}, and {size_of(free)} are free")

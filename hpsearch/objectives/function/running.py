"""A trial is a call of the user's own Python function, which imports nothing of ours."""

import json
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.objectives.folder import check_space, forget_stop, needing_space, stop_requested, trial_folder, variables
from hpsearch.objectives.function.calling import Unusable, arguments, each_report, load, report
from hpsearch.objectives.function.capture import captured, note_traceback, surroundings
from hpsearch.objectives.recorder import Recorder, failed, verdict
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.system.processes import Ended
from hpsearch.trial import Job, Metric, Result, Status


@dataclass(frozen=True)
class FunctionObjective:
    """Calls one function per trial.

    Attributes:
        path: `package.module:name`.
        metric: what to find in what it returns or yields.
        run: the folder of the run; an absolute path.
        beside: the folder of the config, where modules are looked for first.
    """

    path: str
    metric: Metric
    run: Path
    beside: Path
    wave: int = 16

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Each job alone, so that one that is killed costs only itself."""
        return [[job] for job in jobs]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Call the function for each job of the batch.

        Raises:
            StoreError: a call failed, and the disk is full.
        """
        return [self._result(job, bar) for job in batch]

    def _result(self, job: Job, bar: Bar) -> Result:
        folder = trial_folder(self.run, job.trial.number, job.replicate)
        recorder, begin = Recorder(self.metric, bar), time.perf_counter()
        marks = variables(self.run, job, json.dumps(dict(job.trial.params)))
        with needing_space(self.run), captured(folder), surroundings(marks):
            try:
                asked = self._train(job, folder, recorder)
            except Ended:
                raise  # it is not the function that ends, but the process
            except (Exception, SystemExit) as err:
                check_space(self.run)
                note_traceback(folder)
                return failed(recorder, time.perf_counter() - begin, reason(err))
        seconds = time.perf_counter() - begin
        return (
            failed(recorder, seconds, "stopped on request", Status.INTERRUPTED) if asked else verdict(recorder, seconds)
        )

    def _train(self, job: Job, folder: Path, recorder: Recorder) -> bool:
        """Call the function and take in what it reports; return whether somebody asked it to end."""
        forget_stop(folder)
        function = load(self.path, self.beside)
        filled = {"seed": job.seed, "trial_dir": str(folder)}
        positional, keywords = arguments(function, dict(job.trial.params), filled)
        # Closed when the loop is left early, so that its `finally` blocks run.
        with closing(each_report(function(*positional, **keywords))) as reports:
            for given in reports:
                recorder.add(*report(given, self.metric.name, _number))
                if recorder.stopped:
                    return False
                if stop_requested(folder):
                    return True
        return False


def _number(value: Any) -> float:
    """A number of any library: of Python, a NumPy scalar, a tensor of one element."""
    if isinstance(value, str | bytes | bool):
        raise TypeError
    return float(value)


def reason(error: BaseException) -> str:
    """The last line of a traceback."""
    if type(error).__name__ == "Unusable":
        return str(error)
    return traceback.format_exception_only(error)[-1].strip()


_MOST = 256
"""Trials of one call."""


@dataclass(frozen=True)
class VectorizedObjective:
    """Calls one function for a batch of trials with the same hyperparameters; see FunctionObjective.

    The function takes an array (n,) for each hyperparameter, and returns or yields an array (n,), or a mapping of
    such. What it prints goes to the files of the batch's first trial.
    """

    path: str
    metric: Metric
    run: Path
    beside: Path
    wave: int = 4 * _MOST

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Jobs with the same hyperparameters together."""
        groups: dict[tuple[str, ...], list[Job]] = {}
        for job in jobs:
            groups.setdefault(tuple(job.trial.params), []).append(job)
        return [group[i : i + _MOST] for group in groups.values() for i in range(0, len(group), _MOST)]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Call the function; where that fails, call it for each job alone, to see whose fault it is.

        Raises:
            StoreError: a call failed, and the disk is full.
        """
        folder = trial_folder(self.run, batch[0].trial.number, batch[0].replicate)
        recorders, begin = [Recorder(self.metric, bar) for _ in batch], time.perf_counter()
        with needing_space(self.run), captured(folder), surroundings({}):
            try:
                self._train(batch, folder, recorders)
            except Ended:
                raise
            except (Exception, SystemExit) as err:
                check_space(self.run)
                note_traceback(folder)
                if len(batch) == 1:
                    return [failed(recorders[0], time.perf_counter() - begin, reason(err))]
                recorders = []
        if not recorders:
            return [result for job in batch for result in self([job], bar)]
        seconds = (time.perf_counter() - begin) / len(batch)
        return [replace(verdict(recorder, seconds), stacked=len(batch)) for recorder in recorders]

    def _train(self, batch: Sequence[Job], folder: Path, recorders: Sequence[Recorder]) -> None:
        function = load(self.path, self.beside)
        params = {name: _array([job.trial.params[name] for job in batch]) for name in batch[0].trial.params}
        filled = {"seed": np.array([job.seed for job in batch]), "trial_dir": str(folder)}
        positional, keywords = arguments(function, params, filled)
        with closing(each_report(function(*positional, **keywords))) as reports:
            for given in reports:
                values, step = report(given, self.metric.name, lambda value: _lanes(value, len(batch)))
                for i, recorder in enumerate(recorders):
                    if not recorder.stopped:
                        recorder.add(_lane(values, i), step)
                if all(recorder.stopped for recorder in recorders):
                    return


def _array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """(n,) numbers or truth values of their own kind; anything else as objects."""
    if all(isinstance(value, int | float) for value in values):
        return np.array(values)
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _lanes(value: Any, count: int) -> np.ndarray[Any, Any]:
    found = np.asarray(value, dtype=np.float64)
    if found.shape != (count,):
        raise Unusable(f"a vectorized function gives arrays of shape ({count},) here, got {found.shape}")
    return found


def _lane(values: Mapping[str, np.ndarray[Any, Any]], i: int) -> dict[str, float]:
    return {name: float(array[i]) for name, array in values.items()}

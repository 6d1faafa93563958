"""A trial is a call of the user's own Python function, which imports nothing of ours."""

import os
import signal
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.objectives.checkpoints import begun, concluded, given
from hpsearch.objectives.folder import (
    carried,
    check_space,
    forget_stop,
    keep_output,
    needing_space,
    stop_requested,
    trial_folder,
    variables,
)
from hpsearch.objectives.function.calling import Unusable, arguments, each_report, is_truth_value, load, report
from hpsearch.objectives.function.capture import captured, note_traceback, one_process, surroundings
from hpsearch.objectives.objective import Objective
from hpsearch.objectives.progress import shown
from hpsearch.objectives.recorder import ON_REQUEST, Recorder, failed, verdict
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.system.processes import Ended
from hpsearch.system.signals import Interrupted
from hpsearch.trial import Job, Metric, Result, Status

_MOST = 256
"""Trials of one call."""


@dataclass(frozen=True)
class FunctionObjective(Objective):
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

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Call the function for each job of the batch; StoreError where a call failed and the disk is full."""
        return [result for job in batch for result in self._called([job], bar, variables(self.run, job))]

    def _called(self, batch: Sequence[Job], bar: Bar, marks: Mapping[str, str]) -> list[Result]:
        """One call for these jobs; where that fails, one for each alone, to see whose fault it is."""
        folder = trial_folder(self.run, batch[0].trial.number, batch[0].replicate)
        recorders = [Recorder.of(self.metric, job, bar) for job in batch]
        for job in batch:
            given(self.run, job)
        keep_output(folder, batch[0])
        begin, asked, error, code = time.perf_counter(), False, "", "R102"
        with shown(self.run, batch[0], recorders[0]), needing_space(self.run), captured(folder), surroundings(marks):
            begun(self.run, batch[0])
            try:
                with one_process(folder):
                    asked = self._train(batch, folder, recorders)
            except BaseException as err:
                if _is_from_outside(err):
                    raise  # it is not the function that ends, but the process
                check_space(self.run)
                note_traceback(folder)
                if isinstance(err, Unusable):
                    error, code = str(err), "R103"
                else:
                    error = traceback.format_exception_only(err)[-1].strip()
        if error and len(batch) > 1:
            return [result for job in batch for result in self([job], bar)]
        seconds = (time.perf_counter() - begin) / len(batch)
        if error:
            results = [failed(recorders[0], seconds, error, code=code)]
        elif asked:
            results = [failed(recorders[0], seconds, ON_REQUEST, Status.INTERRUPTED)]
        else:
            results = [replace(verdict(recorder, seconds), stacked=len(batch)) for recorder in recorders]
        with needing_space(self.run):
            return [concluded(self.run, job, result) for job, result in zip(batch, results, strict=True)]

    def _train(self, batch: Sequence[Job], folder: Path, recorders: Sequence[Recorder]) -> bool:
        """Call the function and take in what it reports; return whether somebody asked it to end."""
        forget_stop(folder)
        own = os.getpid()
        function = load(self.path, self.beside)
        params, seed = self._inputs(batch)
        told = {name: str(value) if isinstance(value, Path) else value for name, value in carried(self.run, batch[0])}
        positional, keywords = arguments(function, params, {"seed": seed, "trial_dir": str(folder), **told})
        # Closed when the loop is left early, so that its `finally` blocks run.
        with closing(each_report(function(*positional, **keywords))) as reports:
            for given in reports:
                if os.getpid() != own:
                    return False  # what a forked process yields is no report
                values, step = report(given, self.metric.name, lambda value: self._numbers(value, len(batch)))
                for i, recorder in enumerate(recorders):
                    recorder.add({name: found[i] for name, found in values.items()}, step)
                if all(recorder.stopped for recorder in recorders):
                    return False
                if len(batch) == 1 and stop_requested(folder):
                    return True
        return False

    def _inputs(self, batch: Sequence[Job]) -> tuple[dict[str, Any], Any]:
        return dict(batch[0].trial.params), batch[0].seed

    def _numbers(self, value: Any, count: int) -> Sequence[float]:  # noqa: ARG002
        """`count` numbers, one for each trial, of any library: of Python, a NumPy scalar, a tensor of one element."""
        if isinstance(value, str | bytes) or is_truth_value(value):
            raise TypeError
        return [float(value)]


@dataclass(frozen=True)
class VectorizedObjective(FunctionObjective):
    """Calls one function for a batch of trials with the same hyperparameters.

    The function takes an array (n,) for each hyperparameter, and returns or yields an array (n,), or a mapping of
    such. What it prints goes to the files of the batch's first trial.
    """

    wave: int = 4 * _MOST

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Jobs with the same hyperparameters together."""
        groups: dict[tuple[str, ...], list[Job]] = {}
        for job in jobs:
            groups.setdefault(tuple(job.trial.params), []).append(job)
        return [group[i : i + _MOST] for group in groups.values() for i in range(0, len(group), _MOST)]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Call the function once; see FunctionObjective."""
        return self._called(batch, bar, {})

    def _inputs(self, batch: Sequence[Job]) -> tuple[dict[str, Any], Any]:
        params = {name: _array([job.trial.params[name] for job in batch]) for name in batch[0].trial.params}
        return params, np.array([job.seed for job in batch])

    def _numbers(self, value: Any, count: int) -> Sequence[float]:
        if (given := np.asarray(value)).dtype.kind in "bSU":
            raise TypeError
        found = given.astype(np.float64)
        if found.shape != (count,):
            raise Unusable(f"a vectorized function gives arrays of shape ({count},) here, got {found.shape}")
        return [float(number) for number in found]


def _is_from_outside(err: BaseException) -> bool:
    """Whether somebody ends this process; in a worker Ctrl-C is not heard, so KeyboardInterrupt is the function's."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return isinstance(err, Ended | Interrupted) or (heard and isinstance(err, KeyboardInterrupt))


def _array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """(n,) numbers or truth values of their own kind; anything else as objects."""
    if all(isinstance(value, int | float) for value in values):
        return np.array(values)
    found = np.empty(len(values), object)
    found[:] = values
    return found

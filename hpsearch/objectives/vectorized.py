"""Calls the user's function once for many trials, with an array for each hyperparameter."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.early_stop import NO_BAR, Bar
from hpsearch.objectives.calling import arguments
from hpsearch.objectives.capture import captured, note_traceback, surroundings
from hpsearch.objectives.folder import check_space, needing_space, trial_folder
from hpsearch.objectives.function import reason
from hpsearch.objectives.modules import load
from hpsearch.objectives.recorder import Recorder
from hpsearch.objectives.reports import Unusable, each_report, report
from hpsearch.objectives.verdict import failed, verdict
from hpsearch.process_tree import Ended
from hpsearch.trial import Job, Metric, Result

__all__ = ["VectorizedObjective"]

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

"""A trial is a call of the user's own Python function, which imports nothing of ours."""

import json
import time
import traceback
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpsearch.early_stop import NO_BAR, Bar
from hpsearch.objectives.calling import arguments
from hpsearch.objectives.capture import captured, note_traceback, surroundings
from hpsearch.objectives.folder import check_space, forget_stop, needing_space, stop_requested, trial_folder, variables
from hpsearch.objectives.modules import load
from hpsearch.objectives.recorder import Recorder
from hpsearch.objectives.reports import each_report, report
from hpsearch.objectives.verdict import failed, verdict
from hpsearch.process_tree import Ended
from hpsearch.trial import Job, Metric, Result, Status

__all__ = ["FunctionObjective", "FunctionSettings", "reason"]


@dataclass(frozen=True)
class FunctionSettings:
    """What a config says about a function.

    Attributes:
        path: `package.module:name`.
        vectorized: whether it takes arrays, for many trials at once.
    """

    path: str
    vectorized: bool = False


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

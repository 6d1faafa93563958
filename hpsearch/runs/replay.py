"""Training a trial again from nothing, as it was trained: does it give the same numbers?"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hpsearch.config import Config
from hpsearch.engine.executors import Executor
from hpsearch.errors import HpsearchError
from hpsearch.history import History
from hpsearch.runs.forking import Stretch, stretches
from hpsearch.trial import Checkpoint, Job, Place, Result


def replayed(config: Config, history: History, number: int, executor: Executor) -> Iterator[tuple[Stretch, Result]]:
    """Train the stretches of a trial, one after the other, in a folder that is thrown away; each with its result.

    Raises:
        HpsearchError: one of them failed.
    """
    held: dict[Place, Checkpoint] = {}
    with TemporaryDirectory() as place, closing(executor):
        settings = config.execution
        run = Path(place).resolve()
        objective = config.objective.objective(config.metric, run, config.folder, settings.timeout, settings.network)
        for stretch in stretches(history, number):
            job = Job(stretch.trial, 0, stretch.start, stretch.until)
            job = job if job.origin is None else replace(job, checkpoint=held[job.origin])
            (result,) = executor.submit(objective, [job]).result()
            yield stretch, result
            if result.checkpoint is not None and job.leaves is not None:
                held[job.leaves] = replace(result.checkpoint, metrics=result.metrics)
            elif stretch.until is not None:
                why = f"trial {stretch.trial.number} did not get to {stretch.until}: {result.error}"
                raise HpsearchError(why, code="R112")

"""Running the best few trials of a run again: the method, and how much of it is left."""

from hpsearch.methods import Plan, Replicates, ReplicateSettings
from hpsearch.runs.run import Run


def replicates(run: Run, settings: ReplicateSettings) -> Replicates:
    """The method that runs the best few of a run again."""
    return Replicates(Plan(run.config.space, run.config.search.seed, settings=settings))


def left(run: Run, method: Replicates) -> int:
    """How many jobs of a confirmation are still to be run, those that wait since an interruption included."""
    waiting = sum(len(batch) for batch in run.store.pending(replicates=True))
    return waiting + len(method.next_jobs(run.history, 0))

"""Running the best few trials of a run again: the method, and how much of it is left."""

from hpsearch.methods import Plan, Replicates, ReplicateSettings
from hpsearch.runs.run import Run


def replicates(run: Run, settings: ReplicateSettings) -> Replicates:
    """The method that runs the best few of a run again.

    What an interrupted confirmation left in the queue is dropped: the method asks for its part of it, and for no more.
    """
    run.store.drop_replicates()
    run.reload()
    return Replicates(Plan(run.config.space, run.config.search.seed, settings=settings))


def left(run: Run, method: Replicates) -> int:
    """How many jobs of a confirmation are still to be run."""
    waiting = sum(len(batch) for batch in run.store.pending(replicates=True))
    return waiting + len(method.next_jobs(run.history, 0))

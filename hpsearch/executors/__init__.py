"""Where batches are computed: each executor is a `concurrent.futures.Executor`."""

from hpsearch.executors.inline import InlineExecutor
from hpsearch.executors.processes import ProcessExecutor, cores

__all__ = ["InlineExecutor", "ProcessExecutor", "cores", "make_executor"]


def make_executor(workers: int | None, timeout: float | None) -> InlineExecutor | ProcessExecutor:
    """Processes on this machine, one per core where `workers` is None; 0 workers: this very process.

    timeout: seconds that one job of a batch may take; it needs processes, which can be killed.
    """
    if workers == 0:
        return InlineExecutor()
    return ProcessExecutor(workers or cores(), timeout)

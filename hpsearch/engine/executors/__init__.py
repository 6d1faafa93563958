"""Where batches are computed: each executor is a `concurrent.futures.Executor`."""

from collections.abc import Mapping, Sequence

from hpsearch.engine.executors.inline import InlineExecutor
from hpsearch.engine.executors.processes import ProcessExecutor, cores, visible

__all__ = ["InlineExecutor", "ProcessExecutor", "cores", "make_executor", "visible"]


def make_executor(
    workers: int | None,
    timeout: float | None,
    *,
    threads_per_worker: int | None = None,
    devices: Sequence[int | str] = (),
    environment: Mapping[str, str] | None = None,
) -> InlineExecutor | ProcessExecutor:
    """Processes on this machine; 0 workers: this very process.

    Args:
        workers: None for one per device, or per core where no devices are named.
        timeout: seconds that one job of a batch may take; it needs processes, which can be killed.
        threads_per_worker: BLAS threads of each process; None for its share of the cores.
        devices: one for each worker, which sees no other.
        environment: more variables for the processes.
    """
    if workers == 0:
        return InlineExecutor(devices[0] if devices else None)
    return ProcessExecutor(
        workers or len(devices) or cores(),
        timeout,
        threads_per_worker=threads_per_worker,
        devices=devices,
        environment=environment,
    )

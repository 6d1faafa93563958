"""Where batches are computed: in this process, in processes of this machine, or wherever else the protocol is kept."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from hpsearch.engine.executors.inline import InlineExecutor
from hpsearch.engine.executors.processes import ProcessExecutor
from hpsearch.system.environment import cores


class Executor(Protocol):
    """All that the loop knows of where batches are computed.

    A batch that is lost fails its future with a JobLostError; by then no process of it is left.
    """

    slots: int
    """How many batches run at a time."""

    def submit(self, fn: Callable[..., Any], batch: Sequence[Any], /, *args: Any) -> "Future[Any]":
        """Call `fn(batch, *args)` somewhere; a time limit counts for each job of the batch."""

    def close(self, *, cancel: bool = False) -> None:
        """Let running batches finish, or, with `cancel`, end them and all that they started."""


def make_executor(
    workers: int | None,
    timeout: float | None,
    *,
    threads_per_worker: int | None = None,
    devices: Sequence[int | str] = (),
    environment: Mapping[str, str] | None = None,
) -> Executor:
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

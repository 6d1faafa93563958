"""Where batches are computed: in this process, in processes of this machine, or wherever else the protocol is kept."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from hpsearch.engine.executors.inline import InlineExecutor
from hpsearch.engine.executors.processes import ProcessExecutor
from hpsearch.engine.executors.threads import ThreadExecutor
from hpsearch.system.environment import slots


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
    interrupt: Callable[[], None] | None = None,
) -> Executor:
    """Processes on this machine, as ProcessExecutor has them; 0 workers: this very process, without a limit.

    workers: None for one per device, or per core where no devices are named; interrupt: where what runs lets other
    threads run, ends it: then it runs in threads.
    """
    if workers == 0:
        return InlineExecutor(devices[0] if devices else None)
    if interrupt is not None:
        return ThreadExecutor(slots(workers, devices), interrupt)
    return ProcessExecutor(slots(workers, devices), timeout, threads_per_worker, devices, environment)

"""Runs batches in processes of this machine, each of which may die or be killed without harm to the others."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import LifoQueue
from typing import Any

from hpsearch.executors.worker import Worker

__all__ = ["ProcessExecutor", "cores", "visible"]

_BLAS_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_DEVICE_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def visible(device: int | str) -> dict[str, str]:
    """The environment in which this device is the only one."""
    return dict.fromkeys(_DEVICE_VARIABLES, str(device))


class ProcessExecutor(Executor):
    """A pool of processes whose BLAS threads are pinned, so that workers x threads = cores.

    A worker that dies fails the future of its own batch with WorkerDiedError and is replaced; a batch that runs
    past its time fails with JobTimedOutError. In both cases no process of the batch is left when the future is done,
    and a device is handed on only then.

    Args:
        workers: number of processes.
        timeout: seconds that one job of a batch may take; None for no limit.
        threads_per_worker: BLAS and OpenMP threads of each process.
        devices: worker i sees device i alone; none for no rule.
        environment: more variables for the processes.
    """

    def __init__(
        self,
        workers: int,
        timeout: float | None = None,
        *,
        threads_per_worker: int | None = None,
        devices: Sequence[int | str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.workers = workers
        self._timeout = timeout
        threads = str(threads_per_worker or max(1, cores() // workers))
        common = {**dict.fromkeys(_BLAS_VARIABLES, threads), **(environment or {})}
        own = [visible(device) for device in devices] or [{}] * workers
        self._workers = [Worker({**common, **variables}) for variables in own[:workers]]
        self._free: LifoQueue[Worker] = LifoQueue()
        for worker in reversed(self._workers):
            self._free.put(worker)
        # A thread for each process only waits for it; the results come home through the threads' futures.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hpsearch")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn(batch, ...)` in a worker; the time limit counts for each job of the batch."""
        if kwargs:
            raise TypeError("work travels with positional arguments only")
        watched = self._timeout and not getattr(fn, "keeps_time", False)
        limit = self._timeout * len(args[0]) if self._timeout and watched else None
        return self._threads.submit(self._call, limit, fn, *args)

    def _call(self, limit: float | None, fn: Callable[..., Any], *args: Any) -> Any:
        worker = self._free.get()
        try:
            return worker.call(limit, fn, *args)
        finally:
            self._free.put(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let running batches finish, or, with `cancel_futures`, end their workers and all that these started."""
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures:
            with ThreadPoolExecutor(self.workers) as ending:
                list(ending.map(Worker.interrupt, self._workers))
        self._threads.shutdown(wait=wait or cancel_futures)
        if wait or cancel_futures:
            for worker in self._workers:
                worker.close()

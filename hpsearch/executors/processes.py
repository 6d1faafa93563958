"""Runs batches in processes of this machine, each of which may die or be killed without harm to the others."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

from hpsearch.errors import JobTimedOutError, WorkerDiedError

__all__ = ["ProcessExecutor", "cores"]

_BLAS_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


class ProcessExecutor(Executor):
    """A pool of processes whose BLAS threads are pinned, so that workers x threads = cores.

    A worker that dies fails the future of its own batch with WorkerDiedError and is replaced; a batch that runs
    past its time fails with JobTimedOutError after its worker is killed.
    """

    def __init__(self, workers: int, timeout: float | None = None) -> None:
        # Imported here: `hpsearch --help` has no use for it.
        from pebble import ProcessPool

        self.workers = workers
        self._timeout = timeout
        # Spawned rather than forked: a fresh process reads the BLAS variables, and inherits no locks or threads.
        os.environ.update(dict.fromkeys(_BLAS_VARIABLES, str(max(1, cores() // workers))))
        self._pool = ProcessPool(
            max_workers=workers, initializer=_start_worker, context=multiprocessing.get_context("spawn")
        )

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn(batch)` in a worker; the time limit counts for each job of the batch."""
        limit = self._timeout * len(args[0]) if self._timeout else None
        inner = self._pool.schedule(fn, args=list(args), kwargs=kwargs, timeout=limit)
        outer: Future[Any] = Future()
        inner.add_done_callback(lambda done: _hand_on(done, outer, self._timeout))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let running batches finish, or, with `cancel_futures`, kill their workers."""
        if cancel_futures:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types all but this
        else:
            self._pool.close()  # type: ignore[no-untyped-call]  # and this
        if wait:
            self._pool.join()


def _hand_on(done: Future[Any], outer: Future[Any], timeout: float | None) -> None:
    """Pass a result on, and say in our own words why there is none."""
    try:
        outer.set_result(done.result())
    except CancelledError:
        outer.cancel()
    except TimeoutError:
        outer.set_exception(JobTimedOutError(f"stopped after {timeout:g} s"))
    except Exception as err:
        code = getattr(err, "exitcode", None)
        outer.set_exception(err if code is None else WorkerDiedError(_reason(code)))


def _reason(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed (SIGKILL); where memory is short, the system does that"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


def _start_worker() -> None:
    # Ctrl-C reaches the whole terminal group; only the engine decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""Runs batches in processes of this machine, each of which may die or be killed without harm to the others."""

import multiprocessing
import os
import pickle
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from math import inf
from multiprocessing import resource_tracker, spawn
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import LifoQueue
from typing import Any

from hpsearch.engine.executors.serving import serve
from hpsearch.errors import JobOutOfMemoryError, JobTimedOutError, WorkerDiedError
from hpsearch.system import memory
from hpsearch.system.environment import blas_threads, cores, environment, visible
from hpsearch.system.processes import TimeLimit, end, is_suspended, marked, signal_name
from hpsearch.system.signals import unheard


class ProcessExecutor:
    """A pool of processes whose BLAS threads are pinned, so that workers x threads = cores.

    A worker that dies fails the future of its own batch with WorkerDiedError and is replaced; a batch that runs
    past its time fails with JobTimedOutError. In both cases no process of the batch is left when the future is done,
    and a device is handed on only then.

    Args:
        timeout: seconds that one job of a batch may take, as TimeLimit counts them; None for no limit.
        threads_per_worker: BLAS and OpenMP threads of each process; None for its share of the cores.
        devices: worker i sees device i alone; none for no rule.
        environment: more variables for the processes.
    """

    def __init__(
        self,
        workers: int,
        timeout: float | None = None,
        threads_per_worker: int | None = None,
        devices: Sequence[int | str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.slots = workers
        self._timeout = timeout
        threads = threads_per_worker or max(1, cores() // workers)
        common = {**blas_threads(threads), **(environment or {})}
        own = [visible(device) for device in devices] or [{}] * workers
        self._workers = [Worker({**common, **variables}) for variables in own[:workers]]
        self._free: LifoQueue[Worker] = LifoQueue()
        for worker in reversed(self._workers):
            self._free.put(worker)
        # A thread for each process only waits for it; the results come home through the threads' futures.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hpsearch")

    def submit(self, fn: Callable[..., Any], batch: Sequence[Any], /, *args: Any) -> "Future[Any]":
        """Call `fn(batch, *args)` in a worker; the time limit counts for each job of the batch."""
        limit = None if self._timeout is None or getattr(fn, "keeps_time", False) else self._timeout * len(batch)
        return self._threads.submit(self._call, limit, fn, batch, *args)

    def _call(self, *call: Any) -> Any:
        worker = self._free.get()
        try:
            return worker.call(*call)
        finally:
            self._free.put(worker)

    def close(self, *, cancel: bool = False) -> None:
        """Let running batches finish, or, with `cancel`, end their workers and all that these started."""
        self._threads.shutdown(wait=False, cancel_futures=cancel)
        if cancel:
            with ThreadPoolExecutor(self.slots) as ending:
                list(ending.map(Worker.interrupt, self._workers))
        self._threads.shutdown()
        for worker in self._workers:
            worker.close()


_MARK = "HPSEARCH_WORKER"
_GRACE = 7.0  # seconds between TERM and KILL: a worker first ends its own program, which has 5 seconds

_LOOK = 0.1  # seconds between two looks at the time

_PROGRAM = (
    "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd={tracker_fd}, pipe_handle={pipe_handle})"
)
_WITHOUT_ENGINE = "try:\n {}\nexcept EOFError:\n raise SystemExit(1)"

_spawning = threading.Lock()


class Worker:
    """A process that is started when it is first called, and again after it died.

    Everything that it starts is born with a mark in its environment, by which it is found and ended when the
    process itself is dead.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._live: tuple[SpawnProcess, Connection, int] | None = None  # with what is ready once it is dead
        self._mark = ""
        self._closing = False

    def call(self, limit: float | None, fn: Callable[..., Any], *args: Any) -> Any:
        """Call `fn(*args)` in the process and return what it returns, or raise what it raises.

        Raises:
            JobTimedOutError: it took more than `limit` seconds; the process was ended.
            JobOutOfMemoryError: the system killed the process for memory.
            WorkerDiedError: the process died. In all three cases all that it had started is gone by now.
        """
        kills = memory.kills()
        work = pickle.dumps((fn, args))
        process, pipe, death = self._started()
        if self._closing:  # while it was starting: whoever interrupted could not see it
            self.end(grace=0.0)
            raise WorkerDiedError("the search was ended")
        timed_out = False
        try:
            pipe.send_bytes(work)
            if wait([pipe, death])[0] is pipe:
                pipe.recv()  # what the work needs is imported: its time begins
                ready = _awaited([pipe, death], TimeLimit(limit, lambda: is_suspended(process.pid or 0)))
                timed_out = not ready
                if pipe in ready:
                    succeeded, value = pipe.recv()
                    if succeeded:
                        return value
                    raise value
        except (EOFError, ConnectionError):
            pass  # it died; its exit code says of what
        self.end()
        if timed_out:
            raise JobTimedOutError(f"stopped after {limit:g} s")
        raise _loss(process.exitcode or 0, memory.kills() > kills)

    def _started(self) -> tuple[SpawnProcess, Connection, int]:
        if self._live is None or not self._live[0].is_alive():
            self.end()
            if self._closing:
                raise WorkerDiedError("the search was ended")
            self._mark = f"{os.getpid()}-{uuid.uuid4().hex}"
            pipe, theirs = multiprocessing.Pipe()
            # Spawned rather than forked: a fresh process reads the BLAS variables, and inherits no locks or threads.
            process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), name="hpsearch worker")
            with unheard():  # born now, the tracker does not carry the mark and is not ended with the worker
                resource_tracker.ensure_running()
            with theirs, _spawning, unheard(), _quiet(), environment({**self._environment, _MARK: self._mark}):
                process.start()
            self._live = process, pipe, _death_of(process)
        return self._live

    def end(self, grace: float = _GRACE) -> None:
        """End the process and all that it started; without one, do nothing. Interrupted, it can be called again."""
        if self._live is not None:
            process, pipe, death = self._live
            pipe.close()
            process.terminate()
            wait([death], grace)
            process.kill()
            process.join()
            self._live = None
            if death != process.sentinel:
                os.close(death)
        if self._mark:
            end(lambda: marked(_MARK, self._mark), grace=0.0)
            self._mark = ""

    def close(self) -> None:
        """Let an idle process go home."""
        self._closing = True
        if self._live is not None:
            _, pipe, death = self._live
            pipe.close()
            wait([death], _GRACE)
        self.end()

    def interrupt(self) -> None:
        """From another thread: make a running call fail, and let no process start any more."""
        self._closing = True
        live = self._live
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(OSError, ValueError):  # it ends, and the other thread notices, while we look
                if live is not None and live[0].pid is not None:
                    os.kill(live[0].pid, number)
                    wait([live[2]], _GRACE)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let a process that starts meanwhile end without a traceback where this one is gone before it says what to do."""
    usual = spawn.get_command_line

    def quiet(**files: int) -> list[str]:
        return [_WITHOUT_ENGINE.format(word) if word == _PROGRAM.format(**files) else word for word in usual(**files)]

    spawn.get_command_line = quiet
    try:
        yield
    finally:
        spawn.get_command_line = usual


def _awaited(things: Sequence[Any], limit: TimeLimit) -> list[Any]:
    """Those that are ready first; none where the time is up before."""
    while not (ready := wait(things, None if limit.left == inf else min(_LOOK, limit.left))):
        if limit.is_up():
            break
    return ready


def _death_of(process: SpawnProcess) -> int:
    """A descriptor that is ready once the process is dead.

    Its `sentinel` is that too, but only once every process that it forked is gone as well.
    """
    try:
        return os.pidfd_open(process.pid or 0)
    except (AttributeError, OSError):
        return process.sentinel


def _loss(code: int, out_of_memory: bool) -> WorkerDiedError | JobOutOfMemoryError:
    if code == -signal.SIGKILL and out_of_memory:
        return JobOutOfMemoryError("the system killed its process for memory")
    if code == -signal.SIGKILL:
        return WorkerDiedError("its process was killed (SIGKILL); where memory is short, the system does that")
    if code < 0:
        return WorkerDiedError(f"its process died of {signal_name(-code)}")
    return WorkerDiedError(f"its process ended with exit code {code}")

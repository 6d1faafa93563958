"""Runs batches in threads of this process: for what lets other threads run while it computes."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

_AGAIN = 0.02  # seconds


class ThreadExecutor:
    """A pool of threads. `interrupt`: makes what they run return soon, since no thread can be ended from outside."""

    def __init__(self, slots: int, interrupt: Callable[[], None]) -> None:
        self.slots = slots
        self._interrupt = interrupt
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="hpsearch")
        self._submitted: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], batch: Sequence[Any], /, *args: Any) -> "Future[Any]":
        """Call the function in a thread."""
        future = self._threads.submit(fn, batch, *args)
        self._submitted.add(future)
        future.add_done_callback(self._submitted.discard)
        return future

    def close(self, *, cancel: bool = False) -> None:
        """Wait for what runs, or interrupt it."""
        if cancel:
            self._threads.shutdown(wait=False, cancel_futures=True)
            while wait(set(self._submitted), timeout=_AGAIN).not_done:
                self._interrupt()  # again and again: what has only begun may not have heard it
        self._threads.shutdown()

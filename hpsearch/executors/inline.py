"""Runs batches in this very process, one after the other: for tests, for debugging and for the smallest searches."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

__all__ = ["InlineExecutor"]


class InlineExecutor(Executor):
    """`submit` returns when the work is done."""

    workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function; what it raises is the future's exception, but for Ctrl-C."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as err:
            future.set_exception(err)
        return future

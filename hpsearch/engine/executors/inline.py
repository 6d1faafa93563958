"""Runs batches in this very process, one after the other: for tests, for debugging and for the smallest searches."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from hpsearch.engine.executors.processes import visible


class InlineExecutor(Executor):
    """`submit` returns when the work is done. `device`: the only one that this process sees from now on."""

    workers = 1

    def __init__(self, device: int | str | None = None) -> None:
        if device is not None:
            os.environ.update(visible(device))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function; what it raises is the future's exception, but for Ctrl-C."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as err:
            future.set_exception(err)
        return future

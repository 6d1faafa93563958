"""Runs batches in this very process, one after the other: for tests, for debugging and for the smallest searches."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from hpsearch.system.environment import visible


class InlineExecutor:
    """`submit` returns when the work is done. `device`: the only one that this process sees from now on."""

    slots = 1

    def __init__(self, device: int | str | None = None) -> None:
        if device is not None:
            os.environ.update(visible(device))

    def submit(self, fn: Callable[..., Any], batch: Sequence[Any], /, *args: Any) -> "Future[Any]":
        """Call the function; what it raises is the future's exception, but for Ctrl-C."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(batch, *args))
        except Exception as err:
            future.set_exception(err)
        return future

    def close(self, *, cancel: bool = False) -> None:
        """Nothing runs that could be waited for or ended."""

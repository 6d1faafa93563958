"""What an executor keeps to."""

import time
from collections.abc import Callable, Sequence

from hpsearch.engine.executors import Executor

_SOON = 30.0  # seconds; a busy machine may be slow to start a process


def check_executor(make: Callable[[], Executor]) -> None:
    """It answers, passes exceptions on, runs as many batches at a time as it says, and closes."""
    executor = make()
    try:
        name = type(executor).__name__
        assert executor.slots >= 1, f"{name}: it has a slot at least"
        answers = [executor.submit(_doubled, [number], 1) for number in range(2 * executor.slots)]
        found = [answer.result(_SOON) for answer in answers]
        assert found == [[2 * number + 1] for number in range(2 * executor.slots)], f"{name}: answers are those of fn"
        error = executor.submit(_broken, [1]).exception(_SOON)
        assert isinstance(error, ZeroDivisionError), f"{name}: what fn raises is the future's exception, got {error!r}"
        assert executor.submit(_doubled, [1], 0).result(_SOON) == [2], f"{name}: it goes on after an exception"
    finally:
        executor.close()
    executor, begin = make(), time.perf_counter()
    if executor.slots > 1:
        executor.submit(_slow, [1])
    executor.close(cancel=True)
    assert time.perf_counter() - begin < _SOON, f"{name}: closed with `cancel` it waits for nobody"


def _doubled(batch: Sequence[int], more: int) -> list[int]:
    return [2 * number + more for number in batch]


def _broken(batch: Sequence[int]) -> float:
    return 1 / (len(batch) - 1)


def _slow(batch: Sequence[int]) -> int:
    time.sleep(2 * _SOON)
    return len(batch)

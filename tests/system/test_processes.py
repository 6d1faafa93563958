"""The time that processes may run."""

import math

import pytest

from hpsearch.system import processes
from hpsearch.system.processes import TimeLimit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(processes, "time", made)
    return made


def after(clock: Clock, limit: TimeLimit, *gaps: float) -> list[bool]:
    """Whether the time is up at looks that lie so many seconds apart."""
    found = []
    for gap in gaps:
        clock.now += gap
        found.append(limit.is_up())
    return found


def test_time_counts_while_processes_run(clock: Clock) -> None:
    assert after(clock, TimeLimit(1.0, lambda: False), *[0.25] * 4) == [False, False, False, True]
    assert after(clock, TimeLimit(None, lambda: False), 1e9, math.inf) == [False, False]


def test_time_does_not_count_while_they_or_this_process_are_suspended(clock: Clock) -> None:
    still = [True, True, False, False]
    assert after(clock, TimeLimit(0.7, lambda: still.pop(0)), 0.4, 0.4, 0.4, 0.4) == [False, False, False, True]
    assert after(clock, TimeLimit(0.7, lambda: False), 0.1, 3600.0, 0.2) == [False, False, True]


def test_a_limit_is_reached_on_a_machine_on_which_every_look_comes_late(clock: Clock) -> None:
    assert after(clock, TimeLimit(1.5, lambda: False), 5.0, 5.0, 5.0) == [False, False, True]

"""Finds, times and ends every process that a trial started: its group, its children, and those that hide from both.

A process may leave its group and its session and let its parent die. Two things it cannot shed: the environment it
was born with, where we put a marker, and, on Linux, that orphans below a *subreaper* become the subreaper's children.
"""

import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LONGEST_WAIT = 30.0
"""Seconds after KILL: only a process stuck inside the kernel lives longer."""

_LONGEST_LOOK = 0.5
"""Seconds; where looks several times a second lie further apart, this very process stood still between them."""

_adopting = False


class Ended(SystemExit):
    """Raised in a process that is told to end; a function that calls sys.exit() itself raises SystemExit alone."""


def adopt_orphans() -> None:
    """Let orphans among this process's descendants become its children, where the system can (Linux)."""
    global _adopting
    if sys.platform == "linux":
        _adopting = ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def is_adopting() -> bool:
    """Whether every descendant of this process stays below it."""
    return _adopting


def marked(name: str, value: str, **others: str) -> list[psutil.Process]:
    """Live processes, other than this one and its ancestors, that were born with `name=value` (and others) around."""
    kept = {os.getpid()}
    with suppress(psutil.Error):  # one of them may be ending
        kept |= {parent.pid for parent in psutil.Process().parents()}
    marks = {name: value, **others}.items()
    return _living(lambda process: process.pid not in kept and marks <= process.environ().items())


def in_session(leader: int) -> list[psutil.Process]:
    """Live processes of the session that `leader` began."""
    return _living(lambda process: os.getsid(process.pid) == leader)


def _living(ours: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    found = []
    for known in psutil.process_iter():
        # Processes of other users, and those that end while we look, are not ours.
        with suppress(psutil.Error, OSError):
            # Asked anew: psutil may take it for the one that it has met under this number before.
            if ours(known) and _lives(process := psutil.Process(known.pid)):
                found.append(process)
    return found


def below() -> list[psutil.Process]:
    """Live descendants of this process; where orphans are adopted, those that are dead are cleared away."""
    if _adopting and not _has_children():
        return []
    found = [process for process in psutil.Process().children(recursive=True) if _lives(process)]
    if _adopting:  # after the look: what it found dead is then gone
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    return found


def end(find: Callable[[], list[psutil.Process]], grace: float) -> int:
    """End all processes that `find` finds: TERM, `grace` seconds, KILL; return how many could not be ended.

    `find` is asked again and again: a process may start another while it is being ended.
    """
    found = find()
    _signal(found, signal.SIGTERM)
    for killing, seconds in ((False, grace), (True, _LONGEST_WAIT)):
        deadline, pause = time.monotonic() + seconds, 0.005
        while found and time.monotonic() < deadline:
            if killing:
                _signal(found, signal.SIGKILL)
            time.sleep(pause)
            pause = min(2 * pause, 0.1)  # each look at all processes takes milliseconds, so they get rarer
            found = find()
    return len(found)


class TimeLimit:
    """Seconds that processes may run, in which time does not count while they, or this process itself, are suspended.

    That is Ctrl-Z, SIGSTOP, a container that is paused or a laptop that sleeps.

    Args:
        seconds: how long they may run; None for ever.
        suspended: whether they stand still; asked with each look.
    """

    def __init__(self, seconds: float | None, suspended: Callable[[], bool]) -> None:
        self.left = math.inf if seconds is None else seconds
        self._suspended = suspended
        self._looked = time.monotonic()

    def is_up(self) -> bool:
        """Whether they had their time; to be asked several times a second."""
        now = time.monotonic()
        if self.left < math.inf and not self._suspended():
            self.left -= min(now - self._looked, _LONGEST_LOOK)
        self._looked = now
        return self.left <= 0


def is_suspended(pid: int) -> bool:
    """Whether a process was told to stand still (SIGSTOP, SIGTSTP)."""
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    return False


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)


def _lives(process: psutil.Process) -> bool:
    """Whether it still runs: one that is dead and unclaimed by its parent holds nothing any more."""
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD))
    return False


def _has_children() -> bool:
    """A look into /proc/self/task, thousands of times cheaper than a look at all processes."""
    tasks = Path("/proc/self/task")
    with suppress(OSError):
        return any((task / "children").read_bytes().strip() for task in tasks.iterdir())
    return True


def signal_name(number: int) -> str:
    """SIGTERM for 15; a real-time signal has no name of its own."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

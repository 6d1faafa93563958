"""Finds and ends every process that a trial started: its group, its children, and those that hide from both.

A process may leave its group and its session and let its parent die. Two things it cannot shed: the environment it
was born with, where we put a marker, and, on Linux, that orphans below a *subreaper* become the subreaper's children.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LONGEST_WAIT = 30.0
"""Seconds after KILL: only a process stuck inside the kernel lives longer."""

_adopting = False


class Ended(SystemExit):
    """Raised in a process that is told to end; a function that calls sys.exit() itself raises SystemExit alone."""


def adopt_orphans() -> None:
    """Let orphans among this process's descendants become its children, where the system can (Linux)."""
    global _adopting
    if sys.platform == "linux":
        _adopting = _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def is_adopting() -> bool:
    """Whether every descendant of this process stays below it."""
    return _adopting


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def marked(name: str, value: str) -> list[psutil.Process]:
    """Live processes, other than this one and its ancestors, that were born with `name=value` around them."""
    kept = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        # Processes of other users, and those that end while we look, are not ours.
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in kept and process.environ().get(name) == value and _lives(process):
                found.append(process)
    return found


def in_session(leader: int) -> list[psutil.Process]:
    """Live processes of the session that `leader` began."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == leader and _lives(process):
                found.append(process)
    return found


def below() -> list[psutil.Process]:
    """Live descendants of this process; where orphans are adopted, those that are dead are cleared away."""
    if _adopting:
        _reap()
        if not _has_children():
            return []
    return [process for process in psutil.Process().children(recursive=True) if _lives(process)]


def end(find: Callable[[], list[psutil.Process]], grace: float) -> int:
    """End all processes that `find` finds: TERM, `grace` seconds, KILL; return how many could not be ended.

    `find` is asked again and again: a process may start another while it is being ended.
    """
    found = find()
    _signal(found, kill=False)
    found = _waited(find, found, grace, kill=False)
    return len(_waited(find, found, _LONGEST_WAIT, kill=True))


def _waited(
    find: Callable[[], list[psutil.Process]], found: list[psutil.Process], seconds: float, *, kill: bool
) -> list[psutil.Process]:
    """What is left after at most so many seconds; each look at all processes takes milliseconds, so they get rarer."""
    deadline, pause = time.monotonic() + seconds, 0.005
    while found and time.monotonic() < deadline:
        if kill:
            _signal(found, kill=True)
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
        found = find()
    return found


def _signal(processes: list[psutil.Process], *, kill: bool) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill() if kill else process.terminate()


def _lives(process: psutil.Process) -> bool:
    """Whether it still runs: one that is dead and unclaimed by its parent holds nothing any more."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD))
    return False


def _has_children() -> bool:
    """A look into /proc/self/task, thousands of times cheaper than a look at all processes."""
    tasks = Path("/proc/self/task")
    with contextlib.suppress(OSError):
        return any((task / "children").read_bytes().strip() for task in tasks.iterdir())
    return True


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def signal_name(number: int) -> str:
    """SIGTERM for 15; a real-time signal has no name of its own."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

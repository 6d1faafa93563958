"""Runs one program to its end, or ends it, with everything that it started."""

import errno
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import wait
from operator import itemgetter
from pathlib import Path
from typing import Any

import psutil

from hpsearch.objectives.folder import RUN, STDERR, STDOUT, TRIAL
from hpsearch.system import memory
from hpsearch.system.processes import TimeLimit, below, end, in_session, is_adopting, is_suspended, marked

GRACE = 5.0
"""Seconds between TERM and KILL."""

_LOOK = 0.1  # seconds between two looks at the output


class Cause(Enum):
    """Why a program ended."""

    ITSELF = "ended by itself"
    TIMED_OUT = "ran out of time"
    STOPPED = "was told to stop"


@dataclass(frozen=True)
class Ending:
    """How a program ended.

    Attributes:
        cause: by itself, or because it was ended.
        code: exit code; below 0, the signal that it died of.
        out_of_memory: the system killed a process for memory while this one died of SIGKILL.
        left: processes that could not be ended.
    """

    cause: Cause
    code: int
    out_of_memory: bool = False
    left: int = 0


def supervise(
    line: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    timeout: float | None,
    look: Callable[[], bool],
) -> Ending:
    """Run a program in a session of its own, its output in files; return when no process of it is left.

    Args:
        line: the program and its arguments, which no shell sees.
        environment: all of its environment, the marks of its trial among it.
        folder: where `stdout` and `stderr` are written.
        timeout: seconds until it is ended with TERM and, 5 seconds later, KILL; see TimeLimit for which of them count.
        look: called several times a second and at the end; once true, the program is ended.

    Raises:
        OSError: it cannot be started.
    """
    kills = memory.kills()
    with (folder / STDOUT).open("wb") as out, (folder / STDERR).open("wb") as err:
        process = _started(line, environment, stdout=out, stderr=err)
    left = 0
    try:
        limit = TimeLimit(timeout, lambda: _is_suspended(process, environment))
        cause = _follow(process, limit, look)
    finally:  # whatever happened, an exception included, no process is left behind
        if process.poll() is None or _may_have_left_some(process.pid):
            left = end(lambda: _family(process, environment), GRACE)
        process.wait()
    code = process.returncode
    out_of_memory = code == -signal.SIGKILL and cause is Cause.ITSELF and memory.kills() > kills
    return Ending(cause, code, out_of_memory, left)


def _started(line: Sequence[str], environment: Mapping[str, str], **files: Any) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  running the user's command is the purpose
            line, stdin=subprocess.DEVNULL, env=dict(environment), start_new_session=True, **files
        )
    except OSError as err:
        if err.errno != errno.E2BIG:
            raise
        words = [*((word[:20], word) for word in line), *environment.items()]
        longest, length = max(((name, len(os.fsencode(text))) for name, text in words), key=itemgetter(1))
        told = f"its arguments and its environment are too long for the system: {length} bytes in {longest}"
        raise OSError(f"{told}; a long value can go by a file, {{params_file}}") from err
    except ValueError as err:  # of what was not text, or not a name, before it was filled in
        raise OSError(str(err)) from err


def _follow(process: "subprocess.Popen[bytes]", limit: TimeLimit, look: Callable[[], bool]) -> Cause:
    with _ending_of(process) as ended:
        while not ended(_LOOK):
            if limit.is_up():
                return Cause.TIMED_OUT
            if look():
                return Cause.STOPPED
    return Cause.ITSELF


@contextmanager
def _ending_of(process: "subprocess.Popen[bytes]") -> Iterator[Callable[[float], bool]]:
    """A function that waits so many seconds for the end of the process, and returns whether it came."""
    file = -1
    with suppress(AttributeError, OSError):  # wakes at once; elsewhere than on Linux we look now and then
        file = os.pidfd_open(process.pid)

    def ended(seconds: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            if file < 0:
                process.wait(seconds)
            else:
                wait([file], seconds)
        return process.poll() is not None

    try:
        yield ended
    finally:
        if file >= 0:
            os.close(file)


def _may_have_left_some(leader: int) -> bool:
    """A cheap question after a normal end; only where the answer is yes are all processes looked through."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, 0)
        return True
    return bool(below()) if is_adopting() else True


def _is_suspended(process: "subprocess.Popen[bytes]", environment: Mapping[str, str]) -> bool:
    """Whether all of the trial stands still; all processes are looked through only where its first one does."""
    return is_suspended(process.pid) and all(is_suspended(each.pid) for each in _family(process, environment))


def _family(process: "subprocess.Popen[bytes]", environment: Mapping[str, str]) -> list[psutil.Process]:
    process.poll()  # a child that is dead and not waited for would still count as one of its session
    trial = marked(RUN, environment[RUN], **{TRIAL: environment[TRIAL]})
    return list({*in_session(process.pid), *trial, *(below() if is_adopting() else ())})

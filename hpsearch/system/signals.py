"""Signals that ask a process to end, and streams that nobody reads: neither ends in a traceback.

Imported before all else, so it imports next to nothing.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that is closed."""

_GONE = (errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.ENOSPC)  # pipe, terminal, descriptor, device, space


class Interrupted(BaseException):
    """Somebody asked this process to end; no code of a user's that awaits KeyboardInterrupt makes a result of it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


Handler = Callable[[int, FrameType | None], None]


def begin_process(mask: Iterable[int] = ()) -> None:
    """Let ENDING signals end this process at once and quietly, and let it have three standard streams.

    Nothing is raised: an exception in the middle of an import, or at the very end, becomes another one or a traceback.
    mask: the signals that stay blocked; those that came before this are answered now.
    """
    while (file := os.open(os.devnull, os.O_RDWR)) <= 2:  # what is closed would be taken by the next file that opens
        os.set_inheritable(file, True)
    os.close(file)
    for number in _heard():
        signal.signal(number, leave)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    sys.unraisablehook = _unraisable
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115  a stream for the whole process
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what ASCII has no letter for is no reason to end
            stream.reconfigure(errors="replace")


def leave(number: int, frame: FrameType | None = None) -> None:  # noqa: ARG001  the signal module's signature
    """End this process at once, with the exit code that stands for a signal."""
    if number == signal.SIGINT:
        say("Interrupted.")
    os._exit(128 + number)


def say(text: str) -> None:
    """Write to the terminal from a signal handler, which may have come in the middle of any other print."""
    with suppress(OSError):  # it may be the terminal that has gone
        os.write(2, f"\n{text}\n".encode())


@contextmanager
def handled(handler: Handler) -> Iterator[None]:
    """Let a handler of one's own have the ENDING signals."""
    before = {number: signal.signal(number, handler) for number in _heard()}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signal module's signature
    """Raise Interrupted: for what has to clear up behind itself."""
    raise Interrupted(number)


@contextmanager
def unheard() -> Iterator[None]:
    """Let a process that starts meanwhile hear no Ctrl-C and no hangup until it asks for them by `hear`."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear() -> None:
    """Take in signals that `unheard` held back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGHUP})


def outlive_readers() -> None:
    """Let what is written to a closed pipe, terminal or descriptor from now on be lost, and nothing else with it."""
    for name in ("stdout", "stderr"):
        stream: TextIO = getattr(sys, name)
        if stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            with suppress(OSError):
                stream.flush()
            buffer = io.BufferedWriter(_Lasting(stream.fileno(), "w", closefd=False))
            lines = stream.isatty()
            setattr(sys, name, io.TextIOWrapper(buffer, stream.encoding, stream.errors, line_buffering=lines))


def discard_output() -> None:
    """Let what standard output still holds, and all that would come, go nowhere."""
    file = os.open(os.devnull, os.O_WRONLY)
    os.dup2(file, 1)
    os.close(file)


class _Lasting(io.FileIO):
    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except OSError as err:
            if err.errno not in _GONE:
                raise
            return len(data)


def _heard() -> list[signal.Signals]:
    """All of ENDING but a hangup that `nohup` lets be ignored."""
    return [n for n in ENDING if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]


def _unraisable(found: "sys.UnraisableHookArgs") -> None:
    if not isinstance(found.exc_value, Interrupted):  # it came while something was being cleared away
        sys.__unraisablehook__(found)

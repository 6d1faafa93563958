"""Surrounds a call of the user's code: its output goes to the trial's files, its children end with it."""

import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path

import psutil

from hpsearch.objectives.folder import STDERR, STDOUT
from hpsearch.system.environment import environment
from hpsearch.system.processes import below, end, is_adopting

_GRACE = 1.0


@contextmanager
def captured(folder: Path) -> Iterator[None]:
    """Let all that is written to stdout and stderr, by whatever code, go to the folder's files.

    Only in a worker process: in the engine's own the terminal stays as it is, for a debugger. Files that stay empty
    are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {1: folder / STDOUT, 2: folder / STDERR}
    for path in paths.values():
        path.write_bytes(b"")  # what an earlier attempt wrote does not count
    before: dict[int, int] = {}
    if multiprocessing.parent_process() is not None:
        _flush()
        before = {number: os.dup(number) for number in paths}
        for number, path in paths.items():
            with path.open("ab", buffering=0) as file:
                os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        if before:
            _flush()
        for number, saved in before.items():
            os.dup2(saved, number)
            os.close(saved)
        for path in paths.values():
            with suppress(OSError):
                if path.stat().st_size == 0:
                    path.unlink()
        with suppress(OSError):  # not empty: the function keeps something there
            folder.rmdir()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # it may be closed, or something else
            stream.flush()
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def note_traceback(folder: Path) -> None:
    """Append the traceback of the exception that is being handled to the trial's stderr."""
    _flush()
    with (folder / STDERR).open("a", encoding="utf-8", errors="backslashreplace") as file:
        traceback.print_exc(file=file)


@contextmanager
def one_process(folder: Path) -> Iterator[None]:
    """End here what the code has forked, however it comes out of it: only the process that was called answers."""
    own, code = os.getpid(), 0
    try:
        yield
    except BaseException as err:
        if os.getpid() == own:
            raise
        code = err.code if isinstance(err, SystemExit) and isinstance(err.code, int) else 1
        if not isinstance(err, SystemExit):
            note_traceback(folder)
    if os.getpid() != own:
        _flush()
        os._exit(code)


@contextmanager
def surroundings(variables: Mapping[str, str]) -> Iterator[None]:
    """Set these variables and the working directory back when the call ends, and end the processes it left."""
    try:
        with chdir("."), environment(variables):
            yield
    finally:
        if is_adopting():
            end(_children, _GRACE)


def _children() -> list[psutil.Process]:
    """What a function started, but for the one that multiprocessing itself keeps for this process's lifetime."""
    kept = getattr(getattr(resource_tracker, "_resource_tracker", None), "_pid", None)
    return [process for process in below() if process.pid != kept]

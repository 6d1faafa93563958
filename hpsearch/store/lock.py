"""One writer per run: a lock that the operating system lets go when its process dies, however it dies."""

import fcntl
import json
import os
import time
from pathlib import Path

from hpsearch.errors import RunLockedError

_TRIES = 5
_PAUSE = 0.04  # seconds


class WriterLock:
    """Held from its making until `release`; the file says who holds it.

    Raises:
        RunLockedError: another process holds it.
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        # Opened without truncation: the text belongs to the holder until the lock is ours.
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._acquire()
        except BlockingIOError as err:
            holder = _holder(path)
            os.close(self._file)
            raise RunLockedError(
                f"{path.parent}: another hpsearch is writing to this run{holder}\n"
                "  wait for it, stop it, or start a run of your own beside it with --new"
            ) from err
        os.ftruncate(self._file, 0)
        text = json.dumps({"pid": os.getpid(), "started": time.strftime("%Y-%m-%d %H:%M:%S")})
        os.write(self._file, text.encode())

    def _acquire(self) -> None:
        """Take the lock; `writer` holds it for an instant when it looks, so one refusal is none."""
        for _ in range(_TRIES - 1):
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE)
        return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let others write."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def writer(path: Path) -> int | None:
    """The process that holds the lock now; None when none does."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
    finally:
        os.close(file)
    return None


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f" (pid {holder['pid']}, since {holder['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""

"""One writer per run: a lock that the operating system lets go when its process dies, however it dies."""

import fcntl
import json
import os
import time
from pathlib import Path

from hpsearch.errors import RunLockedError

__all__ = ["WriterLock"]


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
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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

    def release(self) -> None:
        """Let others write."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f" (pid {holder['pid']}, since {holder['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""

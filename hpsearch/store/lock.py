"""One writer per run: a lock that the operating system lets go when its process dies, however it dies."""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from hpsearch.errors import RunLockedError

LOCK = "lock"
_TRIES = 5
_PAUSE = 0.04  # seconds


class WriterLock:
    """The lock of a run's folder, held from its making until `release`; its file says who holds it.

    Raises:
        RunLockedError: another process holds it.
        OSError: the file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        # Opened without truncation: the text belongs to the holder until the lock is ours.
        self._file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not self._acquired():
            holder = _holder(folder)
            os.close(self._file)
            since = f" (pid {holder[0]}, since {holder[1]})" if holder else ""
            raise RunLockedError(
                f"{folder}: another hpsearch is writing to this run{since}\n"
                "  wait for it, stop it, or start a run of your own beside it with --new"
            )
        os.ftruncate(self._file, 0)
        text = json.dumps({"pid": os.getpid(), "started": time.strftime("%Y-%m-%d %H:%M:%S")})
        os.write(self._file, text.encode())

    def _acquired(self) -> bool:
        """Take the lock; `running_process` holds it for an instant when it looks, so one refusal is none."""
        for attempt in range(_TRIES):
            time.sleep(_PAUSE if attempt else 0)
            with suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
        return False

    def release(self) -> None:
        """Let others write."""
        os.close(self._file)


def running_process(folder: Path) -> int | None:
    """The process that writes to this run now; None when none does."""
    try:
        file = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(folder)
        return holder[0] if holder else None
    finally:
        os.close(file)
    return None


def _holder(folder: Path) -> tuple[int, str] | None:
    """Whose lock it is, and since when, as its file says; None where that cannot be read."""
    try:
        holder = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        return int(holder["pid"]), holder["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return None

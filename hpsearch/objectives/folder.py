"""The folder of a trial's own: its output as it comes, its parameters, and what its program keeps there."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hpsearch.errors import StoreError
from hpsearch.trial import Job

STDOUT, STDERR = "stdout", "stderr"
RUN, TRIAL, PARAMS = "HPSEARCH_RUN", "HPSEARCH_TRIAL", "HPSEARCH_PARAMS"
_STOP = "stop"
_FULL = 2**16  # bytes; with less than this what a program writes is cut off, and so may be its metric


def trial_folder(run: Path, number: int, replicate: int = 0) -> Path:
    """Where trial `number` of the run in this folder keeps its files: `trials/7`; its replicates in `trials/7.1`."""
    return run / "trials" / (f"{number}.{replicate}" if replicate else f"{number}")


def checkpoint_folder(run: Path, job: Job, reached: int) -> Path:
    """Where a job keeps what it has become by a resource, to be carried on from: `trials/7/checkpoint-12`."""
    return trial_folder(run, job.trial.number, job.replicate) / f"checkpoint-{reached}"


def variables(run: Path, job: Job) -> Mapping[str, str]:
    """The environment that tells a program which trial it is; by the first two its processes are found again."""
    return {
        RUN: str(run),
        TRIAL: str(job.trial.number),
        "HPSEARCH_SEED": str(job.seed),
        "HPSEARCH_DIR": str(trial_folder(run, job.trial.number, job.replicate)),
        PARAMS: json.dumps(dict(job.trial.params)),
    }


def check_space(run: Path) -> None:
    """Raise the system's error for a full disk: what a trial gave says nothing then, and it is to be run again."""
    disk = os.statvfs(run)
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    if disk.f_blocks and free * disk.f_frsize < _FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def needing_space(run: Path) -> Iterator[None]:
    """Turn the system's error for a full disk into StoreError, which ends the search in order."""
    try:
        yield
    except OSError as err:
        if err.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StoreError(f"{run}: the disk is full\n  make room and type the same command again") from err


def request_stop(run: Path, number: int) -> None:
    """Ask a running trial to end: a command within a second, a generator function at its next step."""
    folder = trial_folder(run, number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _STOP).touch()


def stop_requested(folder: Path) -> bool:
    """Whether somebody asked the trial of this folder to end."""
    return (folder / _STOP).exists()


def forget_stop(folder: Path) -> None:
    """A trial that begins is asked anew."""
    (folder / _STOP).unlink(missing_ok=True)


def tail(path: Path, lines: int = 10, width: int = 4096) -> list[str]:
    """The last lines of a file that hold anything, read from its last `width` bytes alone."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - width))
        text = file.read(width).decode("utf-8", "replace")
        return [line.rstrip() for line in text.replace("\r", "\n").split("\n") if line.strip()][-lines:]
    return []

"""The folder of a trial's own: its output as it comes, its parameters, and what its program keeps there."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hpsearch.errors import StoreError
from hpsearch.trial import Job, Place

STDOUT, STDERR = "stdout", "stderr"
RUN, TRIAL, PARAMS = "HPSEARCH_RUN", "HPSEARCH_TRIAL", "HPSEARCH_PARAMS"
CARRIED = ("until", "checkpoint_in", "checkpoint_out")
"""What a trial that can be carried on is told, as placeholders, keywords and, behind HPSEARCH_, variables."""
CHECKPOINT, PARTIAL = "checkpoint-", ".partial"
_STOP = "stop"
_BEFORE = ".before"
_FULL = 2**16  # bytes; with less than this what a program writes is cut off, and so may be its metric


def trial_folder(run: Path, number: int, replicate: int = 0) -> Path:
    """Where trial `number` of the run in this folder keeps its files: `trials/7`; its replicates in `trials/7.1`."""
    return run / "trials" / (f"{number}.{replicate}" if replicate else f"{number}")


def checkpoint_folder(run: Path, place: Place) -> Path:
    """Where the checkpoint of a trial is: `trials/7/checkpoint-12`."""
    number, replicate, reached = place
    return trial_folder(run, number, replicate) / f"{CHECKPOINT}{reached}"


def partial_folder(run: Path, job: Job, reached: int) -> Path:
    """Where a job leaves it; the name is another one, so that half of a checkpoint is never taken for a whole one."""
    folder = checkpoint_folder(run, (job.trial.number, job.replicate, reached))
    return folder.with_name(folder.name + PARTIAL)


def set_aside(run: Path, numbers: Collection[int]) -> None:
    """Let trials that are run again begin in a fresh folder: the old one is kept beside it, once.

    Those that are kept of other trials are out of date: their new results are in.
    """
    begun = {_before(run, number): trial_folder(run, number) for number in numbers}
    for before in set((run / "trials").glob(f"*{_BEFORE}")) - begun.keys():
        shutil.rmtree(before, ignore_errors=True)
    for before, place in begun.items():
        if place.exists() and not before.exists():
            place.rename(before)


def forget_before(run: Path, numbers: Collection[int]) -> None:
    """Remove what is kept of trials whose new results are in."""
    for number in numbers:
        shutil.rmtree(_before(run, number), ignore_errors=True)


def put_in_place(run: Path, numbers: Collection[int]) -> None:
    """Let trials that are not run again after all have their folders as they were."""
    for number in numbers:
        if (before := _before(run, number)).exists():
            shutil.rmtree(trial_folder(run, number), ignore_errors=True)
            before.rename(trial_folder(run, number))


def _before(run: Path, number: int) -> Path:
    place = trial_folder(run, number)
    return place.with_name(place.name + _BEFORE)


def variables(run: Path, job: Job) -> Mapping[str, str]:
    """The environment that tells a program which trial it is; by the first two its processes are found again."""
    found = {
        RUN: str(run),
        TRIAL: str(job.trial.number),
        "HPSEARCH_SEED": str(job.seed),
        "HPSEARCH_DIR": str(trial_folder(run, job.trial.number, job.replicate)),
        PARAMS: json.dumps(dict(job.trial.params)),
    }
    return found | {
        f"HPSEARCH_{name.upper()}": "" if value is None else str(value) for name, value in carried(run, job)
    }


def carried(run: Path, job: Job) -> list[tuple[str, Path | int | None]]:
    """What tells a program how far to train, from which checkpoint and where to leave one; None for none."""
    left = None if job.reach is None else partial_folder(run, job, job.reach)
    origin = None if job.origin is None else checkpoint_folder(run, job.origin)
    return list(zip(CARRIED, (job.reach, origin, left), strict=True))


def keep_output(folder: Path, job: Job) -> None:
    """Let what the segment before has printed stand beside what this one will; once, for all attempts."""
    for name in (STDOUT, STDERR):
        file, kept = folder / name, folder / f"{name}.{job.start}"
        if not job.start:
            for _, path in _parts(folder, name):
                path.unlink()
        elif file.exists() and not kept.exists():
            file.replace(kept)


def outputs(folder: Path, name: str) -> list[Path]:
    """The files of what a trial printed, that of its first segment first."""
    newest = [folder / name] if (folder / name).exists() else []
    return [*(path for _, path in sorted(_parts(folder, name))), *newest]


def _parts(folder: Path, name: str) -> list[tuple[int, Path]]:
    found = ((path.name.removeprefix(f"{name}."), path) for path in folder.glob(f"{name}.*"))
    return [(int(start), path) for start, path in found if start.isdecimal()]


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

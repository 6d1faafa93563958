"""What a trial has become by a resource, as a folder of its own: written beside, renamed, and checked when it is used.

Nobody but the objective knows what is in it. What is kept, and for how long, is for the search to say.
"""

import os
import shutil
import zlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from hpsearch.errors import CheckpointLostError
from hpsearch.objectives.folder import CHECKPOINT, checkpoint_folder, partial_folder
from hpsearch.trial import Checkpoint, Job, Place, Result, Status

_CHUNK = 2**20  # bytes


def given(run: Path, job: Job) -> Path | None:
    """The checkpoint that a job goes on from; None where it starts afresh.

    Raises:
        CheckpointLostError: it is not there, or not what was written.
    """
    if job.origin is None:
        return None
    folder = checkpoint_folder(run, job.origin)
    number, _, reached = job.origin
    if not folder.is_dir():
        raise CheckpointLostError(f"the checkpoint of trial {number} at {reached} is gone")
    if job.checkpoint is not None and measured(folder) != (job.checkpoint.size, job.checkpoint.checksum):
        raise CheckpointLostError(f"the checkpoint of trial {number} at {reached} is damaged")
    return folder


def begun(run: Path, job: Job) -> Path | None:
    """An empty folder for what a job is to be carried on from; None where nobody knows how far it will get."""
    if job.reach is None:
        return None
    folder = partial_folder(run, job, job.reach)
    _clear(folder)
    folder.mkdir(parents=True)
    return folder


def concluded(run: Path, job: Job, result: Result) -> Result:
    """The result of a job with what it has left to be carried on from: paused where it was to pause."""
    if result.status is not Status.COMPLETE or job.reach is None:
        if job.reach is not None:
            _clear(partial_folder(run, job, job.reach))
        return result
    checkpoint = _kept(run, job, job.reach)
    if job.until is None:
        return replace(result, checkpoint=checkpoint)
    if checkpoint is None:
        error = f"it was to pause at {job.until} and left nothing to be carried on from: {_HOW}"
        return replace(result, status=Status.FAILED, error=CheckpointLostError(error).shown())
    return replace(result, status=Status.PAUSED, checkpoint=checkpoint)


_HOW = "train up to HPSEARCH_UNTIL ({until}), then write all that training goes on from into HPSEARCH_CHECKPOINT_OUT"


def _kept(run: Path, job: Job, reached: int) -> Checkpoint | None:
    """Give what a job has left its name; None where that is nothing."""
    partial, folder = (
        partial_folder(run, job, reached),
        checkpoint_folder(run, (job.trial.number, job.replicate, reached)),
    )
    if partial.is_symlink() or not partial.is_dir() or not any(partial.iterdir()):
        _clear(partial)
        return None
    for link in [path for path in partial.rglob("*") if path.is_symlink()]:
        if (target := link.readlink()).is_relative_to(partial):  # which has another name from here on
            link.unlink()
            link.symlink_to(os.path.relpath(target, link.parent))
    found = Checkpoint(*measured(partial))
    _clear(folder)
    partial.replace(folder)
    return found


def _clear(path: Path) -> None:
    """Remove a folder, or what a program has put in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def measured(folder: Path) -> tuple[int, int]:
    """The size of a folder in bytes, and the CRC-32 of its files with their names; of a link, of where it leads."""
    size = checksum = 0
    for path in sorted(folder.rglob("*")):
        checksum = zlib.crc32(os.fsencode(path.relative_to(folder)), checksum)
        if path.is_symlink():
            checksum = zlib.crc32(os.fsencode(path.readlink()), checksum)
        elif path.is_file():
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    checksum = zlib.crc32(chunk, checksum)
    return size, checksum


def remove(run: Path, place: Place) -> None:
    """Remove the checkpoint of a trial."""
    _clear(checkpoint_folder(run, place))


def remove_all_but(run: Path, keep: Collection[Place]) -> None:
    """Remove what no job can ask for any more, and what those that were killed have left half written."""
    wanted = {checkpoint_folder(run, place) for place in keep}
    for folder in (run / "trials").glob(f"*/{CHECKPOINT}*"):
        if folder not in wanted:
            _clear(folder)

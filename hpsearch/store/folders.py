"""The folders of runs as a whole: their size on disk, and deleting, renaming and copying them.

Each is one rename, which happens or does not: a run is deleted after it has got a name that no run has, and is copied
under such a name before it gets its own. Killed in between, that name says what was going on.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hpsearch.errors import RunLockedError, StoreError, UsageError
from hpsearch.store.lock import LOCK, WriterLock, running_process
from hpsearch.store.opening import (
    BEST_MODEL,
    COPYING,
    DATABASE,
    EVALUATIONS,
    KEYS,
    REMOVING,
    TRIALS,
    UNFINISHED,
    holds_run,
)

_LONGEST = 255  # bytes of a name, on most disks
_DONE = {COPYING: "copied", REMOVING: "deleted"}
_OWN = (LOCK, TRIALS, EVALUATIONS, KEYS, "running")
"""What a run writes beside its database and its best model, the files of trials that run among it."""


def size_on_disk(folder: Path) -> int:
    """Bytes that a folder takes on its disk, as `du` counts them; no link within is followed."""
    blocks, places = dict[tuple[int, int], int](), [os.fspath(folder)]  # by file: one may have several names

    def count(found: os.stat_result) -> None:
        blocks[found.st_dev, found.st_ino] = found.st_blocks

    while places:
        place = places.pop()
        with suppress(OSError):  # what goes away meanwhile, or cannot be looked at, is nothing
            count(Path(place).stat())
            with os.scandir(place) as items:
                for item in items:
                    if item.is_dir(follow_symlinks=False):
                        places.append(item.path)
                    else:
                        with suppress(OSError):
                            count(item.stat(follow_symlinks=False))
    return 512 * sum(blocks.values())


def unfinished(runs: Path) -> list[Path]:
    """The folders that a copy or a deletion has left, or still works on."""
    return sorted(path for path in runs.glob(".*") if path.name.startswith(UNFINISHED) and path.is_dir())


def meant(folder: Path) -> str:
    """The name of the run that a folder is of, or that an unfinished copy or deletion is of."""
    mark = next((mark for mark in UNFINISHED if folder.name.startswith(mark)), "")
    return folder.name.removeprefix(mark)


def leftovers(folder: Path) -> list[Path]:
    """What a copy to this folder, or its deletion, has left."""
    places = (_beside(folder, mark) for mark in UNFINISHED)
    return [place for place in places if place.is_dir() and not place.is_symlink()]


def _beside(folder: Path, mark: str) -> Path:
    name = os.fsencode(mark + folder.name)[:_LONGEST]
    return folder.parent / os.fsdecode(name)


def check_free(folder: Path) -> None:
    """UsageError where something has this name already."""
    if os.path.lexists(folder):
        what = f"run {folder.name}" if holds_run(folder) else f"{'folder' if folder.is_dir() else 'file'} {folder}"
        raise UsageError(f"there is a {what} already\n  choose another name", code="U103")


def check_removable(folder: Path) -> None:
    """UsageError or StoreError where a folder is not one that a run alone has made, or where the run goes on."""
    if folder.is_symlink():
        raise UsageError(
            f"{folder}: is a link, and links are not followed\n  name the folder itself: {folder.resolve()}"
        )
    check_still(folder)
    items = sorted(item.name for item in folder.iterdir())
    if not any(name == LOCK or name.startswith(DATABASE) for name in items):
        raise UsageError(f"{folder}: is not the folder of a run: there is neither {DATABASE} nor {LOCK} in it")
    others = [name for name in items if not name.startswith((DATABASE, BEST_MODEL)) and name not in _OWN]
    if not os.access(folder, os.W_OK):
        raise StoreError(f"{folder}: is write-protected\n  `chmod u+w` it first")
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise UsageError(
            f"{folder}: there is more in it than a run writes: {', '.join(others[:3])}{more}\n"
            "  move that away first, or delete the folder by hand"
        )


def check_still(folder: Path) -> None:
    """RunLockedError where a process writes to the run now."""
    if process := running_process(folder):
        raise _running(folder, f" (pid {process})")


def _running(folder: Path, who: str = "") -> RunLockedError:
    if mark := next((mark for mark in UNFINISHED if folder.name.startswith(mark)), None):
        return RunLockedError(f"{meant(folder)}: is being {_DONE[mark]}{who}\n  wait for it")
    fix = f"`hpsearch stop {folder.name}` ends it; or wait for it"
    return RunLockedError(f"{folder}: is running{who}\n  {fix}")


def remove_run(folder: Path) -> int:
    """Delete a run, and what an earlier deletion or a copy to its name has left; return the bytes that were freed.

    Raises:
        StoreError: it is running, or cannot be deleted; the text says what was.
    """
    freed = sum(_deleted(place) for place in leftovers(folder))
    if os.path.lexists(folder):
        check_removable(folder)
        place = _beside(folder, REMOVING)
        with _alone(folder, "deleted"):
            folder.rename(place)
        freed += _deleted(place)
    return freed


def _deleted(folder: Path) -> int:
    freed = size_on_disk(folder)
    with _alone(folder, "deleted", after="mend this and type the same command again, which deletes the rest"):
        _open_up(folder)
        for item in folder.iterdir():
            if item.name != LOCK:  # while it is there, others see that this goes on
                _delete(item)
        shutil.rmtree(folder)
    return freed


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _open_up(folder: Path) -> None:
    """Let the owner write in all folders of a run: a trial may have made some that are read-only."""
    folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
    for place, names, _ in os.walk(folder):
        for path in (Path(place, name) for name in names):
            if not path.is_symlink() and (mode := path.stat().st_mode) & stat.S_IRWXU != stat.S_IRWXU:
                path.chmod(mode | stat.S_IRWXU)


def rename_run(folder: Path, target: Path) -> None:
    """Give a run another name.

    Raises:
        UsageError: there is something of that name.
        StoreError: it is running, or cannot be renamed; nothing was changed.
    """
    with _alone(folder, "renamed"):
        check_free(target)
        folder.rename(target)


def copy_run(folder: Path, target: Path) -> None:
    """Make a whole copy of a run, which goes on for itself; a damaged one is copied as it is.

    Links within a trial's folder are copied as links; what lies beside the database is copied even where it is one.

    Raises:
        UsageError: there is something of that name.
        StoreError: it is running, or cannot be copied; nothing is left of the copy.
    """
    check_free(target)
    place = _beside(target, COPYING)
    with _alone(folder, "copied", reads=True):
        try:
            place.mkdir(parents=True, exist_ok=True)
            with _alone(place, "copied"):
                _fill(folder, place)
                check_free(target)
                place.rename(target)
        except RunLockedError:  # another copy to this name goes on
            raise
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise


def _fill(folder: Path, place: Path) -> None:
    """Copy everything of a run but its lock into a folder in which an earlier copy may have begun."""
    _open_up(place)
    for path in place.iterdir():
        if path.name != LOCK:
            _delete(path)
    for path in folder.iterdir():
        new = place / path.name
        if path.is_dir():
            _copy_tree(path, new)
        elif path.is_file() and path.name != LOCK:
            shutil.copy2(path, new)
            new.chmod(new.stat().st_mode | stat.S_IRUSR | stat.S_IWUSR)
    _open_up(place)


def _copy_tree(folder: Path, target: Path) -> None:
    """Copy folders, files and links, which stay links; there is nothing to copy of pipes, sockets and devices.

    The first error ends it, where `shutil.copytree` would try every other file of a full disk.
    """
    target.mkdir()
    for path in folder.iterdir():
        new = target / path.name
        if path.is_symlink():
            new.symlink_to(path.readlink())
        elif path.is_dir():
            _copy_tree(path, new)
        elif path.is_file():
            shutil.copy2(path, new)
    shutil.copystat(folder, target)


@contextmanager
def _alone(
    folder: Path, done: str, *, reads: bool = False, after: str = "nothing was changed; mend this and try again"
) -> Iterator[None]:
    """Keep others from writing to a run meanwhile; StoreError where it cannot be `done`.

    reads: whether this only reads, so that a folder in which no lock can be written will do.
    """
    lock = None
    try:
        try:
            lock = WriterLock(folder)
        except RunLockedError as err:
            raise _running(folder) from err
        except OSError as err:
            if not reads or err.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            check_still(folder)
        yield
    except OSError as err:
        reason = f"{err.filename}: {err.strerror}" if err.filename else str(err.strerror or err)
        raise StoreError(f"{folder.parent / meant(folder)}: cannot be {done}: {reason}\n  {after}") from err
    finally:
        if lock is not None:
            lock.release()

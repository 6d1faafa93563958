"""Opening a run's database: whole, or refused with what to do; and errors of the database in words for people."""

import errno
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hpsearch.errors import StoreError
from hpsearch.store.lock import LOCK, WriterLock, running_process
from hpsearch.store.log import log_damage, replay
from hpsearch.store.migrations import VERSION, create, migrate, transaction, version_of
from hpsearch.store.states import State, UnreadableError
from hpsearch.store.tables import FACTS, ROUNDS, DamagedRowError, Facts, Round, Row
from hpsearch.trial import Trial

DATABASE = "run.db"
REPAIRED = f"{DATABASE}.repaired"
BEST_MODEL = "best.npz"
TRIALS = "trials"
EVALUATIONS = "evaluations.txt"
KEYS = "keys.txt"
"""The touches of all sessions of `babysit`: a line each, `EPOCH COMMAND`."""
COPYING, REMOVING = UNFINISHED = (".copying.", ".removing.")
"""What the name of a folder begins with that is being made from a run, or being deleted: no run's name does."""

_ERRORS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "disk I/O", errno.EIO: "disk I/O"}
_SMALLEST = 512  # bytes of the smallest page

# Every trial has a result or waits for one.
# Earlier versions kept a round once the first of its results was in.
# Forks by hand are of none.
_ROUNDS_LOST = """FROM (SELECT round AS number FROM trials WHERE round > 0 AND number IN (SELECT trial FROM results)
        UNION SELECT 1 FROM facts
        UNION SELECT number - 1 FROM rounds WHERE number > 1) WHERE number NOT IN (SELECT number FROM rounds)"""
_ONLY_CURVES = "FROM curves WHERE trial NOT IN (SELECT number FROM trials)"


def run_folders(runs: Path) -> list[Path]:
    """The folders of all runs, the newest last; those in which only remains of one are come first."""
    folders = (folder for folder in runs.glob("*") if holds_run(folder) and not folder.name.startswith(UNFINISHED))
    return sorted(folders, key=lambda folder: (_changed(folder / DATABASE), folder.name))


def _changed(path: Path) -> int:
    with suppress(OSError):  # it may not be there, or not be looked at
        return path.stat().st_mtime_ns
    return 0


def holds_run(folder: Path) -> bool:
    """Whether a run is in a folder, or what is left of one; one that cannot be looked into may hold one."""
    try:
        return (folder / DATABASE).exists() or bool(remains(folder))
    except PermissionError:
        return True


def remains(folder: Path) -> list[str]:
    """What lies in a folder where a run has been whose database is not there: its log, a repair, trials, a model."""
    if (folder / DATABASE).exists():
        return []
    parts = [f"{DATABASE}-wal", REPAIRED, f"{DATABASE}.damaged", TRIALS, BEST_MODEL]
    return [part for part in parts if (folder / part).exists()]


def check_there(folder: Path) -> None:
    """StoreError where a run has been and its database is gone: another would be begun among its remains."""
    if (folder / REPAIRED).exists():
        fix = f"`hpsearch repair {folder.name}` brings it to its end"
        raise UnreadableError(f"{folder}: a repair was interrupted\n  {fix}", State.REPAIRING)
    if left := remains(folder):
        raise UnreadableError(
            f"{folder}: the database of this run is gone ({DATABASE}); there is still {', '.join(left)}\n"
            f"  put {DATABASE} back, or start afresh with --new or with another --name",
            State.GONE,
        )


def lock_of(folder: Path) -> WriterLock:
    """The lock of a folder that exists from now on."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return WriterLock(folder)
    except OSError as err:
        raise StoreError(
            f"{folder}: cannot be written: {err.strerror}\n  choose another place with --runs, or free it"
        ) from err


def begin(path: Path, facts: Facts, round_: Round) -> None:
    """Make a database with all that every reader relies on; it is there as a whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with closing(sqlite3.connect(new, isolation_level=None)) as db, transaction(db):
        create(db)
        put_first(db, facts, round_)
    new.replace(path)


def put_first(db: sqlite3.Connection, facts: Facts, round_: Round) -> None:
    """Write what a run begins with; inside a transaction of the caller's."""
    db.executemany(FACTS.put, facts.rows())
    db.execute(ROUNDS.put, replace(round_, started=time.time()).row())


def check_emptied(folder: Path) -> None:
    """DatabaseError where nothing is left of a database, which SQLite would take for a new one."""
    path = folder / DATABASE
    size = path.stat().st_size if path.exists() else _SMALLEST
    others = (item for item in folder.iterdir() if item.name != LOCK and not item.name.startswith(DATABASE))
    if 0 < size < _SMALLEST or (size == 0 and any(others)):
        raise sqlite3.DatabaseError(f"malformed: it has {size} bytes")


def check_log(folder: Path, *, alone: bool) -> None:
    """DatabaseError where a killed writer's log is damaged, before SQLite cuts it off there.

    A log that grows cannot be judged: who is not `alone` looks twice, and only where nobody writes.
    """
    found = None if not alone and running_process(folder) else log_damage(folder / DATABASE)
    if found and (alone or (running_process(folder) is None and log_damage(folder / DATABASE) == found)):
        raise sqlite3.DatabaseError(f"malformed: {found}")


def open_writer(path: Path) -> sqlite3.Connection:
    """The database for its one writer, brought up to date."""
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA journal_mode = WAL")
    # In WAL mode a commit survives the death of any process; only a power cut may take the newest ones.
    db.execute("PRAGMA synchronous = NORMAL")
    migrate(db)
    _check_structure(db)
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """The database for a reader; one of an earlier version as a copy in memory that is brought up to date."""
    try:
        return _reader(f"{path.resolve().as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # Readers of a WAL database write its index file; in a read-only folder only this way is left.
        with TemporaryDirectory() as place:
            whole = Path(place) / DATABASE
            replay(path, whole)
            return _reader(f"{whole.as_uri()}?immutable=1")


def _reader(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            fix = "look again in a moment"
            raise UnreadableError(f"this run has only begun, there is nothing in it yet\n  {fix}", State.BEGUN)
        if version_of(db) < VERSION:
            old, db = db, sqlite3.connect(":memory:", isolation_level=None)
            old.backup(db)
            old.close()
            migrate(db)
        db.execute("SELECT count(*) FROM facts").fetchone()
        _check_structure(db)
    except BaseException:
        db.close()
        raise
    return db


def _check_structure(db: sqlite3.Connection) -> None:
    """DatabaseError where pages or trees of the database are damaged, which a query might not notice."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")
    _require_none(db.execute(f"SELECT count(*) {_ROUNDS_LOST}").fetchone()[0], "rounds are not there")


def check_relations(db: sqlite3.Connection, trials: Set[int], rows: Iterable[Row]) -> None:
    """DatabaseError where a trial that others rely on is not there, or has been left alone.

    rows: those of results and jobs, which begin with trial and replicate.
    """
    rows = list(rows)
    of, begun = {row[0] for row in rows}, {row[0] for row in rows if not row[1]}
    gone = len(of - trials) or db.execute(f"SELECT count(*) {_ONLY_CURVES}").fetchone()[0]
    _require_none(len(trials - begun), "trials have neither a result nor a place in the queue")
    _require_none(gone, "trials that results, curves or jobs are of are not there")


def descended_from(trials: Mapping[int, Trial], known: Mapping[int, Trial]) -> Iterator[Trial]:
    """The trials past the end of the search that others descend from."""
    for trial in trials.values():
        while trial.parent is not None and trial.parent not in trials:
            yield (trial := known[trial.parent])


def _require_none(lost: int, what: str) -> None:
    if lost:
        raise sqlite3.DatabaseError(f"malformed: {lost} {what}")


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Say in words for people what went wrong with the database."""
    try:
        yield
    except (DamagedRowError, ValueError, KeyError) as err:
        raise _damaged(folder, str(err)) from err
    except OSError as err:
        kind = _ERRORS.get(err.errno or 0, "unable to open")
        raise _explanation(folder, f"{kind}: {err.strerror}", operational=True) from err
    except sqlite3.DatabaseError as err:
        raise _explanation(folder, str(err), operational=isinstance(err, sqlite3.OperationalError)) from err


def _explanation(folder: Path, text: str, *, operational: bool) -> StoreError:
    safe = "what was finished before is safe; mend this and type the same command again"
    if "full" in text:
        return StoreError(f"{folder}: the disk is full\n  {safe}")
    if "disk I/O" in text:
        limits = "is it full, broken, or is the size of files limited (ulimit -f)?"
        return StoreError(f"{folder}: the disk does not take what is written: {limits}\n  {safe}")
    if "readonly" in text or "unable to open" in text:
        check = "check the permissions of the folder"
        return StoreError(f"{folder}: it cannot be written or read here: {check}\n  {safe}")
    if operational and not any(sign in text for sign in ("no such", "malformed", "decode")):
        return StoreError(f"{folder}: {text}\n  {safe}")
    return _damaged(folder, text)


def _damaged(folder: Path, text: str) -> StoreError:
    fix = f"`hpsearch repair {folder.name}` saves what can be read; or start afresh with --new"
    return UnreadableError(f"{folder}: the database is damaged ({text})\n  {fix}", State.DAMAGED)

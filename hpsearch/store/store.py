"""A run on disk: SQLite in WAL mode, one writer, readers that never block it."""

import json
import os
import platform
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import numpy as np

from hpsearch.errors import StoreError
from hpsearch.store.lock import WriterLock, writer
from hpsearch.store.log import log_damage, replay
from hpsearch.store.migrations import migrate
from hpsearch.store.tables import (
    DamagedRowError,
    checked,
    curve_row,
    job_from,
    job_row,
    result_from,
    result_row,
    sealed,
    trial_from,
    trial_row,
)
from hpsearch.trial import History, Job, Metric, Result, Trial

DATABASE = "run.db"
_LOCK = "lock"
_SMALLEST = 512  # bytes of the smallest page


def run_folders(runs: Path) -> list[Path]:
    """The folders of all runs, the newest last."""
    found = [path.parent for path in runs.glob(f"*/{DATABASE}")]
    return sorted(found, key=lambda folder: ((folder / DATABASE).stat().st_mtime_ns, folder.name))


def running_process(folder: Path) -> int | None:
    """The process that writes to this run now; None when none does."""
    return writer(folder / _LOCK)


class Store:
    """One run's trials, results and facts. Opened for reading, or for writing by one process at a time.

    Raises:
        StoreError: the folder or the database cannot be opened, read or written.
        RunLockedError: another process writes to this run.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self._lock: WriterLock | None = None
        path = folder / DATABASE
        if write:
            self._lock = _prepared(folder)
        elif not path.exists():
            raise StoreError(f"{folder}: no run here\n  `hpsearch ls` lists the runs that there are")
        try:
            with _explained(folder):
                _check_emptied(folder)
                _check_log(folder, alone=write)
                self._db = _connect(path, write=write)
        except BaseException:
            self._unlock()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and let others write."""
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _explained(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _explained(self.folder):
            return self._db.execute(query, parameters).fetchall()

    # Facts about the run.

    def facts(self) -> dict[str, Any]:
        """What is known about the run as a whole, by name."""
        with _explained(self.folder):
            return {key: json.loads(value) for key, value in map(checked, self._rows("SELECT * FROM facts"))}

    def note(self, facts: Mapping[str, Any]) -> None:
        """Write facts about the run; a known name gets the new value."""
        rows = [sealed(key, json.dumps(value)) for key, value in facts.items()]
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def metric(self) -> Metric:
        """What the run's trials are ranked by."""
        return Metric(**self.facts()["metric"])

    # Rounds: which space was searched when.

    def add_round(self, number: int, space: Mapping[str, Any], reason: Mapping[str, Any]) -> None:
        """Note that a round with this space begins; `reason` says how the space came about."""
        with self._transaction() as db:
            row = sealed(number, json.dumps(space), json.dumps(reason), time.time())
            db.execute("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?)", row)

    def rounds(self) -> dict[int, dict[str, Any]]:
        """Round -> its space, reason and start."""
        with _explained(self.folder):
            rows = map(checked, self._rows("SELECT * FROM rounds ORDER BY number"))
            return {
                number: {"space": json.loads(space), "reason": json.loads(reason), "started": started}
                for number, space, reason, started in rows
            }

    # Trials and results.

    def add_batches(self, batches: Sequence[Sequence[Job]]) -> None:
        """Save new jobs, and which of them are trained together."""
        with self._transaction() as db:
            first = _next_batch(db)
            trials = [trial_row(job.trial) for batch in batches for job in batch]
            db.executemany("INSERT OR IGNORE INTO trials VALUES (?, ?, ?, ?, ?, ?)", trials)
            jobs = [job_row(job, first + i) for i, batch in enumerate(batches) for job in batch]
            db.executemany("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", jobs)

    def finish(self, done: Iterable[tuple[Job, Result]]) -> None:
        """Save results that arrived together; either all of them or none."""
        now = time.time()
        with self._transaction() as db:
            for job, result in done:
                row = result_row(job, result, now)
                db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                if result.curve:
                    db.execute("INSERT OR REPLACE INTO curves VALUES (?, ?, ?, ?)", curve_row(job, result))
                db.execute("DELETE FROM jobs WHERE trial = ? AND replicate = ?", (job.trial.number, job.replicate))

    def drop_pending(self) -> None:
        """Forget jobs that have no results, and trials that have none at all."""
        with self._transaction() as db:
            db.execute("DELETE FROM jobs")
            db.execute("DELETE FROM trials WHERE number NOT IN (SELECT trial FROM results)")

    def forget_results(self, numbers: Iterable[int]) -> None:
        """Put trials back to be run again, each as a batch of its own."""
        trials = self._trials()
        with self._transaction() as db:
            first = _next_batch(db)
            for i, number in enumerate(numbers):
                db.execute("DELETE FROM results WHERE trial = ? AND replicate = 0", (number,))
                db.execute("DELETE FROM curves WHERE trial = ? AND replicate = 0", (number,))
                db.execute(
                    "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", job_row(Job(trials[number]), first + i)
                )

    def _trials(self) -> dict[int, Trial]:
        with _explained(self.folder):
            return {t.number: t for t in map(trial_from, self._rows("SELECT * FROM trials ORDER BY number"))}

    def history(self) -> History:
        """All trials with their results (without curves)."""
        trials = self._trials()
        with _explained(self.folder):
            rows = map(result_from, self._rows("SELECT * FROM results WHERE replicate = 0"))
            results = {number: result for number, _, result in rows}
        return History(self.metric(), ((trial, results.get(number)) for number, trial in trials.items()))

    def pending(self) -> list[list[Job]]:
        """Batches whose results are not in, as they were put together when they were saved."""
        rows = self._rows("SELECT * FROM jobs ORDER BY batch, trial, replicate")
        trials = self._trials() if rows else {}
        batches: dict[int, list[Job]] = {}
        with _explained(self.folder):
            for row in rows:
                batch, job = job_from(row, trials[row[0]])
                batches.setdefault(batch, []).append(job)
        return list(batches.values())

    def replicates(self) -> dict[int, dict[int, Result]]:
        """Trial -> replicate -> result, for the trials that were run more than once."""
        query = """SELECT * FROM results WHERE trial IN (SELECT trial FROM results WHERE replicate > 0)
                   ORDER BY trial, replicate"""
        found: dict[int, dict[int, Result]] = {}
        with _explained(self.folder):
            for trial, replicate, result in map(result_from, self._rows(query)):
                found.setdefault(trial, {})[replicate] = result
        return found

    def curves(self, numbers: Iterable[int] | None = None) -> dict[int, dict[str, list[float]]]:
        """Trial -> its curves, by metric; of all trials, or of these."""
        query = "SELECT * FROM curves WHERE replicate = 0"
        if numbers is None:
            rows = self._rows(query)
        else:
            rows = [row for n in numbers for row in self._rows(f"{query} AND trial = ?", (n,))]
        with _explained(self.folder):
            return {trial: json.loads(curve) for trial, _, curve in map(checked, rows)}


def _next_batch(db: sqlite3.Connection) -> int:
    """A batch number that no waiting job has."""
    return int(db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0])


def _prepared(folder: Path) -> WriterLock:
    """The lock of a folder that exists from now on."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return WriterLock(folder / _LOCK)
    except OSError as err:
        raise StoreError(
            f"{folder}: cannot be written: {err.strerror}\n  choose another place with --runs, or free it"
        ) from err


def _check_emptied(folder: Path) -> None:
    """DatabaseError where nothing is left of a database, which SQLite would take for a new one."""
    path = folder / DATABASE
    size = path.stat().st_size if path.exists() else _SMALLEST
    others = (item for item in folder.iterdir() if item.name != _LOCK and not item.name.startswith(DATABASE))
    if 0 < size < _SMALLEST or (size == 0 and any(others)):
        raise sqlite3.DatabaseError(f"malformed: it has {size} bytes")


def _check_log(folder: Path, *, alone: bool) -> None:
    """DatabaseError where a killed writer's log is damaged, before SQLite cuts it off there.

    A log that grows cannot be judged: who is not `alone` looks twice, and only where nobody writes.
    """
    found = None if not alone and running_process(folder) else log_damage(folder / DATABASE)
    if found and (alone or (running_process(folder) is None and log_damage(folder / DATABASE) == found)):
        raise sqlite3.DatabaseError(f"malformed: {found}")


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if write:
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a commit survives the death of any process; only a power cut may take the newest ones.
        db.execute("PRAGMA synchronous = NORMAL")
        migrate(db)
        _check_structure(db)
        return db
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
        if not db.execute("SELECT count(*) + (SELECT * FROM pragma_user_version) FROM sqlite_schema").fetchone()[0]:
            raise StoreError("this run has only begun, there is nothing in it yet\n  look again in a moment")
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
    lost = db.execute(
        """SELECT count(*) FROM trials WHERE number NOT IN (SELECT trial FROM results WHERE replicate = 0)
           AND number NOT IN (SELECT trial FROM jobs WHERE replicate = 0)"""
    ).fetchone()[0]
    if lost:
        raise sqlite3.DatabaseError(f"malformed: {lost} trials have neither a result nor a place in the queue")


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say in words for people what went wrong with the database."""
    try:
        yield
    except (DamagedRowError, ValueError, KeyError) as err:
        raise StoreError(_damaged(folder, str(err))) from err
    except OSError as err:
        raise StoreError(_explanation(folder, f"unable to open: {err}", operational=True)) from err
    except sqlite3.DatabaseError as err:
        raise StoreError(_explanation(folder, str(err), operational=isinstance(err, sqlite3.OperationalError))) from err


def _explanation(folder: Path, text: str, *, operational: bool) -> str:
    safe = "what was finished before is safe; mend this and type the same command again"
    if "full" in text:
        return f"{folder}: the disk is full\n  {safe}"
    if "disk I/O" in text:
        limits = "is it full, broken, or is the size of files limited (ulimit -f)?"
        return f"{folder}: the disk does not take what is written: {limits}\n  {safe}"
    if "readonly" in text or "unable to open" in text:
        return f"{folder}: it cannot be written or read here: check the permissions of the folder\n  {safe}"
    if operational and not any(sign in text for sign in ("no such", "malformed", "decode")):
        return f"{folder}: {text}\n  {safe}"
    return _damaged(folder, text)


def _damaged(folder: Path, text: str) -> str:
    fix = f"`hpsearch repair {folder.name}` saves what can be read; or start afresh with --new"
    return f"{folder}: the database is damaged ({text})\n  {fix}"


def versions() -> dict[str, str]:
    """The versions that a run's figures come from."""
    from importlib.metadata import version

    return {
        "hpsearch": version("hpsearch"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
    }

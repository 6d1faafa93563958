"""A run on disk: SQLite in WAL mode, one writer, readers that never block it."""

import json
import os
import platform
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from hpsearch.errors import StoreError
from hpsearch.lock import WriterLock
from hpsearch.migrations import migrate
from hpsearch.trial import History, Job, Metric, Result, Status, Trial

__all__ = ["Store", "run_folders"]

DATABASE = "run.db"


def run_folders(runs: Path) -> list[Path]:
    """The folders of all runs, the newest last."""
    found = [path.parent for path in runs.glob(f"*/{DATABASE}")]
    return sorted(found, key=lambda folder: ((folder / DATABASE).stat().st_mtime_ns, folder.name))


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

    # Facts about the run.

    def facts(self) -> dict[str, Any]:
        """What is known about the run as a whole, by name."""
        with _explained(self.folder):
            return {key: json.loads(value) for key, value in self._db.execute("SELECT key, value FROM facts")}

    def note(self, facts: Mapping[str, Any]) -> None:
        """Write facts about the run; a known name gets the new value."""
        rows = [(key, json.dumps(value)) for key, value in facts.items()]
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)

    def metric(self) -> Metric:
        """What the run's trials are ranked by."""
        return Metric(**self.facts()["metric"])

    # Rounds: which space was searched when.

    def add_round(self, number: int, space: Mapping[str, Any], reason: Mapping[str, Any]) -> None:
        """Note that a round with this space begins; `reason` says how the space came about."""
        with self._transaction() as db:
            row = (number, json.dumps(space), json.dumps(reason), time.time())
            db.execute("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?)", row)

    def rounds(self) -> dict[int, dict[str, Any]]:
        """Round -> its space, reason and start."""
        with _explained(self.folder):
            rows = self._db.execute("SELECT number, space, reason, started FROM rounds ORDER BY number")
            return {
                number: {"space": json.loads(space), "reason": json.loads(reason), "started": started}
                for number, space, reason, started in rows
            }

    # Trials and results.

    def add_batches(self, batches: Sequence[Sequence[Job]]) -> None:
        """Save new jobs, and which of them are trained together."""
        with self._transaction() as db:
            first = db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0]
            trials = [_trial_row(job.trial) for batch in batches for job in batch]
            db.executemany("INSERT OR IGNORE INTO trials VALUES (?, ?, ?, ?, ?)", trials)
            jobs = [
                (job.trial.number, job.replicate, job.until, first + i)
                for i, batch in enumerate(batches)
                for job in batch
            ]
            db.executemany("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)", jobs)

    def finish(self, done: Iterable[tuple[Job, Result]]) -> None:
        """Save results that arrived together; either all of them or none."""
        now = time.time()
        with self._transaction() as db:
            for job, result in done:
                key = (job.trial.number, job.replicate)
                db.execute(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*key, *_row(result), now),
                )
                if result.curve:
                    db.execute("INSERT OR REPLACE INTO curves VALUES (?, ?, ?)", (*key, _curve(result)))
                db.execute("DELETE FROM jobs WHERE trial = ? AND replicate = ?", key)

    def forget_results(self, numbers: Iterable[int]) -> None:
        """Put trials back to be run again, each as a batch of its own."""
        with self._transaction() as db:
            first = db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0]
            for i, number in enumerate(numbers):
                db.execute("DELETE FROM results WHERE trial = ? AND replicate = 0", (number,))
                db.execute("INSERT OR REPLACE INTO jobs VALUES (?, 0, NULL, ?)", (number, first + i))

    def history(self) -> History:
        """All trials with their results (without curves)."""
        query = """SELECT t.number, t.round, t.params, t.seed, t.parent,
                          r.status, r.metrics, r.seconds, r.stacked, r.error
                   FROM trials t LEFT JOIN results r ON r.trial = t.number AND r.replicate = 0 ORDER BY t.number"""
        with _explained(self.folder):
            rows = self._db.execute(query).fetchall()
        return History(self.metric(), ((_trial(row[:5]), _result(row[5:])) for row in rows))

    def pending(self) -> list[list[Job]]:
        """Batches whose results are not in, as they were put together when they were saved."""
        query = """SELECT j.batch, j.replicate, j.until, t.number, t.round, t.params, t.seed, t.parent
                   FROM jobs j JOIN trials t ON t.number = j.trial ORDER BY j.batch, t.number, j.replicate"""
        batches: dict[int, list[Job]] = {}
        with _explained(self.folder):
            for batch, replicate, until, *trial in self._db.execute(query):
                batches.setdefault(batch, []).append(Job(_trial(trial), replicate, until))
        return list(batches.values())

    def curves(self, numbers: Iterable[int] | None = None) -> dict[int, dict[str, list[float]]]:
        """Trial -> its curves, by metric; of all trials, or of these."""
        chosen = None if numbers is None else list(numbers)
        query = "SELECT trial, curve FROM curves WHERE replicate = 0"
        with _explained(self.folder):
            if chosen is None:
                rows = self._db.execute(query).fetchall()
            else:
                rows = [row for n in chosen for row in self._db.execute(f"{query} AND trial = ?", (n,))]
        return {trial: _numbers(json.loads(curve)) for trial, curve in rows}


def _prepared(folder: Path) -> WriterLock:
    """The lock of a folder that exists from now on."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return WriterLock(folder / "lock")
    except OSError as err:
        raise StoreError(
            f"{folder}: cannot be written: {err.strerror}\n  choose another place with --runs, or free it"
        ) from err


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if write:
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a commit survives the death of any process; only a power cut may take the newest ones.
        db.execute("PRAGMA synchronous = NORMAL")
        migrate(db)
        return db
    try:
        return _reader(f"{path.resolve().as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # A reader of a WAL database needs to write its index file; in a read-only folder only this way is left.
        return _reader(f"{path.resolve().as_uri()}?immutable=1")


def _reader(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    db.execute("SELECT count(*) FROM facts").fetchone()
    return db


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as err:
        text = str(err)
        fix = "what was finished before is safe; mend this and type the same command again"
        if "full" in text:
            reason = "the disk is full"
        elif "readonly" in text or "unable to open" in text:
            reason = "it cannot be written or read here: check the permissions of the folder"
        elif isinstance(err, sqlite3.OperationalError) and "no such table" not in text:
            reason = text
        else:
            reason = f"the database is damaged ({text})"
            fix = "restore run.db from a backup, or start afresh with --new"
        raise StoreError(f"{folder}: {reason}\n  {fix}") from err


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


def _trial_row(trial: Trial) -> tuple[Any, ...]:
    return trial.number, trial.round, json.dumps(dict(trial.params)), trial.seed, trial.parent


def _trial(row: Sequence[Any]) -> Trial:
    number, round_, params, seed, parent = row
    return Trial(number, round_, json.loads(params), seed, parent)


def _row(result: Result) -> tuple[Any, ...]:
    metrics = json.dumps(dict(result.metrics))
    return str(result.status), metrics, result.seconds, result.stacked, result.error


def _result(row: Sequence[Any]) -> Result | None:
    status, metrics, seconds, stacked, error = row
    if status is None:
        return None
    return Result(Status(status), json.loads(metrics), {}, seconds, stacked, error)


def _curve(result: Result) -> str:
    return json.dumps({name: [float(f"{value:.7g}") for value in values] for name, values in result.curve.items()})


def _numbers(curve: dict[str, list[Any]]) -> dict[str, list[float]]:
    return {name: [float(value) for value in values] for name, values in curve.items()}

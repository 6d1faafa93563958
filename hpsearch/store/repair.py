"""Salvage: every row of a damaged database that can still be read, in a fresh one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hpsearch.errors import StoreError
from hpsearch.store.lock import WriterLock
from hpsearch.store.log import replay
from hpsearch.store.migrations import create, transaction, upgraded, version_of
from hpsearch.store.opening import DATABASE, LOCK, LOST
from hpsearch.store.tables import CURVES, JOBS, RESULTS, TABLES, DamagedRowError, Row, Table, job_row, trials_of
from hpsearch.trial import Job


def repair_run(folder: Path) -> tuple[int, int]:
    """Put a readable database in the place of a damaged one, which is kept as run.db.damaged.

    Returns:
        How many results were saved, and at how many places the old database could not be read.

    Raises:
        StoreError: nothing can be read, or another process writes to the run.
    """
    lock = WriterLock(folder / LOCK)
    try:
        old, new, whole = (folder / f"{DATABASE}{suffix}" for suffix in ("", ".repaired", ".replayed"))
        new.unlink(missing_ok=True)
        # Read from a copy: to open the old one would write its log into it, up to the damage, and delete it.
        lost = replay(old, whole)
        saved, unreadable = _copied(whole, new)
        _put_in_place(folder, new)
        return saved, lost + unreadable
    finally:
        for path in folder.glob(f"{DATABASE}.replayed*"):
            path.unlink()
        lock.release()


def _copied(old: Path, new: Path) -> tuple[int, int]:
    target = sqlite3.connect(new, isolation_level=None)
    source = sqlite3.connect(old)
    lost = 0
    try:
        with transaction(target):
            create(target)
            for table in TABLES:
                rows = _Rows(source, table, version_of(source))
                target.executemany(table.put(replace=False), rows)
                lost += rows.lost
            if not target.execute("SELECT count(*) FROM facts WHERE key = 'document'").fetchone()[0]:
                raise StoreError(
                    f"{old}: the config in it cannot be read, so nothing can be saved; start afresh with --new"
                )
            _drop_orphans(target)
        return target.execute("SELECT count(*) FROM results").fetchone()[0], lost
    finally:
        source.close()
        target.close()


def _drop_orphans(db: sqlite3.Connection) -> None:
    """Results without their trial say nothing; what has a result waits no more; what has neither is to be run again."""
    db.execute("DELETE FROM jobs WHERE (trial, replicate, until) IN (SELECT trial, replicate, until FROM results)")
    for table in (RESULTS, CURVES, JOBS):
        db.execute(f"DELETE FROM {table.name} WHERE trial NOT IN (SELECT number FROM trials)")
    first = db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0]
    waiting = db.execute(f"SELECT trials.* {LOST}").fetchall()
    db.executemany(JOBS.put(), [job_row(Job(trial), first + i) for i, trial in enumerate(trials_of(waiting))])


class _Rows:
    """The readable rows of a table as this version has them; `lost`: how many places could not be read.

    Forwards to the first damaged place, then backwards from the end to it.
    """

    def __init__(self, db: sqlite3.Connection, table: Table, version: int) -> None:
        self._db = db
        self._table = table
        self._version = version
        self.lost = 0
        self._bad: set[Row] = set()

    def __iter__(self) -> Iterator[Row]:
        for order in ("ASC", "DESC"):
            before = self.lost
            yield from self._walk(order)
            if self.lost == before:
                break
        self.lost += len(self._bad)

    def _walk(self, order: str) -> Iterator[Row]:
        try:
            for row in self._db.execute(f"SELECT * FROM {self._table.name} ORDER BY {self._table.keys[0]} {order}"):
                try:
                    yield upgraded(self._table.name, row, self._version)
                except DamagedRowError:
                    self._bad.add(row)
        except sqlite3.DatabaseError:
            self.lost += 1


def _put_in_place(folder: Path, new: Path) -> None:
    """The damaged files are moved aside, never deleted; an earlier damaged one is not overwritten."""
    for suffix in ("", "-wal", "-shm"):
        path = folder / f"{DATABASE}{suffix}"
        if path.exists():
            number = 1
            while (target := folder / f"{DATABASE}{suffix}.damaged{'' if number == 1 else f'-{number}'}").exists():
                number += 1
            path.rename(target)
    new.rename(folder / DATABASE)

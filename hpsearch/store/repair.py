"""Salvage: every row of a damaged database that can still be read, in a fresh one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hpsearch.errors import StoreError
from hpsearch.store.lock import WriterLock
from hpsearch.store.log import replay
from hpsearch.store.migrations import create, transaction, upgraded, version_of
from hpsearch.store.opening import DATABASE, LOST
from hpsearch.store.tables import CURVES, JOBS, RESULTS, TABLES, DamagedRowError, Row, Table, job_row, trials_of
from hpsearch.trial import Job


def repair_run(folder: Path) -> tuple[int, int]:
    """Put a readable database in the place of a damaged one, which is kept as run.db.damaged.

    Returns:
        How many results were saved, and at how many places the old database could not be read.

    Raises:
        StoreError: nothing can be read, or another process writes to the run.
    """
    lock = WriterLock(folder)
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
    lost = 0
    with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new, isolation_level=None)) as target:
        with transaction(target):
            create(target)
            for table in TABLES:
                rows, unreadable = _readable(source, table, version_of(source))
                target.executemany(table.put, rows)
                lost += unreadable
            if not target.execute("SELECT count(*) FROM facts WHERE key = 'document'").fetchone()[0]:
                raise StoreError(
                    f"{old}: the config in it cannot be read, so nothing can be saved; start afresh with --new"
                )
            _drop_orphans(target)
        return target.execute("SELECT count(*) FROM results").fetchone()[0], lost


def _drop_orphans(db: sqlite3.Connection) -> None:
    """Results without their trial say nothing; what has a result waits no more; what has neither is to be run again."""
    db.execute("DELETE FROM jobs WHERE (trial, replicate, until) IN (SELECT trial, replicate, until FROM results)")
    for table in (RESULTS, CURVES, JOBS):
        db.execute(f"DELETE FROM {table.name} WHERE trial NOT IN (SELECT number FROM trials)")
    first = db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0]
    waiting = db.execute(f"SELECT trials.* {LOST}").fetchall()
    db.executemany(JOBS.put, [job_row(Job(trial), first + i) for i, trial in enumerate(trials_of(waiting))])


def _readable(db: sqlite3.Connection, table: Table, version: int) -> tuple[list[Row], int]:
    """The readable rows of a table as the newest version has them, and how many places could not be read.

    Forwards to the first damaged place, then backwards from the end to it.
    """
    rows: list[Row] = []
    bad: set[Row] = set()
    unreadable = 0
    for order in ("ASC", "DESC"):
        try:
            for row in db.execute(f"SELECT * FROM {table.name} ORDER BY 1 {order}"):
                try:
                    rows.append(upgraded(table.name, row, version))
                except DamagedRowError:
                    bad.add(row)
            break
        except sqlite3.DatabaseError:
            unreadable += 1
    return rows, len(bad) + unreadable


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

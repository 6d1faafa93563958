"""Salvage: every row of a damaged database that can still be read, in a fresh one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hpsearch.errors import StoreError
from hpsearch.store.lock import WriterLock
from hpsearch.store.log import replay
from hpsearch.store.migrations import migrate
from hpsearch.store.store import DATABASE
from hpsearch.store.tables import DamagedRowError, checked, sealed

_PRIMARY = {
    "facts": ("key",),
    "rounds": ("number",),
    "trials": ("number",),
    "jobs": ("trial", "replicate"),
    "results": ("trial", "replicate"),
    "curves": ("trial", "replicate"),
}
"""Tables -> their primary keys, which are their first columns."""


def repair_run(folder: Path) -> tuple[int, int]:
    """Put a readable database in the place of a damaged one, which is kept as run.db.damaged.

    Returns:
        How many results were saved, and at how many places the old database could not be read.

    Raises:
        StoreError: nothing can be read, or another process writes to the run.
    """
    lock = WriterLock(folder / "lock")
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
        migrate(target)
        target.execute("BEGIN")
        for table, (key, *_) in _PRIMARY.items():
            width = len(target.execute(f"PRAGMA table_info({table})").fetchall())
            rows = _Rows(source, table, key)
            target.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608  our own names
            lost += rows.lost
            lost += _drop_damaged(target, table)
        if not target.execute("SELECT count(*) FROM facts WHERE key = 'document'").fetchone()[0]:
            raise StoreError(
                f"{old}: the config in it cannot be read, so nothing can be saved; start afresh with --new"
            )
        _drop_orphans(target)
        target.execute("COMMIT")
        return target.execute("SELECT count(*) FROM results").fetchone()[0], lost
    finally:
        source.close()
        target.close()


def _drop_damaged(db: sqlite3.Connection, table: str) -> int:
    """Delete rows whose checksum does not fit, and say how many there were."""
    bad = []
    for row in db.execute(f"SELECT * FROM {table}"):  # noqa: S608  our own names
        try:
            checked(row)
        except DamagedRowError:
            bad.append(row)
    keys = _PRIMARY[table]
    condition = " AND ".join(f"{key} IS ?" for key in keys)
    for row in bad:
        db.execute(f"DELETE FROM {table} WHERE {condition}", row[: len(keys)])  # noqa: S608
    return len(bad)


def _drop_orphans(db: sqlite3.Connection) -> None:
    """Results without their trial say nothing; what has a result waits no more; what has neither is to be run again."""
    db.execute("DELETE FROM jobs WHERE (trial, replicate) IN (SELECT trial, replicate FROM results)")
    for table in ("results", "curves", "jobs"):
        db.execute(f"DELETE FROM {table} WHERE trial NOT IN (SELECT number FROM trials)")  # noqa: S608  our own names
    first = db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0]
    waiting = db.execute(
        """SELECT number FROM trials WHERE number NOT IN (SELECT trial FROM results WHERE replicate = 0)
           AND number NOT IN (SELECT trial FROM jobs WHERE replicate = 0)"""
    ).fetchall()
    jobs = [sealed(number, 0, None, first + i) for i, (number,) in enumerate(waiting)]
    db.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", jobs)


class _Rows:
    """The readable rows of a table: forwards to the first damaged place, then backwards from the end to it."""

    def __init__(self, db: sqlite3.Connection, table: str, key: str) -> None:
        self._db = db
        self._table = table
        self._key = key
        self.lost = 0

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        for order in ("ASC", "DESC"):
            before = self.lost
            yield from self._walk(order)
            if self.lost == before:
                return

    def _walk(self, order: str) -> Iterator[tuple[object, ...]]:
        try:
            yield from self._db.execute(f"SELECT * FROM {self._table} ORDER BY {self._key} {order}")  # noqa: S608  our own names
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

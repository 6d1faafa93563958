"""Brings the database of an earlier version up to date: what became of its rows, version by version."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hpsearch.store.states import State, UnreadableError
from hpsearch.store.tables import END, TABLES, Row, checked, sealed


def _ends_at_its_end(row: Row) -> Row:
    """Version 1 knew no segments: every result was that of a whole trial."""
    return (*row[:2], END, *row[2:])


def _job_of_whole_trial(row: Row) -> Row:
    trial, replicate, _, batch = row
    return trial, replicate, END, 0, batch


def _never_below_the_bar(row: Row) -> Row:
    """Version 2 did not note where a trial fell behind."""
    return (*row[:-1], None, row[-1])


def _of_one_segment(row: Row) -> Row:
    """Version 3 had no trial that was carried on, and so no checkpoints."""
    return (*row, 0, None, None)


CHANGES: list[Mapping[str, Callable[[Row], Row]]] = [
    {"jobs": _job_of_whole_trial, "results": _ends_at_its_end, "curves": _ends_at_its_end},
    {"results": _never_below_the_bar},
    {"trials": lambda row: (*row, 0, None), "results": _of_one_segment, "curves": lambda row: (*row[:-1], 0, row[-1])},
]
"""Append-only: entry i says what becomes of the rows of version i + 1, without their checksums, in version i + 2.

Those of tables that it does not name stay as they are.
"""

VERSION = len(CHANGES) + 1


def create(db: sqlite3.Connection) -> None:
    """Make all tables of the newest version; inside a transaction of the caller's."""
    for table in TABLES:
        for statement in table.create():
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


def version_of(db: sqlite3.Connection) -> int:
    """The version of a database; 0 for an empty one.

    Raises:
        UnreadableError: a newer hpsearch wrote it.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise UnreadableError(
            f"this run was written by a newer hpsearch (schema {version}); upgrade hpsearch", State.NEWER, code="S105"
        )
    return version


def upgraded(table: str, rows: Sequence[Row], version: int) -> list[Row]:
    """Rows as a version had them, checksums included, as the newest version has them.

    Raises:
        DamagedRowError: one of them is not what was written.
    """
    values = checked(rows)
    changes = [each[table] for each in CHANGES[version - 1 :] if table in each]
    for change in changes:
        values = list(map(change, values))
    return [sealed(*row) for row in values] if changes else list(rows)


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to the newest version, in one transaction.

    Raises:
        UnreadableError: a newer hpsearch wrote it.
        DamagedRowError: one of its rows is damaged.
    """
    version = version_of(db)
    if version == VERSION:
        return
    with transaction(db):
        held: list[list[Row]] = []
        for table in TABLES:
            old = db.execute(f"SELECT * FROM {table.name}").fetchall() if version else []
            held.append(upgraded(table.name, old, version))
            db.execute(f"DROP TABLE IF EXISTS {table.name}")
        create(db)
        for table, rows in zip(TABLES, held, strict=True):
            db.executemany(table.put, rows)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All that is written inside, or nothing of it."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        yield db

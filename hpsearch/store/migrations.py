"""The database's schema as the list of its changes; a database of any earlier version is brought up to date."""

import sqlite3
from collections.abc import Callable

from hpsearch.errors import StoreError


def create_tables(db: sqlite3.Connection) -> None:
    """Version 1."""
    for statement in (
        "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE rounds (number INTEGER PRIMARY KEY, space TEXT NOT NULL, reason TEXT NOT NULL, started REAL,
                                crc INTEGER NOT NULL)""",
        """CREATE TABLE trials (number INTEGER PRIMARY KEY, round INTEGER NOT NULL, params TEXT NOT NULL,
                                seed INTEGER NOT NULL, parent INTEGER, crc INTEGER NOT NULL)""",
        # Work that is not done: `batch` is the group that is trained together, now and after a resume.
        """CREATE TABLE jobs (trial INTEGER, replicate INTEGER, until INTEGER, batch INTEGER NOT NULL,
                              crc INTEGER NOT NULL, PRIMARY KEY (trial, replicate)) WITHOUT ROWID""",
        "CREATE INDEX jobs_batch ON jobs (batch)",
        """CREATE TABLE results (trial INTEGER, replicate INTEGER, status TEXT NOT NULL, metrics TEXT NOT NULL,
                                 seconds REAL NOT NULL, stacked INTEGER NOT NULL, error TEXT, finished REAL NOT NULL,
                                 crc INTEGER NOT NULL,
                                 PRIMARY KEY (trial, replicate)) WITHOUT ROWID""",
        """CREATE TABLE curves (trial INTEGER, replicate INTEGER, curve TEXT NOT NULL, crc INTEGER NOT NULL,
                                PRIMARY KEY (trial, replicate)) WITHOUT ROWID""",
    ):
        db.execute(statement)


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [create_tables]
"""Append-only: entry i brings a database from version i to i + 1."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to the newest version, in one transaction.

    Raises:
        StoreError: a newer hpsearch wrote it.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(f"this run was written by a newer hpsearch (schema {version}); upgrade hpsearch")
    if version == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for change in MIGRATIONS[version:]:
            change(db)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise

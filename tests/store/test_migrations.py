"""Databases of earlier versions, as their own code made them, against what the newest version makes and reads."""

import json
import sqlite3
from pathlib import Path

import pytest

from hpsearch.errors import StoreError
from hpsearch.store import DATABASE, Store
from hpsearch.store.migrations import VERSION, create, migrate
from hpsearch.store.tables import TABLES, sealed
from hpsearch.trial import Job, Status

VERSION_1 = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rounds (number INTEGER PRIMARY KEY, space TEXT NOT NULL, reason TEXT NOT NULL, started REAL,
                     crc INTEGER NOT NULL);
CREATE TABLE trials (number INTEGER PRIMARY KEY, round INTEGER NOT NULL, params TEXT NOT NULL,
                     seed INTEGER NOT NULL, parent INTEGER, crc INTEGER NOT NULL);
CREATE TABLE jobs (trial INTEGER, replicate INTEGER, until INTEGER, batch INTEGER NOT NULL,
                   crc INTEGER NOT NULL, PRIMARY KEY (trial, replicate)) WITHOUT ROWID;
CREATE INDEX jobs_batch ON jobs (batch);
CREATE TABLE results (trial INTEGER, replicate INTEGER, status TEXT NOT NULL, metrics TEXT NOT NULL,
                      seconds REAL NOT NULL, stacked INTEGER NOT NULL, error TEXT, finished REAL NOT NULL,
                      crc INTEGER NOT NULL, PRIMARY KEY (trial, replicate)) WITHOUT ROWID;
CREATE TABLE curves (trial INTEGER, replicate INTEGER, curve TEXT NOT NULL, crc INTEGER NOT NULL,
                     PRIMARY KEY (trial, replicate)) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
ROWS = {
    "facts": [
        ("metric", json.dumps({"name": "score", "goal": "minimize"})),
        ("document", '{"model": "network"}'),
        ("identity", "{}"),
        ("added", "5"),
        ("later", '"unknown"'),
    ],
    "rounds": [(1, "{}", json.dumps({"why": "by hand", "from": 3, "until": 9, "method": "random"}), 12.5)],
    "trials": [(1, 1, json.dumps({"x": "08"}), 7, None), (2, 1, json.dumps({"x": None}), 7, 1)],
    "jobs": [(1, 1, None, 4), (2, 0, None, 3)],
    "results": [
        (1, 0, "complete", json.dumps({"score": 0.25}), 1.5, 2, None, 99.0),
        (1, 2, "complete", json.dumps({"score": 0.5}), 1.0, 1, None, 99.5),
    ],
    "curves": [(1, 0, json.dumps({"score": [1.0, 0.25]}))],
}


def version_1(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript(VERSION_1)
    for table, rows in ROWS.items():
        marks = ", ".join("?" * (len(rows[0]) + 1))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", [sealed(*row) for row in rows])  # noqa: S608
    db.commit()
    db.close()


def schema(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.mark.parametrize("write", [False, True])
def test_a_run_of_version_1_is_read_and_written_as_what_it_was(tmp_path: Path, write: bool) -> None:
    version_1(tmp_path / DATABASE)
    before = (tmp_path / DATABASE).read_bytes()
    with Store(tmp_path, write=write) as store:
        facts, round_, history = store.facts(), store.rounds()[1], store.history()
        waiting = store.pending(), store.pending(replicates=True)
        curves = store.curves()
    assert (facts.metric.name, facts.metric.goal, facts.added) == ("score", "minimize", 5)
    assert (round_.why, round_.origin, round_.until, round_.method, round_.started) == ("by hand", 3, 9, "random", 12.5)
    first, second = history.trials
    assert (first.params, second.params, second.parent) == ({"x": "08"}, {"x": None}, 1)
    assert history.results[1].status is Status.COMPLETE
    assert (history.results[1].metrics, history.results[1].seconds) == ({"score": 0.25}, 1.5)
    again = history.replicates[1]
    assert {replicate: one and one.metrics for replicate, one in again.items()} == {1: None, 2: {"score": 0.5}}
    assert waiting == ([[Job(second)]], [[Job(first, 1)]])
    assert curves == {1: {"score": [1.0, 0.25]}}
    assert ((tmp_path / DATABASE).read_bytes() == before) is not write


def test_a_database_of_version_1_gets_the_schema_of_a_fresh_one(tmp_path: Path) -> None:
    version_1(tmp_path / DATABASE)
    old, fresh = sqlite3.connect(tmp_path / DATABASE, isolation_level=None), sqlite3.connect(":memory:")
    assert schema(old) != schema(fresh)
    migrate(old)
    create(fresh)
    assert schema(old) == schema(fresh)
    for db in (old, fresh):
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION
        db.close()


@pytest.mark.parametrize("table", ROWS)
def test_a_damaged_row_of_version_1_stops_the_migration_and_nothing_is_changed(tmp_path: Path, table: str) -> None:
    version_1(tmp_path / DATABASE)
    db = sqlite3.connect(tmp_path / DATABASE)
    db.execute(f"UPDATE {table} SET crc = crc + 1")  # noqa: S608  our own names
    db.commit()
    db.close()
    before = (tmp_path / DATABASE).read_bytes()
    for write in (False, True):
        with pytest.raises(StoreError, match="hpsearch repair"):
            Store(tmp_path, write=write)
    db = sqlite3.connect(tmp_path / DATABASE)
    assert db.execute("PRAGMA user_version").fetchone()[0] == 1
    db.close()
    assert before


def test_every_table_has_a_row_in_the_test_of_version_1() -> None:
    assert set(ROWS) == {table.name for table in TABLES}

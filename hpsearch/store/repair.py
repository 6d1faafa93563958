"""Salvage: every row of a damaged database that can still be read, in a fresh one, and a list of what was lost."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpsearch.errors import StoreError
from hpsearch.store.lock import WriterLock
from hpsearch.store.log import replay
from hpsearch.store.migrations import create, transaction, upgraded, version_of
from hpsearch.store.opening import DATABASE, REPAIRED, check_there
from hpsearch.store.tables import (
    CURVES,
    FACTS,
    JOBS,
    RESULTS,
    ROUNDS,
    TABLES,
    TRIALS,
    DamagedRowError,
    Facts,
    Round,
    Row,
    Table,
    checked,
    job_row,
    next_batch,
    trials_of,
)
from hpsearch.trial import BY_HAND, Job, Trial

Rebuild = Callable[[Mapping[str, Any]], Facts]


@dataclass
class Repaired:
    """What a repair saved, and what it could not.

    Attributes:
        saved: table -> how many of its rows are in the new database.
        finished: how many trials have a result in it.
        damaged: table -> how many of its rows or places could not be read; tables without any are not named.
        trials: the numbers that trials had which are gone, as far as anything else tells of them.
        results: the numbers of trials whose results are gone; they wait to be run again.
        replicates: how many results of replicates are known to be gone.
        rounds: the numbers of rounds whose ranges are gone; those of the round before stand in.
        facts: the names of facts that were gone and are rebuilt from the config.
        defaults: the names of those that could not be, and are what they are in a run that begins.
        frames: how many pages of the log could not be read.
    """

    saved: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    damaged: dict[str, int] = field(default_factory=dict)
    trials: tuple[int, ...] = ()
    results: tuple[int, ...] = ()
    replicates: int = 0
    rounds: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    frames: int = 0


def repair_run(folder: Path, rebuild: Rebuild) -> Repaired:
    """Put a readable database in the place of a damaged one, which is kept as run.db.damaged.

    rebuild: gives all facts of a run from those that can be read, the config among them.

    Raises:
        StoreError: too little can be read to go on with, or another process writes to the run; nothing is changed.
    """
    lock = WriterLock(folder)
    try:
        old, new, whole = folder / DATABASE, folder / f"{DATABASE}.new", folder / f"{DATABASE}.replayed"
        found = Repaired()
        if not (folder / REPAIRED).exists():
            check_there(folder)
            new.unlink(missing_ok=True)
            # Read from a copy: to open the old one would write its log into it, up to the damage, and delete it.
            found.frames = replay(old, whole)
            try:
                _copied(folder, whole, new, found, rebuild)
            except (sqlite3.DatabaseError, UnicodeDecodeError) as err:  # its message may quote damaged bytes
                raise _hopeless(folder, str(err)) from err
            new.rename(folder / REPAIRED)  # whole from here on: a repair that is cut off goes on with it
        _put_in_place(folder)
        return found
    finally:
        for path in (*folder.glob(f"{DATABASE}.replayed*"), *folder.glob(f"{DATABASE}.new*")):
            path.unlink()
        lock.release()


def _hopeless(folder: Path, why: str) -> StoreError:
    return StoreError(
        f"{folder}: the run cannot be gone on with: {why}; nothing was changed\n"
        "  put a copy of run.db back, or start afresh with --new",
        code="S103",
    )


def _copied(folder: Path, old: Path, new: Path, found: Repaired, rebuild: Rebuild) -> None:
    with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new, isolation_level=None)) as target:
        with transaction(target):
            create(target)
            for table in TABLES:
                rows, unreadable = _readable(source, table, version_of(source))
                target.executemany(table.put, rows)
                if unreadable:
                    found.damaged[table.name] = unreadable
            _complete_facts(folder, target, found, rebuild)
            _complete_rounds(target, found)
            _drop_orphans(target, found)
        for table in TABLES:
            found.saved[table.name] = target.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
        query = "SELECT count(DISTINCT trial) FROM results WHERE replicate = 0"
        found.finished = target.execute(query).fetchone()[0]


_DEFAULTS = ("folder", "config", "versions", "added", "spent", "ending")
"""Facts that a run can do without."""


def _complete_facts(folder: Path, db: sqlite3.Connection, found: Repaired, rebuild: Rebuild) -> None:
    """Rebuild the facts that are gone; those of older versions, which had fewer, are no loss."""
    known = {key: json.loads(value) for key, value in checked(db.execute("SELECT * FROM facts"))}
    if not known.get("document"):
        raise _hopeless(folder, "the config in it cannot be read")
    needed = ("metric", "identity") if FACTS.name not in found.damaged else tuple(Facts.__dataclass_fields__)
    lost = [name for name in needed if name not in known]
    if not lost:
        return
    try:
        whole = rebuild(known)
    except Exception as err:  # whatever is wrong with what is left
        raise _hopeless(folder, f"its {', '.join(lost)} cannot be read, nor be rebuilt: {err}") from err
    db.executemany(FACTS.put, [row for row in whole.rows() if row[0] in lost])
    found.defaults = tuple(name for name in lost if name in _DEFAULTS)
    found.facts = tuple(name for name in lost if name not in found.defaults)


def _complete_rounds(db: sqlite3.Connection, found: Repaired) -> None:
    """Let the ranges of the round before, or of the config, stand in for those of a round that are gone."""
    rounds = {row[0]: Round.of(row) for row in db.execute("SELECT * FROM rounds ORDER BY number")}
    last = db.execute("SELECT coalesce(max(round), 1) FROM trials").fetchone()[0]
    document = json.loads(db.execute("SELECT value FROM facts WHERE key = 'document'").fetchone()[0])
    space = document.get("parameters", {})
    lost = []
    for number in range(1, max([last, *rounds]) + 1):
        if number in rounds:
            space = rounds[number].space
            continue
        lost.append(number)
        db.execute(ROUNDS.put, Round(number, space, "its ranges were lost; those before stand in").row())
    found.rounds = tuple(lost)


def _drop_orphans(db: sqlite3.Connection, found: Repaired) -> None:
    """Results without their trial say nothing; what has a result waits no more; what has neither is to be run again."""
    db.execute("DELETE FROM jobs WHERE (trial, replicate, until) IN (SELECT trial, replicate, until FROM results)")
    gone = {row[0] for row in db.execute("SELECT number FROM trials")}
    # What was forked began with what another had become.
    while db.execute("DELETE FROM trials WHERE parent NOT IN (SELECT number FROM trials)").rowcount:
        pass
    known = {row[0] for row in db.execute("SELECT number FROM trials")}
    gone -= known
    for table in (RESULTS, CURVES, JOBS):
        gone |= {row[0] for row in db.execute(f"SELECT trial FROM {table.name}")} - known
        db.execute(f"DELETE FROM {table.name} WHERE trial NOT IN (SELECT number FROM trials)")
    if TRIALS.name in found.damaged:
        gone |= set(range(1, max([0, *known, *gone]) + 1)) - known
    found.trials = tuple(sorted(gone))
    trials = trials_of(
        db.execute("""SELECT trials.* FROM trials
            WHERE NOT EXISTS (SELECT 1 FROM results WHERE trial = number AND replicate = 0)
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE trial = number AND replicate = 0)""")
    )
    found.results = tuple(sorted(trial.number for trial in trials))
    query = "SELECT count(*) FROM curves WHERE replicate > 0 AND (trial, replicate) NOT IN"
    found.replicates = db.execute(f"{query} (SELECT trial, replicate FROM results)").fetchone()[0]
    db.execute(
        "DELETE FROM curves WHERE (trial, replicate, until) NOT IN (SELECT trial, replicate, until FROM results)"
    )
    first, jobs = next_batch(db), [*_lost_segments(db), *(_first_segment(db, trial) for trial in trials)]
    db.executemany(JOBS.put, [job_row(job, first + i) for i, job in enumerate(jobs)])


def _first_segment(db: sqlite3.Connection, trial: Trial) -> Job:
    """What a trial begins with: it goes as far as that of the nearest trial which began there."""
    query = """SELECT until FROM results JOIN trials ON trial = number WHERE replicate = 0 AND (start, round) = (?, ?)
        ORDER BY abs(trial - ?), until LIMIT 1"""
    near = None
    if trial.round != BY_HAND:
        near = db.execute(query, (trial.branch, trial.round, trial.number)).fetchone()
    return Job(trial, start=trial.branch, until=near[0] or None if near else None)


def _lost_segments(db: sqlite3.Connection) -> Iterator[Job]:
    """The segments that others went on from, of trials that are there."""
    trials = {trial.number: trial for trial in trials_of(db.execute("SELECT * FROM trials"))}
    held: dict[tuple[int, int], dict[int, int]] = {}  # trial, replicate -> what it reached -> from where
    for number, replicate, until, start in db.execute("SELECT trial, replicate, until, start FROM results"):
        held.setdefault((number, replicate), {})[until] = start
    for (number, replicate), starts in held.items():
        branch = trials[number].branch
        for lost in sorted({at for at in starts.values() if at > branch} - starts.keys()):
            before = max((at for at in starts if 0 < at < lost), default=branch)
            yield Job(trials[number], replicate, before, lost)


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
                    rows += upgraded(table.name, [row], version)
                except (DamagedRowError, TypeError, ValueError, KeyError):
                    bad.add(row)
            break
        except sqlite3.DatabaseError:
            unreadable += 1
    return rows, len(bad) + unreadable


def _put_in_place(folder: Path) -> None:
    """The damaged files are moved aside, never deleted; an earlier damaged one is not overwritten."""
    for suffix in ("", "-wal", "-shm"):
        path = folder / f"{DATABASE}{suffix}"
        if path.exists():
            number = 1
            while (target := folder / f"{DATABASE}{suffix}.damaged{'' if number == 1 else f'-{number}'}").exists():
                number += 1
            path.rename(target)
    (folder / REPAIRED).rename(folder / DATABASE)

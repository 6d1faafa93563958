"""A run on disk: SQLite in WAL mode, one writer, readers that never block it."""

import gc
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from hpsearch.errors import StoreError
from hpsearch.history import History
from hpsearch.store import opening, tables
from hpsearch.store.curves import Curves
from hpsearch.store.migrations import transaction
from hpsearch.store.opening import DATABASE, explained
from hpsearch.store.states import State, UnreadableError
from hpsearch.store.tables import Facts, Round
from hpsearch.trial import BY_HAND, Checkpoint, Job, Params, Place, Result, Trial

First = Callable[[], tuple[Facts, Round]]


class Store(AbstractContextManager["Store"]):
    """One run's trials, results and facts. Opened for reading, or for writing by one process at a time.

    Args:
        write: whether to write.
        first: gives what a run begins with, its facts and its first round, where there is none yet; before anything of
            it is written, so that what raises here leaves nothing behind.

    Raises:
        StoreError: there is no run, or the folder or the database cannot be opened, read or written.
        RunLockedError: another process writes to this run.
    """

    def __init__(self, folder: Path, *, write: bool = False, first: First | None = None) -> None:
        self.folder = folder
        self.begun, self.writes = False, write
        self.again: set[int] = set()
        """Trials that are run again from their beginning: their results stand until the new ones are in."""
        path = folder / DATABASE
        opening.check_there(folder)
        made = first() if first is not None and not path.exists() else None
        if first is None and not path.exists():
            raise StoreError(f"{folder}: no run here\n  `hpsearch ls` lists the runs that there are", code="U102")
        with ExitStack() as held, explained(folder):
            if write:
                held.callback(opening.lock_of(folder).release)
            opening.check_emptied(folder)
            opening.check_log(folder, alone=write)
            if made is not None and not path.exists():
                opening.begin(path, *made)
                self.begun = True
            self._db = opening.open_writer(path) if write else opening.open_reader(path)
            held.callback(self._db.close)
            if first is not None and not self._rows("SELECT * FROM facts LIMIT 1"):
                # What an earlier version, killed at once, had left out.
                with transaction(self._db):
                    opening.put_first(self._db, *first())
                self.begun = True
            self._held = held.pop_all()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and let others write."""
        self._held.close()

    def copy_to(self, folder: Path) -> None:
        """Put a copy of the database, as it is now, into a new folder."""
        folder.mkdir()
        with explained(self.folder), closing(sqlite3.connect(folder / DATABASE)) as db:
            self._db.backup(db)

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with explained(self.folder):
            return self._db.execute(query, parameters).fetchall()

    def facts(self) -> Facts:
        """What is known about the run as a whole."""
        rows = self._rows("SELECT * FROM facts")
        if not rows:
            fix = "run it again, or delete it"
            raise UnreadableError(
                f"{self.folder}: this run has only begun, there is nothing in it\n  {fix}", State.BEGUN
            )
        with explained(self.folder):
            return Facts.of(rows)

    def note(self, **changes: Any) -> None:
        """Change facts about the run."""
        rows = replace(self.facts(), **changes).rows()
        with explained(self.folder), transaction(self._db) as db:
            db.executemany(tables.FACTS.put, rows)

    def add_round(self, round_: Round) -> None:
        """Note that a round begins, or that it has become another."""
        with explained(self.folder), transaction(self._db) as db:
            _put_round(db, round_)

    def rounds(self) -> dict[int, Round]:
        """The rounds by number."""
        with explained(self.folder):
            return {row[0]: Round.of(row) for row in self._rows("SELECT * FROM rounds ORDER BY number")}

    def add_batches(self, batches: Sequence[Sequence[Job]], rounds: Sequence[Round] = ()) -> None:
        """Save new jobs, which of them are trained together, and the rounds that begin with them."""
        with explained(self.folder), transaction(self._db) as db:
            for round_ in rounds:
                _put_round(db, round_)
            first = tables.next_batch(db)
            trials = [tables.trial_row(job.trial) for batch in batches for job in batch]
            jobs = [tables.job_row(job, first + i) for i, batch in enumerate(batches) for job in batch]
            db.executemany(tables.TRIALS.put, trials)
            db.executemany(tables.JOBS.put, jobs)

    def finish(self, done: Iterable[tuple[Job, Result]]) -> None:
        """Save results that arrived together; either all of them or none."""
        now = time.time()
        with explained(self.folder), transaction(self._db) as db:
            for job, result in done:
                db.execute(tables.RESULTS.put, tables.result_row(job, result, now))
                if job.trial.number in self.again and not job.replicate:
                    db.execute("DELETE FROM curves WHERE (trial, replicate, until) = (?, ?, ?)", tables.key_of(job))
                if result.curve:
                    db.execute(tables.CURVES.put, tables.curve_row(job, result))
                db.execute("DELETE FROM jobs WHERE (trial, replicate, until) = (?, ?, ?)", tables.key_of(job))

    def checkpoints(self) -> dict[Place, Checkpoint]:
        """What trials can be carried on from, by trial, replicate and resource."""
        rows = self._rows("SELECT * FROM results WHERE size IS NOT NULL")
        trials = self._trials() if rows else {}
        with explained(self.folder):
            return {
                (number, replicate, until or trials[number].end or 0): result.checkpoint
                for number, replicate, until, result in tables.results_of(rows)
                if result.checkpoint is not None
            }

    def drop_checkpoints(self, places: Iterable[Place]) -> None:
        """Note that nothing is kept there any more."""
        with explained(self.folder), transaction(self._db) as db:
            for number, replicate, reached in places:
                where = "trial = ? AND replicate = ? AND size IS NOT NULL AND until IN (?, ?)"
                ends = db.execute("SELECT 1 FROM trials WHERE (number, end) = (?, ?)", (number, reached)).fetchone()
                keys = number, replicate, reached, tables.END if ends else reached
                rows = db.execute(f"SELECT * FROM results WHERE {where}", keys).fetchall()
                db.executemany(tables.RESULTS.put, [tables.without_checkpoint(row) for row in rows])

    def drop_replicates(self) -> None:
        """Forget the replicates that wait."""
        with explained(self.folder), transaction(self._db) as db:
            db.execute("DELETE FROM jobs WHERE replicate > 0")

    def begin_round(self, round_: Round, settings: Mapping[int, Params] | None = None, **changes: Any) -> None:
        """Begin another round by hand, with facts that change; all of it or nothing.

        What waits of the search is forgotten, trials that have no result at all with it, and what came in past its end.

        settings: of trials, by number, in place of their own: with what they had without naming it.
        """
        facts, trials = self.facts(), self._trials()
        filled = [tables.trial_row(replace(trials[n], params=own)) for n, own in (settings or {}).items()]
        with explained(self.folder), transaction(self._db) as db:
            db.execute(
                "DELETE FROM jobs WHERE replicate > 0 OR trial NOT IN (SELECT number FROM trials WHERE round = ?)",
                (BY_HAND,),
            )
            db.execute(
                "DELETE FROM trials WHERE number NOT IN (SELECT trial FROM results UNION SELECT trial FROM jobs)"
            )
            if facts.ending is not None and facts.ending.last is not None:
                drop_after(db, facts.ending.last)
            db.executemany(tables.TRIALS.put, filled)
            _put_round(db, round_)
            db.executemany(tables.FACTS.put, replace(facts, ending=None, **changes).rows())

    def put_back(self, numbers: Iterable[int]) -> None:
        """Let trials be run again, each as a batch of its own; their results stand so long.

        One that was carried on is so again, from where its newest segment began.
        """
        history = self.history()
        with explained(self.folder), transaction(self._db) as db:
            first = tables.next_batch(db)
            for i, number in enumerate(numbers):
                start = history.results[number].start
                job = Job(history.trial(number), start=start, until=history.paused_at(number))
                db.execute(tables.JOBS.put, tables.job_row(job, first + i))

    def _trials(self) -> dict[int, Trial]:
        with explained(self.folder):
            rows = self._rows("SELECT * FROM trials ORDER BY number")
            return {trial.number: trial for trial in tables.trials_of(rows)}

    def history(self, *, replaced: bool = True, whole: bool = False) -> History:
        """All trials with their jobs under way and their results (without curves).

        replaced: whether with the results of trials that are run again, as long as there are no new ones; a search
            that goes on has them still to come.
        whole: whether with what came in past the end of the search, which does not count.
        """
        with explained(self.folder), _undisturbed():
            self._db.execute("BEGIN")  # what is read is of one moment, whatever is written meanwhile
            try:
                facts, trials = self.facts(), self._trials()
                rows, waiting = self._rows("SELECT * FROM results"), self._rows("SELECT * FROM jobs")
                opening.check_relations(self._db, trials.keys(), chain(rows, waiting))
            finally:
                self._db.execute("ROLLBACK")
            history, known = History(facts.metric), trials
            history.curve = partial(self._ranked_curve, facts.metric.name)
            if not whole and facts.ending is not None and (last := facts.ending.last) is not None:
                trials = {n: trial for n, trial in known.items() if n <= last or trial.round == BY_HAND}
                rows, waiting = ([row for row in each if row[0] in trials] for each in (rows, waiting))
            for trial in trials.values():
                history.know(trial)
            for trial in opening.descended_from(trials, known):
                history.recall(trial)
            jobs = [job for _, job in tables.jobs_of(waiting, trials)]
            keys = {tables.key_of(job): job.start for job in jobs}
            again = {row[:3] for row in rows if row[:3] in keys and not row[1]} if keys else set()
            self.again = {key[0] for key in again if not keys[key]}
            for found in tables.results_of(rows):
                if replaced or (*found[:2], found[2] or tables.END) not in again:
                    history.take(*found)
            for job in jobs:
                history.add(job)
        return history

    def pending(self, *, replicates: bool = False) -> list[list[Job]]:
        """Batches whose results are not in, as they were put together: of trials, or of their replicates."""
        rows = self._rows(f"SELECT * FROM jobs WHERE replicate {'>' if replicates else '='} 0 ORDER BY batch, trial")
        trials = self._trials() if rows else {}
        with explained(self.folder):
            jobs = tables.jobs_of(rows, trials)
        return [[job for _, job in batch] for _, batch in groupby(jobs, key=itemgetter(0))]

    def curves(self, numbers: Iterable[int] | None = None) -> dict[int, dict[str, list[float]]]:
        """Trial -> its curves, by metric, from the root of its line on; of all trials, or of these."""
        query, numbers = "SELECT * FROM curves WHERE replicate = 0", None if numbers is None else list(numbers)
        forked = self._rows("SELECT 1 FROM trials WHERE parent IS NOT NULL LIMIT 1")
        if numbers is None or forked:  # what those descend from is needed too
            rows = self._rows(query)
        else:
            rows = [row for n in numbers for row in self._rows(f"{query} AND trial = ?", (n,))]
        trials = self._trials() if forked else {}
        with explained(self.folder):
            found = Curves.of(rows)
            wanted = found.pieces if numbers is None else [n for n in numbers if n in found.pieces]
            return {number: found.whole(number, trials) for number in wanted if self._goes_so_far(number, found)}

    def _goes_so_far(self, number: int, found: Curves) -> bool:
        """Whether curves lead to a trial's newest result, and not only to what others go on from."""
        end = "SELECT 1 FROM results WHERE (trial, replicate, until, start) = (?, 0, ?, 0)"
        return tables.END in found.pieces[number] or not self._rows(end, (number, tables.END))

    def _ranked_curve(self, metric: str, number: int, until: int) -> list[float]:
        """A metric of a trial of its own, up to the end of a segment."""
        query = "SELECT * FROM curves WHERE replicate = 0 AND trial = ? AND until BETWEEN 1 AND ?"
        rows = self._rows(query, (number, until))
        with explained(self.folder):
            return Curves.of(rows).up_to(number, until, {}).get(metric, [])


def drop_after(db: sqlite3.Connection, last: int) -> None:
    """Forget all trials of the search past this one, with what waits and what came of them, but not what was forked."""
    kin = """WITH RECURSIVE kin(n) AS (SELECT parent FROM trials WHERE round = ? AND parent IS NOT NULL
        UNION SELECT parent FROM trials JOIN kin ON number = n WHERE parent IS NOT NULL)"""
    db.execute(
        f"{kin} DELETE FROM trials WHERE number > ? AND round != ? AND number NOT IN kin", (BY_HAND, last, BY_HAND)
    )
    for table in (tables.JOBS, tables.RESULTS, tables.CURVES):
        db.execute(f"DELETE FROM {table.name} WHERE trial > ? AND trial NOT IN (SELECT number FROM trials)", (last,))


def _put_round(db: sqlite3.Connection, round_: Round) -> None:
    db.execute(tables.ROUNDS.put, replace(round_, started=round_.started or time.time()).row())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the garbage collector, which would walk through all records again and again while they are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

"""The tables of a run's database, declared once: their columns, their keys, and the records that rows are of.

SQLite notices damage to its structure, not to the bytes of a value: a digit that flips on the disk would be a wrong
metric that nobody sees. So each row ends with a CRC of all that stands before it.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from operator import eq, itemgetter, methodcaller
from typing import Any, TypeVar

from hpsearch.trial import Checkpoint, Job, Metric, Result, Status, Trial

Row = tuple[Any, ...]

END = 0
"""What stands for "to its own end" where a table holds the resource that a job reaches, which is at least 1."""


class DamagedRowError(Exception):
    """A row is not what was written, or one that has to be there is not."""


@dataclass(frozen=True)
class Table:
    """A table: its columns with their types, all of them of the key first.

    Attributes:
        columns: name -> type, in the order of the rows, without the checksum.
        key: how many of them make the primary key.
        index: a column that is looked up by; empty for none.
    """

    name: str
    columns: Mapping[str, str]
    key: int = 1
    index: str = ""

    def create(self) -> list[str]:
        """The statements that make it."""
        columns = [f"{name} {kind}" for name, kind in {**self.columns, "crc": "INTEGER NOT NULL"}.items()]
        key = ", ".join(list(self.columns)[: self.key])
        made = f"CREATE TABLE {self.name} ({', '.join(columns)}, PRIMARY KEY ({key})) WITHOUT ROWID"
        index = f"CREATE INDEX {self.name}_{self.index} ON {self.name} ({self.index})"
        return [made, index] if self.index else [made]

    @cached_property
    def put(self) -> str:
        """The statement that writes a row, in place of one of its key."""
        return f"INSERT OR REPLACE INTO {self.name} VALUES ({', '.join('?' * (len(self.columns) + 1))})"


_TEXT, _WHOLE, _REAL = "TEXT NOT NULL", "INTEGER NOT NULL", "REAL NOT NULL"
_SEGMENT = {"trial": _WHOLE, "replicate": _WHOLE, "until": _WHOLE}
_ENDED = {"status": _TEXT, "metrics": _TEXT, "seconds": _REAL, "stacked": _WHOLE, "error": "TEXT"}
_WHEN = {"fell": "REAL", "finished": _REAL}
_FROM = {"start": _WHOLE}
_KEPT = {"size": "INTEGER", "checksum": "INTEGER"}  # of the checkpoint; null where none is kept

FACTS = Table("facts", {"key": _TEXT, "value": _TEXT})
ROUNDS = Table("rounds", {"number": _WHOLE, "space": _TEXT, "reason": _TEXT, "started": "REAL"})
_FORKED = {"parent": "INTEGER", "branch": _WHOLE, "end": "INTEGER"}
TRIALS = Table("trials", {"number": _WHOLE, "round": _WHOLE, "params": _TEXT, "seed": _WHOLE, **_FORKED})
# Work that is not done: `batch` is the group that is trained together, now and after a resume.
JOBS = Table("jobs", {**_SEGMENT, **_FROM, "batch": _WHOLE}, key=3, index="batch")
RESULTS = Table("results", {**_SEGMENT, **_ENDED, **_WHEN, **_FROM, **_KEPT}, key=3)
CURVES = Table("curves", {**_SEGMENT, **_FROM, "curve": _TEXT}, key=3)

TABLES = (FACTS, ROUNDS, TRIALS, JOBS, RESULTS, CURVES)


_Record = TypeVar("_Record")

_encoded = methodcaller("encode", "utf-8", "surrogatepass")


def sealed(*values: Any) -> Row:
    """The row with its checksum at the end."""
    return (*values, zlib.crc32(_encoded(repr(values))))


def checked(rows: Iterable[Row]) -> list[Row]:
    """The rows without their checksums.

    Raises:
        DamagedRowError: one of them does not fit.
    """
    rows = list(rows)
    values = [row[:-1] for row in rows]
    # Chained maps, since a hundred thousand rows are read before a report says its first word.
    fits = list(map(eq, map(itemgetter(-1), rows), map(zlib.crc32, map(_encoded, map(repr, values)))))
    if not all(fits):
        row = rows[fits.index(False)]
        raise DamagedRowError(f"the checksum of a row does not fit: {str(list(row[:2]))[:60]}")
    return values


@dataclass(frozen=True)
class Ending:
    """Why a search ended before its method did.

    Attributes:
        why: the key under `search` that ended it: time, until, target, patience.
        last: the last trial that counts, where the end follows from the trials by their numbers.
        by: the trial that reached the target, where that is an earlier one.
    """

    why: str
    last: int | None = None
    by: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a run as a whole.

    Attributes:
        metric: what its trials are ranked by.
        document: the config as plain data, long forms throughout.
        config: the config as it was given.
        folder: where the config lies; relative paths in it start here.
        identity: what decides the trials, as flat path -> text.
        examples: how many examples the metric is an accuracy over; None for any other metric.
        versions: what the figures come from: hpsearch, Python, NumPy, the platform.
        added: how many trials more than the config says were asked for since.
        spent: seconds by the clock on the wall that the search has taken of `search.time`.
        ending: why its search ended; None while it goes on, and where it did all that was asked for.
    """

    metric: Metric
    document: Mapping[str, Any] = field(default_factory=dict)
    config: str = ""
    folder: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    examples: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    added: int = 0
    spent: float = 0.0
    ending: Ending | None = None

    def rows(self) -> list[Row]:
        """A row for each fact."""
        return [sealed(key, json.dumps(value)) for key, value in asdict(self).items()]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Facts":
        """The facts that rows hold; those of a later version are left aside.

        Raises:
            DamagedRowError: one of the rows is damaged, or one that no run can do without is not there.
        """
        known = {key: json.loads(value) for key, value in checked(rows) if key in cls.__dataclass_fields__}
        if lost := [name for name in ("metric", "document", "identity") if name not in known]:
            raise DamagedRowError(f"its {', '.join(lost)} is not there")
        ending = known.get("ending")
        return cls(**known | {"metric": Metric(**known["metric"]), "ending": ending and Ending(**ending)})


@dataclass(frozen=True)
class Round:
    """A stretch of a search: which space it draws from, and how that came about.

    Attributes:
        number: from 1.
        space: `Space.stored` of it.
        why: in a few words.
        origin: the round that the space was refined from; None for the round before.
        reasons: parameter -> why its range is what it is.
        method: how points are chosen, where that is not as the config says.
        until: the number of trials of the run at which this round ends; None where the config says it.
        started: seconds since the epoch; None where it is not known.
    """

    number: int
    space: Mapping[str, Any]
    why: str = ""
    origin: int | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    method: str | None = None
    until: int | None = None
    started: float | None = None

    def row(self) -> Row:
        """The round as a row."""
        given = {"why": self.why, "from": self.origin, "reasons": self.reasons}
        given |= {"method": self.method, "until": self.until}
        reason = {key: value for key, value in given.items() if value not in (None, {})}
        return sealed(self.number, json.dumps(self.space), json.dumps(reason), self.started)

    @classmethod
    def of(cls, row: Row) -> "Round":
        """The round that a row holds."""
        ((number, space, reason, started),) = checked([row])
        known = json.loads(reason)
        cause = known.get("why", ""), known.get("from"), known.get("reasons", {})
        return cls(number, json.loads(space), *cause, known.get("method"), known.get("until"), started)


def trial_row(trial: Trial) -> Row:
    """A trial as a row."""
    forked = trial.parent, trial.branch, trial.end
    return sealed(trial.number, trial.round, json.dumps(dict(trial.params)), trial.seed, *forked)


def trials_of(rows: Iterable[Row]) -> list[Trial]:
    """The trials that rows hold."""
    values = checked(rows)
    params = _parsed(row[2] for row in values)
    return [
        _made(Trial, number=number, round=round_, params=own, seed=seed, parent=parent, branch=branch, end=end)
        for (number, round_, _, seed, parent, branch, end), own in zip(values, params, strict=True)
    ]


def _made(cls: type[_Record], **values: Any) -> _Record:
    """A frozen record of all these values: at half the cost of its `__init__`, which sets each past the freezing."""
    record: _Record = object.__new__(cls)
    record.__dict__.update(values)
    return record


def _parsed(texts: Iterable[str]) -> list[Any]:
    """What JSON texts say: in one call, which takes a fifth of the time of one for each."""
    return list(json.loads(f"[{','.join(texts)}]"))


def key_of(job: Job) -> tuple[int, int, int]:
    """The key of a job's rows."""
    return job.trial.number, job.replicate, job.until or END


def next_batch(db: sqlite3.Connection) -> int:
    """A batch number that no waiting job has."""
    return int(db.execute("SELECT coalesce(max(batch), 0) + 1 FROM jobs").fetchone()[0])


def job_row(job: Job, batch: int) -> Row:
    """A job that is not done, and the batch that it belongs to, as a row."""
    return sealed(*key_of(job), job.start, batch)


def jobs_of(rows: Iterable[Row], trials: Mapping[int, Trial]) -> list[tuple[int, Job]]:
    """The batches and the jobs of rows."""
    return [
        (batch, Job(trials[number], replicate, start, until or None))
        for number, replicate, until, start, batch in checked(rows)
    ]


def result_row(job: Job, result: Result, finished: float) -> Row:
    """The result of a job as a row; `finished`: seconds since the epoch."""
    metrics = json.dumps(dict(result.metrics))
    # Half of a surrogate pair, as Python has for a byte in a file's name that is no UTF-8, is no text for SQLite.
    error = None if result.error is None else result.error.encode("utf-8", "backslashreplace").decode()
    ended = result.seconds, result.stacked, error, result.fell
    kept = (None, None) if result.checkpoint is None else (result.checkpoint.size, result.checkpoint.checksum)
    return sealed(*key_of(job), str(result.status), metrics, *ended, finished, job.start, *kept)


def results_of(rows: Iterable[Row]) -> Iterator[tuple[int, int, int | None, Result]]:
    """Trial, replicate, resource and result of rows, without curves."""
    values = checked(rows)
    statuses = {str(status): status for status in Status}
    none: dict[str, list[float]] = {}  # one for all: a result never changes
    for row, metrics in zip(values, _parsed(row[4] for row in values), strict=True):
        number, replicate, until, status, _, seconds, stacked, error, fell, _, start, size, checksum = row
        made = _made(
            Result,
            status=statuses[status],
            metrics=metrics,
            curve=none,
            seconds=seconds,
            stacked=stacked,
            error=error,
            fell=fell,
            start=start,
            checkpoint=None if size is None else Checkpoint(size, checksum, metrics),
        )
        yield number, replicate, until or None, made


def curve_row(job: Job, result: Result) -> Row:
    """The curves of a job as a row; seven digits are more than any curve needs."""
    curve = {name: [float(f"{value:.7g}") for value in values] for name, values in result.curve.items()}
    return sealed(*key_of(job), job.start, json.dumps(curve))


def without_checkpoint(row: Row) -> Row:
    """The row of a result whose checkpoint is there no more."""
    (values,) = checked([row])
    return sealed(*values[: -len(_KEPT)], *(None for _ in _KEPT))

"""Records as rows of the database and back; every row carries a checksum of its own.

SQLite notices damage to its structure, not to the bytes of a value: a digit that flips on the disk would be a wrong
metric that nobody sees. So each row ends with a CRC of all that stands before it.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from hpsearch.trial import Job, Result, Status, Trial


class DamagedRowError(Exception):
    """A row is not what was written."""


def sealed(*values: Any) -> tuple[Any, ...]:
    """The row with its checksum at the end."""
    return (*values, _crc(values))


def checked(row: Sequence[Any]) -> tuple[Any, ...]:
    """The row without its checksum.

    Raises:
        DamagedRowError: they do not fit.
    """
    *values, crc = row
    if crc != _crc(values):
        raise DamagedRowError(f"the checksum of a row does not fit: {str(values[:2])[:60]}")
    return tuple(values)


def _crc(values: Sequence[Any]) -> int:
    return zlib.crc32(repr(tuple(values)).encode("utf-8", "surrogatepass"))


def trial_row(trial: Trial) -> tuple[Any, ...]:
    """A trial as a row."""
    return sealed(trial.number, trial.round, json.dumps(dict(trial.params)), trial.seed, trial.parent)


def trial_from(row: Sequence[Any]) -> Trial:
    """The trial that a row holds."""
    number, round_, params, seed, parent = checked(row)
    return Trial(number, round_, json.loads(params), seed, parent)


def job_row(job: Job, batch: int) -> tuple[Any, ...]:
    """A job that is not done, and the batch that it belongs to, as a row."""
    return sealed(job.trial.number, job.replicate, job.until, batch)


def job_from(row: Sequence[Any], trial: Trial) -> tuple[int, Job]:
    """The batch and the job of a row; `trial`: what it trains."""
    _, replicate, until, batch = checked(row)
    return batch, Job(trial, replicate, until)


def result_row(job: Job, result: Result, finished: float) -> tuple[Any, ...]:
    """The result of a job as a row; `finished`: seconds since the epoch."""
    metrics = json.dumps(dict(result.metrics))
    key = (job.trial.number, job.replicate)
    return sealed(*key, str(result.status), metrics, result.seconds, result.stacked, result.error, finished)


def result_from(row: Sequence[Any]) -> tuple[int, int, Result]:
    """Trial number, replicate and result of a row, without curve."""
    number, replicate, status, metrics, seconds, stacked, error, _ = checked(row)
    return number, replicate, Result(Status(status), json.loads(metrics), {}, seconds, stacked, error)


def curve_row(job: Job, result: Result) -> tuple[Any, ...]:
    """The curves of a job as a row; seven digits are more than any curve needs."""
    curve = {name: [float(f"{value:.7g}") for value in values] for name, values in result.curve.items()}
    return sealed(job.trial.number, job.replicate, json.dumps(curve))

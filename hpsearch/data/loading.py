"""From a DataSource to a Dataset, a Split or a fingerprint, whichever kind of source it is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from hpsearch.data.archives import read_archive
from hpsearch.data.builtin import BUILT_IN
from hpsearch.data.checks import problems
from hpsearch.data.dataset import Dataset, Split
from hpsearch.data.files import digest, kind_of
from hpsearch.data.headers import files_of
from hpsearch.data.idx import read_idx
from hpsearch.data.partition import split
from hpsearch.data.source import DataSource
from hpsearch.data.tables import read_table
from hpsearch.errors import DataError

_READERS: Mapping[str, Callable[[Path, DataSource], Dataset]] = {
    "csv": read_table,
    "parquet": read_table,
    "npz": read_archive,
    "idx": read_idx,
}


def load(source: DataSource) -> Dataset:
    """Read a data set whole. Raises DataError with all `problems` at once, or the file's first."""
    _refuse_problems(source)
    if source.name is not None:
        return _made(source)
    files = files_of(source)
    dataset = _READERS[kind_of(files[0])](files[0], source)
    return replace(dataset, fingerprint=digest(files))


def prepare(source: DataSource) -> Split:
    """Load, split and normalize, once per process while the files keep their size and time of change.

    Raises DataError as `load` and `split` do.
    """
    stamps = tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in files_of(source))
    return _prepared(source, stamps)


def fingerprint(source: DataSource) -> str:
    """Give the hex SHA-256 of the files' bytes (not parsed), or of a built-in data set's arrays.

    It equals `load(source).fingerprint`: the split is not in it. Raises DataError if a file cannot be read.
    """
    if files := files_of(source):
        return digest(files)
    _refuse_problems(source)
    return _made(source).fingerprint


def _refuse_problems(source: DataSource) -> None:
    where = source.path or "data"
    # What is wrong with a path names the path already.
    found = [text if key == "path" else f"{where}: {key}: {text}" for key, text in problems(source).items()]
    if found:
        raise DataError("\n".join(found))


def _made(source: DataSource) -> Dataset:
    dataset = BUILT_IN[str(source.name)].make(source)
    content = dataset.inputs.tobytes() + dataset.labels.tobytes()
    return replace(dataset, fingerprint=hashlib.sha256(content).hexdigest())


@lru_cache(maxsize=2)
def _prepared(source: DataSource, stamps: tuple[tuple[int, int], ...]) -> Split:  # noqa: ARG001  # part of the key
    return split(load(source), validation=source.validation, test=source.test, seed=source.seed)

"""From a DataSource to a Dataset, a Split or a fingerprint, whichever kind of source it is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from hpsearch.data.arrays import array_names, idx_files, read_archive, read_idx
from hpsearch.data.builtin import BUILT_IN
from hpsearch.data.dataset import Dataset, DataSource, Split, listed
from hpsearch.data.files import check_exists, did_you_mean, digest, kind_of
from hpsearch.data.partition import split
from hpsearch.data.tables import is_number, read_table, table_columns
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


_LEAST_POINTS = 6  # of each class: two in each part

Problems = dict[str, str]


def problems(source: DataSource) -> Problems:
    """Say what is wrong with a source, by its field's name; {} if all is well. Reads no rows."""
    return _place(source) | _cut(source) | (_points(source) if source.name in ("blobs", "spirals") else {})


def _place(source: DataSource) -> Problems:
    known = f"built in: {', '.join(BUILT_IN)}"
    if (source.name is None) == (source.path is None):
        return {"name": f"give either a name ({known}) or a path to a file"}
    if source.name is None:
        return _file(source)
    if source.name in BUILT_IN:
        return {}
    hint = did_you_mean(source.name, list(BUILT_IN))
    return {"name": f"no data set '{source.name}'{hint}; {known}; for a file, write `path:`"}


def _file(source: DataSource) -> Problems:
    try:
        path = files_of(source)[0]
        known = columns(path)
    except DataError as error:
        return {"path": str(error)}
    kind = kind_of(path)
    if kind in ("csv", "parquet"):
        return _target(source, known) | _drop(source, known)
    found = {"drop": "only a table (CSV, Parquet) has columns to drop; remove it"} if source.drop else {}
    if source.target is not None and kind == "idx":
        return found | {"target": "an IDX file has no columns; name the file of labels with `labels:`"}
    return found | (_target(source, known) if source.target is not None else {})


def _target(source: DataSource, known: list[str]) -> Problems:
    if source.target is None:
        return {"target": f"name the column that holds the class: `target: ...`, one of {listed(known)}"}
    if source.target in known:
        return {}
    return {"target": f"'{source.target}' is not in the file{_hint(source.target, known)}; it has {listed(known)}"}


def _drop(source: DataSource, known: list[str]) -> Problems:
    for name in source.drop:
        if name not in known:
            return {"drop": f"'{name}' is not in the file{_hint(name, known)}; it has {listed(known)}"}
        if name == source.target:
            return {"drop": f"'{name}' is the target; take it out of `drop:`"}
    if not set(known) - {source.target, *source.drop}:
        return {"drop": f"no input is left beside the target; the file has {listed(known)}"}
    return {}


def _hint(name: str, known: list[str]) -> str:
    """Name the nearest column, or a file that starts with its first row: most of its names are numbers."""
    no_header = 2 * sum(map(is_number, known)) > len(known)
    return did_you_mean(name, known) or ("; add a first line with the columns' names" if no_header else "")


def _cut(source: DataSource) -> Problems:
    fractions = {"validation": source.validation, "test": source.test}
    found = {
        name: f"a fraction of the rows is above 0 and below 1, got {value}; use 0.2"
        for name, value in fractions.items()
        if not 0 < value < 1
    }
    if not found and source.validation + source.test >= 1:
        both = f"{source.validation} + {source.test}"
        found["validation"] = f"validation + test must leave rows to train on, got {both}; use 0.2 for each"
    return found if source.seed >= 0 else found | {"seed": f"a seed is 0 or more, got {source.seed}; use 0"}


def _points(source: DataSource) -> Problems:
    found = {}
    least = _LEAST_POINTS * source.classes
    if source.classes < 2:
        found["classes"] = f"at least 2 classes are needed, got {source.classes}; use 3"
    elif source.points < least:
        found["points"] = f"{source.classes} classes need at least {least} points, got {source.points}"
    if not 0 <= source.noise < float("inf"):
        found["noise"] = f"noise is finite and 0 or more, got {source.noise}; use 0.2"
    return found


def columns(path: Path) -> list[str]:
    """Give what `target:` may name: a table's columns or an archive's arrays; nothing for IDX.

    Raises DataError if the file is not there or not of its kind.
    """
    check_exists(path)
    kind = kind_of(path)
    if kind == "idx":
        return []
    return array_names(path) if kind == "npz" else table_columns(path)


def files_of(source: DataSource) -> list[Path]:
    """List the files a source reads, none for a built-in. Raises DataError unless all are there."""
    if source.path is None or source.name is not None:
        return []
    kind = kind_of(source.path)
    check_exists(source.path)
    if kind != "idx":
        return [source.path]
    files = [path for part in idx_files(source.path, source.labels) for path in (part.images, part.labels)]
    for path in files:
        check_exists(path)
    return files

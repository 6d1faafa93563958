"""From a DataSource to a Dataset, a Split or a fingerprint, whichever kind of source it is."""

import hashlib
from functools import lru_cache
from pathlib import Path

from hpsearch.data.arrays import array_names, idx_files, read_archive, read_idx
from hpsearch.data.dataset import BUILT_IN, Dataset, DataSource, Split
from hpsearch.data.files import check_exists, digest, kind_of, listed, reading
from hpsearch.data.partition import split
from hpsearch.data.tables import read_table, table_columns, without_names
from hpsearch.document import Invalid, Node, Number, OneOf, keys_of
from hpsearch.errors import DataError, Place, did_you_mean

_READERS = {"csv": read_table, "parquet": read_table, "npz": read_archive, "idx": read_idx}


def load(source: DataSource) -> Dataset:
    """Read a data set whole. Raises DataError with all `problems` at once, or the file's first."""
    where = source.path or "data"
    # What is wrong with a path names the path already.
    problem = problems(source)
    if problem:
        found = [str(text) if key == "path" else f"{where}: {key}: {text}" for key, text in problem.items()]
        raise DataError("\n".join(found), code=next(iter(problem.values())).code)
    if source.name is not None:
        return BUILT_IN[source.name](source)
    files = files_of(source)
    with reading(files[0]):
        return _READERS[kind_of(files[0])](files[0], source)


def prepare(source: DataSource) -> Split:
    """Load, split and normalize, once while the files keep their size and time; DataError as `load` and `split`."""
    stamps = tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in files_of(source))
    return _prepared(source, stamps)


def fingerprint(source: DataSource) -> str:
    """Give the hex SHA-256 of the files' bytes (not parsed), or of a built-in data set's arrays.

    How they are cut is not in it. Raises DataError if a file cannot be read.
    """
    if files := files_of(source):
        return digest(files)
    dataset = load(source)
    return hashlib.sha256(dataset.inputs.tobytes() + dataset.labels.tobytes()).hexdigest()


@lru_cache(maxsize=2)
def _prepared(source: DataSource, stamps: tuple[tuple[int, int], ...]) -> Split:  # noqa: ARG001  # part of the key
    dataset = load(source)
    with reading(source.path or Path(dataset.name)):
        return split(dataset, validation=source.validation, test=source.test, seed=source.seed)


_LEAST_POINTS = 6  # of each class: two in each part
Problems = dict[str, DataError]


def problems(source: DataSource) -> Problems:
    """Say what is wrong with a source, by its field's name; {} if all is well. Reads no rows."""
    found: Problems = {}
    if (source.name is None) == (source.path is None):
        rule = f"give either a name (built in: {', '.join(BUILT_IN)}) or a path to a file"
        found = {"name": DataError(rule, code="C108")}
    elif source.path is not None:
        found = _file(source, source.path)
    return found | _values(source)


def _file(source: DataSource, path: Path) -> Problems:
    try:
        files_of(source)
        known = columns(path)
    except DataError as error:
        return {"path": error}
    kind = kind_of(path)
    if kind in ("csv", "parquet"):
        return _target(source, known) | _drop(source, known)
    found = {}
    if source.drop:
        found["drop"] = DataError("only a table (CSV, Parquet) has columns to drop; remove it", code="C108")
    if source.target is not None and kind == "idx":
        rule = "an IDX file has no columns; name the file of labels with `labels:`"
        return found | {"target": DataError(rule, code="C108")}
    return found | (_target(source, known) if source.target is not None else {})


def _target(source: DataSource, known: list[str]) -> Problems:
    if source.target is None:
        rule = f"name the column that holds the class: `target: ...`, one of {listed(known)}"
        return {"target": DataError(rule, code="C105")}
    if source.target in known:
        return {}
    return {"target": _absent(source.target, known)}


def _drop(source: DataSource, known: list[str]) -> Problems:
    if absent := set(source.drop) - set(known):
        return {"drop": _absent(next(name for name in source.drop if name in absent), known)}
    if source.target in source.drop:
        return {"drop": DataError(f"'{source.target}' is the target; take it out of `drop:`", code="C108")}
    if not set(known) - {source.target, *source.drop}:
        return {"drop": DataError(f"no input is left beside the target; the file has {listed(known)}", code="D104")}
    return {}


def _absent(name: str, known: list[str]) -> DataError:
    """Name the nearest column, or a file that starts with its first row: most of its names are numbers."""
    nameless = "add a first line with the columns' names" if without_names(known) else ""
    hint = did_you_mean(name, known, called="") or nameless
    parts = (f"'{name}' is not in the file", hint, f"it has {listed(known)}")
    return DataError("; ".join(filter(None, parts)), code="D104")


def _values(source: DataSource) -> Problems:
    """Check each value by its key's rule, as the reader of a config does, and then what must go together."""
    found: Problems = {}
    for name, key in keys_of(DataSource).items():
        value = getattr(source, name)
        if isinstance(key.kind, OneOf | Number) and value is not None:
            try:
                key.kind.read(Node(value, Place("data")))
            except Invalid as error:
                found[name] = DataError(f"{error}; {error.fix}".removesuffix("; "), code=error.code)
    if found:
        return found
    if source.validation + source.test >= 1:
        both = f"{source.validation} + {source.test}; use 0.2 for each"
        rule = f"validation + test must leave rows to train on, got {both}"
        found["validation"] = DataError(rule, code="C108")
    least = _LEAST_POINTS * source.classes
    if source.name in ("blobs", "spirals") and source.points < least:
        rule = f"{source.classes} classes need at least {least} points, got {source.points}"
        found["points"] = DataError(rule, code="D107")
    return found


def columns(path: Path) -> list[str]:
    """Give what `target:` may name: columns, or arrays; none for IDX. DataError without a file of its kind."""
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
    files = [path for pair in idx_files(source.path, source.labels) for path in pair]
    for path in files:
        check_exists(path)
    return files

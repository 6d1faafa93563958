"""Which files a source reads, and the names in them, before any row is read."""

from pathlib import Path

from hpsearch.data.archives import array_names
from hpsearch.data.files import check_exists, kind_of
from hpsearch.data.idx import idx_files
from hpsearch.data.source import DataSource
from hpsearch.data.tables import table_columns


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

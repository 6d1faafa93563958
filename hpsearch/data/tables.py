"""CSV and Parquet files as data frames; what the columns mean is encoding.py's."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from hpsearch.data.dataset import Dataset
from hpsearch.data.encoding import encode_frame
from hpsearch.data.files import kind_of, reading
from hpsearch.data.source import DataSource
from hpsearch.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_table(path: Path, source: DataSource) -> Dataset:
    """Read a CSV or Parquet file; `target` is the label column, all others but `drop` are inputs.

    `problems` has found the names in the header. Raises DataError for a file that cannot be read, or a
    column that cannot be used.
    """
    header = table_columns(path)
    frame = _read_parquet(path) if kind_of(path) == "parquet" else _read_csv(path, header)
    if frame.empty:
        raise DataError(f"{path}: has a header and no rows")
    return encode_frame(frame.drop(columns=list(source.drop)), str(source.target), path)


def table_columns(path: Path) -> list[str]:
    """Give the names of a table's columns, in order, without reading its rows."""
    return _parquet_columns(path) if kind_of(path) == "parquet" else _csv_columns(path)


def _open_text(path: Path) -> IO[str]:
    # utf-8-sig skips the byte order mark that spreadsheets write, which else is part of the first name.
    opener = gzip.open if path.suffix.lower() == ".gz" else io.open
    return opener(path, "rt", encoding="utf-8-sig", newline="")


def _csv_columns(path: Path) -> list[str]:
    with reading(path), _open_text(path) as file:
        first = next((line for line in file if line.strip()), "")
        # A quoted name may hold a line break, so the reader gets the rest of the file too.
        rows = csv.reader(chain([first], file), delimiter=_delimiter(path, first), skipinitialspace=True)
        try:
            header = next(rows, [])
        except csv.Error as error:
            raise DataError(f"{path}: has no readable line of columns' names ({error}); is it CSV?") from error
    if not header:
        raise DataError(f"{path}: is empty; it needs a line with the columns' names, then the rows")
    # A spreadsheet's or pandas' row numbers have no name; pandas calls them so, and `drop:` can.
    names = [name.strip() or f"Unnamed: {position}" for position, name in enumerate(header)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path}: several columns are named '{twice[0]}'; rename them")
    return names


def _delimiter(path: Path, header: str) -> str:
    """Tab for .tsv; else the most frequent in the header: many countries' spreadsheets write semicolons."""
    return "\t" if ".tsv" in path.name.lower() else max(",;\t", key=header.count)


def _read_csv(path: Path, header: list[str]) -> "pd.DataFrame":
    import pandas as pd

    with reading(path), _open_text(path) as file:
        first = next(line for line in file if line.strip())
    try:
        with reading(path):
            # low_memory guesses types piece by piece, and can find numbers in one and text in the next.
            frame = pd.read_csv(
                path,
                sep=_delimiter(path, first),
                names=header,
                header=0,
                encoding="utf-8-sig",
                skipinitialspace=True,
                low_memory=False,
            )
    except pd.errors.ParserError as error:
        raise DataError(f"{path}: {str(error).strip()}; give every row as many values as the header") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(f"{path}: the rows have more values than the header's {len(header)} names; name them all")
    return frame


def _parquet_columns(path: Path) -> list[str]:
    with _reading_parquet(path) as parquet:
        schema = parquet.read_schema(path)
        # pandas stores a frame's row names as a column of the file and takes it back as row names.
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        return [name for name in schema.names if name not in index]


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    with _reading_parquet(path):
        return pd.read_parquet(path, engine="pyarrow")


@contextmanager
def _reading_parquet(path: Path) -> Iterator[Any]:
    """Give pyarrow.parquet, and turn what it raises into a DataError."""
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(f"{path}: Parquet files need pyarrow: pip install 'hpsearch[parquet]'") from error
    try:
        yield parquet
    except Exception as error:
        # On a damaged file pyarrow and pandas raise a dozen types, from KeyError to JSONDecodeError.
        raise DataError(f"{path}: is not a readable Parquet file ({error}); write it again") from error

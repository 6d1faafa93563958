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

from hpsearch.data.dataset import Dataset, DataSource
from hpsearch.data.files import kind_of, reading
from hpsearch.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import encode_labels, listed, refuse_non_finite

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


MOST_VALUES = 1000  # of a text column: each becomes an input
_FEW_VALUES = 10
_ROW_NUMBER_NAMES = {"id", "index", "row"}

Columns = tuple[list[str], NDArray[np.float64]]


def encode_frame(frame: "pd.DataFrame", target: str, path: Path) -> Dataset:
    """Turn a frame of n rows into inputs (n, D) and labels (n,).

    Raises DataError, naming the file, the column and the fix, for missing or infinite values and for columns
    that cannot be inputs or labels.
    """
    _refuse_missing(frame, path)
    labels, classes = encode_labels(_label_values(frame[target], path), f"{path}: target '{target}'")
    parts = [_encode(frame[name], path) for name in frame.columns if name != target]
    features = tuple(name for names, _ in parts for name in names)
    inputs = np.concatenate([values for _, values in parts], axis=1)
    refuse_non_finite(inputs, features, str(path))
    return Dataset(path.stem, inputs, labels, classes, features)


def _refuse_missing(frame: "pd.DataFrame", path: Path) -> None:
    counts = frame.isna().sum()
    if counts.any():
        found = listed(f"'{name}' ({count} of {len(frame)})" for name, count in counts[counts > 0].items())
        raise DataError(
            f"{path}: missing values (empty, NA, NaN, null, None) in {found}; fill them in, remove the rows, "
            "or put the column under `drop:`"
        )


def _plain(column: "pd.Series[Any]") -> "tuple[str, pd.Series[Any]]":
    """Give the kind of a column's values (number, boolean, text, or pandas' own word) and the column."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    kind = pd.api.types.infer_dtype(column)
    return {"integer": "number", "floating": "number", "string": "text"}.get(kind, kind), column


def _label_values(column: "pd.Series[Any]", path: Path) -> NDArray[Any]:
    kind, column = _plain(column)
    if kind == "text":
        return np.array([str(value) for value in column])
    if kind == "boolean":
        return column.to_numpy(dtype=np.bool_)
    if kind != "number":
        raise DataError(f"{path}: target '{column.name}' holds {kind} values; write them as integers or text")
    return column.to_numpy()


def _encode(column: "pd.Series[Any]", path: Path) -> Columns:
    """Encode one column as named inputs (n, k): itself, or one for each of a text column's k values."""
    where = f"{path}: column '{column.name}'"
    kind, column = _plain(column)
    if kind == "text":
        return _one_hot(column, where)
    if kind not in ("number", "boolean"):
        raise DataError(f"{where} holds {kind} values; write them as numbers or text, or {_drop(column)}")
    values = column.to_numpy(dtype=np.float64)
    _refuse_row_numbers(column, values, where)
    return [str(column.name)], values[:, None]


def _refuse_row_numbers(column: "pd.Series[Any]", values: NDArray[np.float64], where: str) -> None:
    name = str(column.name).lower()
    counts_rows = len(values) > 1 and bool((values[1:] == values[:-1] + 1).all())
    if counts_rows and (name in _ROW_NUMBER_NAMES or name.startswith("unnamed: ")):
        # In a file sorted by class the row number gives the class away, and every network looks perfect.
        raise DataError(f"{where} only numbers the rows; {_drop(column)}")


def _one_hot(column: "pd.Series[Any]", where: str) -> Columns:
    values, codes = np.unique(np.array([str(value) for value in column]), return_inverse=True)
    _refuse_broken_numbers(column, [str(value) for value in values], where)
    if len(values) == len(column) or len(values) > MOST_VALUES:
        raise DataError(
            f"{where} is text with {len(values)} different values in {len(column)} rows, as an ID or free "
            f"text has (at most {MOST_VALUES} become inputs); {_drop(column)}"
        )
    return [f"{column.name}={value}" for value in values], np.eye(len(values))[codes.reshape(-1)]


def _refuse_broken_numbers(column: "pd.Series[Any]", values: list[str], where: str) -> None:
    words = [value for value in values if not is_number(value)]
    numbers = [value for value in values if is_number(value)]
    # Few values, the numbers among them whole: categories, as in 0, 1, 2, 3+.
    categories = len(values) <= _FEW_VALUES and all(number.isdigit() for number in numbers)
    if not words or categories or len(words) > len(numbers):
        return
    count = int(column.isin(words).sum())
    shown = listed((f"'{word}'" for word in words), most=3)
    raise DataError(
        f"{where}: {count} of {len(column)} values are not numbers ({shown}); correct them, remove the rows, "
        f"or {_drop(column)}"
    )


def is_number(word: str) -> bool:
    """Say whether text reads as a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _drop(column: "pd.Series[Any]") -> str:
    return f"leave the column out with `drop: ['{column.name}']`"

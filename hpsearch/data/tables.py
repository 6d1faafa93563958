"""CSV and Parquet files: read as data frames, whose columns become inputs and labels."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import Dataset, DataSource, encode_labels, refuse_non_finite
from hpsearch.data.files import kind_of, listed, opened, reading
from hpsearch.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 1000  # of a text column: each becomes an input
_FEW_VALUES = 10
_ROW_NUMBER_NAMES = {"id", "index", "row"}

Columns = tuple[list[str], NDArray[np.float64]]


def read_table(path: Path, source: DataSource) -> Dataset:
    """Read n rows of a CSV or Parquet file; `target` is the label column, all others but `drop` are inputs.

    `problems` has found the names in the header. Raises DataError, naming the file, the column and the fix, for a
    file that cannot be read, missing or infinite values, and columns that cannot be inputs or labels.
    """
    frame = _frame(path)
    if frame.empty:
        raise DataError(f"{path}: has a header and no rows")
    frame, target = frame.drop(columns=list(source.drop)), str(source.target)
    if (counts := frame.isna().sum()).any():
        found = listed(f"'{name}' ({count} of {len(frame)})" for name, count in counts[counts > 0].items())
        fix = "fill them in, remove the rows, or put the column under `drop:`"
        raise DataError(f"{path}: missing values (empty, NA, NaN, null, None) in {found}; {fix}")
    labels, classes = encode_labels(_label_values(frame[target], path), f"{path}: target '{target}'")
    parts = [_encode(frame[name], path) for name in frame.columns if name != target]
    features = tuple(name for names, _ in parts for name in names)
    inputs = np.concatenate([values for _, values in parts], axis=1)
    refuse_non_finite(inputs, features, str(path))
    return Dataset(path.stem, inputs, labels, classes, features)


def table_columns(path: Path) -> list[str]:
    """Give the names of a table's columns, in order, without reading its rows."""
    if kind_of(path) == "csv":
        return _csv_header(path)[0]
    with _reading_parquet(path) as parquet:
        schema = parquet.read_schema(path)
        # pandas stores a frame's row names as a column of the file and takes it back as row names.
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        return [name for name in schema.names if name not in index]


def _csv_header(path: Path) -> tuple[list[str], str]:
    """Give the columns' names, and what divides them."""
    # utf-8-sig skips the byte order mark that spreadsheets write, which else is part of the first name.
    with opened(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        first = next((line for line in file if line.strip()), "")
        # Many countries' spreadsheets write semicolons.
        delimiter = "\t" if ".tsv" in path.name.lower() else max(",;\t", key=first.count)
        # A quoted name may hold a line break, so the reader gets the rest of the file too.
        rows = csv.reader(chain([first], file), delimiter=delimiter, skipinitialspace=True)
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
    return names, delimiter


def _frame(path: Path) -> "pd.DataFrame":
    import pandas as pd

    if kind_of(path) == "parquet":
        with _reading_parquet(path):
            return pd.read_parquet(path, engine="pyarrow")
    names, sep = _csv_header(path)
    try:
        with reading(path):
            # low_memory guesses types piece by piece, and can find numbers in one and text in the next.
            frame = pd.read_csv(
                path, sep=sep, names=names, header=0, encoding="utf-8-sig", skipinitialspace=True, low_memory=False
            )
    except pd.errors.ParserError as error:
        raise DataError(f"{path}: {str(error).strip()}; give every row as many values as the header") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(f"{path}: the rows have more values than the header's {len(names)} names; name them all")
    return frame


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
    name, counts_rows = str(column.name), len(values) > 1 and bool((values[1:] == values[:-1] + 1).all())
    if counts_rows and (name.lower() in _ROW_NUMBER_NAMES or name.lower().startswith("unnamed: ")):
        # In a file sorted by class the row number gives the class away, and every network looks perfect.
        raise DataError(f"{where} only numbers the rows; {_drop(column)}")
    return [name], values[:, None]


def _one_hot(column: "pd.Series[Any]", where: str) -> Columns:
    distinct, codes = np.unique(np.array([str(value) for value in column]), return_inverse=True)
    values: list[str] = distinct.tolist()
    words, numbers = ([value for value in values if is_number(value) == wanted] for wanted in (False, True))
    # Few values, the numbers among them whole: categories, as in 0, 1, 2, 3+.
    categories = len(values) <= _FEW_VALUES and all(number.isdigit() for number in numbers)
    if words and not categories and len(words) <= len(numbers):
        count, shown = int(column.isin(words).sum()), listed((f"'{word}'" for word in words), most=3)
        fix = f"correct them, remove the rows, or {_drop(column)}"
        raise DataError(f"{where}: {count} of {len(column)} values are not numbers ({shown}); {fix}")
    if len(values) == len(column) or len(values) > MOST_VALUES:
        many = f"{len(values)} different values in {len(column)} rows, as an ID or free text has"
        raise DataError(f"{where} is text with {many} (at most {MOST_VALUES} become inputs); {_drop(column)}")
    return [f"{column.name}={value}" for value in values], np.eye(len(values))[codes.reshape(-1)]


def is_number(word: str) -> bool:
    """Say whether text reads as a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _drop(column: "pd.Series[Any]") -> str:
    return f"leave the column out with `drop: ['{column.name}']`"

"""CSV and Parquet files: read as data frames, whose columns become inputs and labels."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hpsearch.data.columns import NAMELESS, encode, label_values, refuse, with_points
from hpsearch.data.dataset import Column, Dataset, DataSource, encode_labels, refuse_non_finite
from hpsearch.data.files import check_exists, check_memory, kind_of, listed, opened, quoted
from hpsearch.document import reads_as_number
from hpsearch.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 2**26  # characters of a line that may hold the columns' names
_MOST_COLUMNS = 1_000_000
_MOST_EMPTY = 10_000  # lines before the one with the columns' names


def read_table(path: Path, source: DataSource) -> Dataset:
    """Read n rows of a CSV or Parquet file; `target` is the label column, all others but `drop` are inputs.

    `problems` has found the names in the header. Raises DataError, naming the file, the column and the fix, for a
    file that cannot be read, missing or infinite values, and columns that cannot be inputs or labels.
    """
    frame, target = _frame(path), str(source.target)
    if frame.empty:
        raise DataError(f"{path}: has a header and no rows")
    frame, empty_rows, left_out = _without_empty(frame.reset_index(drop=True))
    left_out += [Column(name, "left out: `drop:`") for name in source.drop]
    frame = frame.drop(columns=[name for name in source.drop if name in frame.columns])
    _refuse_missing(path, frame)
    labels, classes = encode_labels(
        label_values(frame[target], f"{path}: target '{target}'"), f"{path}: target '{target}'"
    )
    parts, refused = [], {}
    for name in frame.columns:
        if name != target:
            try:
                parts.append(encode(frame[name]))
            except DataError as error:
                refused[str(name)] = str(error)
    refuse(path, refused)
    columns, names, values = zip(*parts, strict=True)
    features = tuple(chain.from_iterable(names))
    check_memory(str(path), 8 * len(frame) * len(features), f"its {len(features):,} inputs of {len(frame):,} rows")
    inputs = np.concatenate(values, axis=1)
    refuse_non_finite(inputs, features, str(path), frame.index.to_numpy())
    everything = (Column(target, "target"), *columns, *left_out)
    return Dataset(path.stem, inputs, labels, classes, features, columns=everything, empty_rows=empty_rows)


def _without_empty(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, int, list[Column]]":
    """Leave out rows without any value and columns without values or a name, as spreadsheets write them at the end."""
    missing = frame.isna()
    rows = missing.all(axis=1)
    nothing = [str(name) for name in frame.columns[missing.all(axis=0)] if str(name).startswith(NAMELESS)]
    left_out = [Column(name, "left out: no name and no value") for name in nothing]
    return frame[~rows].drop(columns=nothing), int(rows.sum()), left_out


def _refuse_missing(path: Path, frame: "pd.DataFrame") -> None:
    missing = frame.isna()
    if (counts := missing.sum()).any():
        first = frame.index[missing.to_numpy().argmax(axis=0)] + 1
        found = listed(
            f"'{quoted(name)}' ({count} of {len(frame)}, the first in row {row})"
            for name, count, row in zip(frame.columns, counts, first, strict=True)
            if count
        )
        fix = "fill them in, remove the rows, or put the column under `drop:`"
        raise DataError(f"{path}: missing values (empty, NA, NaN, null, None) in {found}; {fix}", code="D103")


def table_columns(path: Path) -> list[str]:
    """Give the names of a table's columns, in order, without reading its rows."""
    if kind_of(path) == "csv":
        return _csv_header(path)[0]
    check_exists(path)
    with _reading_parquet(path) as parquet:
        schema = parquet.read_schema(path)
        # pandas stores a frame's row names as a column of the file and takes it back as row names.
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        names = [name for name in schema.names if name not in index]
    _refuse_twice(path, names)
    return names


def _csv_header(path: Path) -> tuple[list[str], str]:
    """Give the columns' names, and what divides them."""
    # utf-8-sig skips the byte order mark that spreadsheets write, which else is part of the first name.
    with opened(path, text=True) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        lines = iter(lambda: file.readline(_LONGEST), "")
        first = next((line for line in islice(lines, _MOST_EMPTY) if line.strip()), "")
        # Many countries' spreadsheets write semicolons; a quoted name may hold any of them.
        delimiter = "\t" if ".tsv" in path.name.lower() else max(",;\t", key=re.sub('"[^"]*"', "", first).count)
        if first.count(delimiter) >= _MOST_COLUMNS or len(first) >= _LONGEST:
            raise DataError(f"{path}: its first line names more than {_MOST_COLUMNS:,} columns; is it a table?")
        # A quoted name may hold a line break, so the reader gets the rest of the file too.
        rows = csv.reader(chain([first], lines), delimiter=delimiter, skipinitialspace=True)
        try:
            header = next(rows, [])
        except csv.Error as error:
            raise DataError(
                f"{path}: has no readable line of columns' names ({quoted(error, 200)}); is it CSV?"
            ) from error
        _refuse_other_form(path, first, header, rows)
    if not header:
        raise DataError(f"{path}: is empty; it needs a line with the columns' names, then the rows")
    # A spreadsheet's or pandas' row numbers have no name; pandas calls them so, and `drop:` can.
    names = [name.strip() or f"{NAMELESS}{position}" for position, name in enumerate(header)]
    _refuse_twice(path, names)
    return names, delimiter


_OTHERS = {"|": "'|'", ":": "':'", "^": "'^'", None: "spaces"}
"""What divides the columns of other files, as `split` takes it, and its name."""


def _refuse_other_form(path: Path, first: str, header: list[str], rows: Iterator[list[str]]) -> None:
    """Raise DataError where something else than columns' names stands in the first line, or between them."""
    is_comment = first.lstrip("\ufeff").startswith("#")
    if len(header) != 1 and not is_comment:
        return
    row: list[str] = []
    with suppress(csv.Error):
        row = next(rows, [])
    if is_comment and (len(header) == 1 or len(row) not in (0, len(header))):
        begin = quoted(first.strip(), 40)
        raise DataError(f"{path}: begins with a comment ('{begin}'); take out the lines that begin with #")
    if len(header) != 1 or len(row) > 1:
        return
    for sign, name in _OTHERS.items():
        if (count := len(header[0].split(sign))) > 1 and len("".join(row).split(sign)) in (0, count):
            fix = "write commas, semicolons or tabs in their place, which are read"
            raise DataError(f"{path}: its columns seem to be divided by {name}; {fix}")


def _refuse_twice(path: Path, names: list[str]) -> None:
    if twice := [f"'{quoted(name)}'" for name, count in Counter(names).items() if count > 1]:
        fix = "add a first line with the columns' names" if without_names(names) else "rename them"
        raise DataError(f"{path}: several columns are named {listed(twice)}; {fix}")


def without_names(header: list[str]) -> bool:
    """Whether a file begins with its first row: most of its names are numbers."""
    return 2 * sum(map(reads_as_number, header)) > len(header)


def _frame(path: Path) -> "pd.DataFrame":
    import pandas as pd

    if kind_of(path) == "parquet":
        with _reading_parquet(path) as parquet:
            found = parquet.read_metadata(path)
            check_memory(str(path), 8 * found.num_rows * found.num_columns, f"its {found.num_rows:,} rows")
            return pd.read_parquet(path, engine="pyarrow")
    names, sep = _csv_header(path)
    try:
        with opened(path, text=True) as file:
            # low_memory guesses types piece by piece, and can find numbers in one and text in the next.
            frame = pd.read_csv(
                file, sep=sep, names=names, header=0, encoding="utf-8-sig", skipinitialspace=True, low_memory=False
            )
    except pd.errors.ParserError as error:
        raise DataError(f"{path}: {_parser_fault(str(error))}") from error
    if not isinstance(frame.index, pd.RangeIndex):
        more = f"the rows have more values than the header's {len(names)} names"
        raise DataError(f"{path}: {more}; name them all, or take out the {sep!r} at the end of the rows")
    may_be = frame.columns[[pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]]
    texts = [name for name in may_be if pd.api.types.infer_dtype(frame[name]) == "string"]
    stripped = {name: frame[name].str.strip() for name in texts}
    # Where a semicolon stands between values, a comma stands within numbers.
    return frame.assign(**{name: with_points(each) if sep == ";" else each for name, each in stripped.items()})


def _parser_fault(text: str) -> str:
    """What pandas' parser says, in words for people."""
    if "out of memory" in text:
        return "does not fit into memory; give fewer rows or columns"
    if row := re.search(r"EOF inside string starting at row (\d+)", text):
        return f"a quotation mark opens in line {int(row[1]) + 1} and does not close; close it, or take it out"
    return (
        f"{text.removeprefix('Error tokenizing data. C error: ').strip()}; give every row as many values as the header"
    )


@contextmanager
def _reading_parquet(path: Path) -> Iterator[Any]:
    """Give pyarrow.parquet, and turn what it raises into a DataError."""
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(f"{path}: Parquet files need pyarrow: pip install 'hpsearch[parquet]'", code="D101") from error
    try:
        yield parquet
    except DataError:
        raise
    except Exception as error:
        # On a damaged file pyarrow and pandas raise a dozen types, from KeyError to JSONDecodeError.
        raise DataError(f"{path}: is not a readable Parquet file ({quoted(error, 200)}); write it again") from error

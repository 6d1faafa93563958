"""What becomes of each column of a table: labels, inputs, or nothing; and which columns are refused, with the fix."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import Column
from hpsearch.data.files import check_memory, listed, quoted
from hpsearch.document import reads_as_number
from hpsearch.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 1000  # of a text column: each becomes an input
_FEW_VALUES = 10
_ROW_NUMBER_NAMES = {"id", "index", "row"}
NAMELESS = "Unnamed: "  # pandas' name, with the position, for a column that has none

# Texts that stand for a number or a moment: as one input for each of them a network could not learn from their order.
_NUMBER = (
    r"[-+\u2212]?\s?[$€£¥]?\s?(\d{1,3}([,.'\u2019\s_]\d{3})+|\d+(_\d+)*)([.,]\d+)?\s?[%$€£¥]?"
    r"|[-+]?0[xX][0-9a-fA-F]+|[-+]?0[oO][0-7]+|[-+]?0[bB][01]+"
)
_DATE = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T].*)?"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?"
_DISGUISES = {
    _NUMBER: ("numbers with other signs in them", "write them plainly, such as 1234.5"),
    f"{_DATE}|{_TIME}": ("dates or times", "write numbers in their place, such as the month or the days since a day"),
}
_WITH_DECIMAL_COMMA = re.compile(r"[-+]?\d*,?\d+([eE][-+]?\d+)?")

Encoded = tuple[Column, list[str], NDArray[np.float64]]


def plain(column: "pd.Series[Any]") -> "tuple[str, pd.Series[Any]]":
    """Give the kind of a column's values (number, boolean, text, or pandas' own word) and the column."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    kind = pd.api.types.infer_dtype(column)
    return {"integer": "number", "floating": "number", "string": "text"}.get(kind, kind), column


def with_points(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn a text column of numbers such as 3,14 into numbers; leave any other as it is."""
    distinct = column.dropna().unique()
    if not any("," in value for value in distinct) or not all(map(_WITH_DECIMAL_COMMA.fullmatch, distinct)):
        return column
    return column.map({value: float(value.replace(",", ".")) for value in distinct})


def label_values(column: "pd.Series[Any]", where: str) -> NDArray[Any]:
    """Give the values (n,) that the classes are numbered by. Raises DataError where they are not such."""
    kind, column = plain(column)
    if kind == "text":
        values, codes = _distinct(column)
        return np.array(values)[codes]
    if kind == "boolean":
        return column.to_numpy(dtype=np.bool_)
    if kind != "number":
        raise DataError(f"{where} holds {kind} values; write them as integers or text", "target", code="D106")
    return column.to_numpy()


def encode(column: "pd.Series[Any]") -> Encoded:
    """Encode one column as named inputs (n, k): itself, or one for each of a text column's k values.

    Raises DataError where it cannot be an input; the text begins behind the column's name.
    """
    kind, column = plain(column)
    name = str(column.name)
    if kind == "text":
        return _one_hot(name, column)
    if kind not in ("number", "boolean"):
        raise DataError(f" holds {kind} values; write them as numbers or text", code="D105")
    try:
        values = column.to_numpy(dtype=np.float64)
    except OverflowError as error:
        raise DataError(" holds whole numbers too large for a network; rescale them", code="D105") from error
    word = "true or false" if kind == "boolean" else "number"
    if kind == "number" and _names_rows(values):
        if name.lower() in _ROW_NUMBER_NAMES or name.startswith(NAMELESS):
            # In a file sorted by class the row number gives the class away, and every network looks perfect.
            raise DataError(" only numbers the rows", code="D105")
        if re.search(r"(^|[ _.-])id$|[a-z]I[dD]$", name):
            word = "number, another one in each row: an ID?"
    return Column(name, word, 1), [name], values[:, None]


def _distinct(column: "pd.Series[Any]") -> tuple[list[str], NDArray[np.intp]]:
    """The values of a text column in alphabetic order, and the place (n,) of each row's among them."""
    import pandas as pd

    codes, found = pd.factorize(column)
    order = sorted(range(len(found)), key=lambda place: str(found[place]))
    return [str(found[place]) for place in order], np.argsort(order)[codes]


def _names_rows(values: NDArray[np.float64]) -> bool:
    """Whether each of two or more rows has a whole number of its own."""
    whole = len(values) > 1 and bool((values == np.floor(values)).all())
    return whole and len(np.unique(values)) == len(values)


def _one_hot(name: str, column: "pd.Series[Any]") -> Encoded:
    values, codes = _distinct(column)
    words, numbers = ([value for value in values if reads_as_number(value) == wanted] for wanted in (False, True))
    shown = listed((f"'{word}'" for word in words), most=3)
    if found := _disguise(values):
        raise DataError(f" is text that holds {found[0]} ({shown}); {found[1]}", code="D105")
    # Few values, the numbers among them whole: categories, as in 0, 1, 2, 3+; but "-" and "?" stand for no value.
    few = len(values) <= _FEW_VALUES and all(number.isdigit() for number in numbers)
    categories = few and any(letter.isalnum() for word in words for letter in word)
    if words and not categories and len(words) <= len(numbers):
        wrong = column.isin(words)
        count = f"{int(wrong.sum())} of {len(column)} values are not numbers ({shown})"
        first = column.index[int(wrong.to_numpy().argmax())] + 1
        raise DataError(f": {count}, the first in row {first}; correct them or remove the rows", code="D105")
    if len(values) == len(column) or len(values) > MOST_VALUES:
        many = f"{len(values)} different values in {len(column)} rows, as an ID or free text has"
        raise DataError(f" is text with {many} (at most {MOST_VALUES} become inputs)", code="D105")
    check_memory(f"column '{quoted(name)}'", len(column) * len(values) * 8, f"its {len(values)} inputs")
    features = [f"{name}={value}" for value in values]
    return (Column(name, f"text: {listed(values, most=4)}", len(values)), features, np.eye(len(values))[codes])


def _disguise(values: Sequence[str]) -> tuple[str, str] | None:
    """What the values stand for where each is a number or a moment in words, and the fix."""
    if all(map(reads_as_number, values)):
        return None
    found = (what for form, what in _DISGUISES.items() if all(re.fullmatch(form, value) for value in values))
    return next(found, None)


def refuse(path: object, refused: dict[str, str]) -> None:
    """Raise DataError with every column that cannot be an input, and the `drop:` that leaves them out."""
    if not refused:
        return
    most = 10  # shown
    lines = [f"column '{quoted(name)}'{text}" for name, text in [*refused.items()][:most]]
    more = [f"and {len(refused) - most:,} columns more"] if len(refused) > most else []
    names = ", ".join(f"'{quoted(name)}'" for name in [*refused][:most])
    fix = f"to go on without {'it' if len(refused) == 1 else 'them'}: `drop: [{names}{', ...' if more else ''}]`"
    raise DataError("\n".join(f"{path}: {line}" for line in [*lines, *more]) + f"; {fix}", code="D105")

"""From label values of any type to class numbers and class names."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import Labels, listed
from hpsearch.errors import DataError

MOST_CLASSES = 1000  # a softmax layer wider than this is no longer a small network


def encode_labels(values: NDArray[Any], where: str) -> tuple[Labels, tuple[str, ...]]:
    """Number the classes in sorted order: numbers by value, even if written as text, else by alphabet.

    values: (n,) of bools, integers, whole floats or text; where: file and column, for the message.
    Returns class numbers (n,) in 0..C-1, and the C names.
    Raises DataError on other types, missing labels, fractions, one class only, or too many classes.
    """
    values = _checked(values, where)
    distinct, codes = np.unique(values, return_inverse=True)
    names = [str(value.item()) for value in distinct]
    _check_count(names, len(values), where)
    order = np.array(_sorted_positions(names), dtype=np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes.reshape(-1)], tuple(names[position] for position in order)


def _checked(values: NDArray[Any], where: str) -> NDArray[Any]:
    """Bring the labels to a type whose values print as class names."""
    if values.dtype.kind == "f":
        return _whole(values, where)
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8", "backslashreplace")
    if values.dtype.kind not in "biuU":
        raise DataError(f"{where}: labels of type {values.dtype} are not classes; use integers or text")
    return values


def _whole(values: NDArray[Any], where: str) -> Labels:
    if missing := int(np.isnan(values).sum()):
        raise DataError(f"{where}: {missing} labels are missing (NaN); remove these rows")
    fractions = values[~np.isfinite(values) | (values != np.floor(values))]
    if len(fractions):
        shown = listed((f"{value:g}" for value in np.unique(fractions)), most=3)
        raise DataError(
            f"{where}: {len(fractions)} labels are not whole numbers ({shown}): this is a quantity, and the "
            "built-in network tells classes apart; cut the values into bins, or train your own `command:`"
        )
    return values.astype(np.int64)


def _check_count(names: list[str], rows: int, where: str) -> None:
    if len(names) < 2:
        raise DataError(f"{where}: every row has the class '{names[0]}'; at least two classes are needed")
    if len(names) > MOST_CLASSES or 2 * len(names) > rows:
        raise DataError(
            f"{where}: {len(names)} different labels in {rows} rows are too many classes (at "
            f"most {MOST_CLASSES}, with two rows each), as an ID or a quantity has; name another `target:`, "
            "or cut the values into bins"
        )


def _sorted_positions(names: list[str]) -> list[int]:
    positions = range(len(names))
    try:
        # Some archives store digit classes as text, and '10' belongs after '9'.
        return sorted(positions, key=lambda position: int(names[position]))
    except ValueError:
        return list(positions)

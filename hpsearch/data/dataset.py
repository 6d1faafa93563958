"""The records between a file and a trained network: a Dataset as read, a Split as trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.document import Integer, Key, ListOf, Number, OneOf, Text
from hpsearch.errors import DataError

BUILT_IN_NAMES = ("digits", "blobs", "spirals")

Inputs = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.int64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predefined:
    """The parts that a file itself defines, as row numbers: train (n_train,), others (n_part,) or None."""

    train: Rows
    validation: Rows | None = None
    test: Rows | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows as read: finite, complete, not yet split or normalized.

    inputs: (n, D); labels: (n,) in 0..C-1; classes: C names; features: D names; fingerprint: hex SHA-256 of
    the file's bytes, or of the arrays of a built-in data set.
    """

    name: str
    inputs: Inputs
    labels: Labels
    classes: tuple[str, ...]
    features: tuple[str, ...]
    fingerprint: str = ""
    predefined: Predefined | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a Split. inputs: (n, D), normalized, C-contiguous; labels: (n,). Both read-only."""

    inputs: NDArray[np.float32]
    labels: Labels


@dataclass(frozen=True, eq=False)
class Split:
    """What a network trains on, is ranked by, and is evaluated on once at the end.

    mean, scale: (D,), of the training part: normalized = (raw - mean) / scale.
    """

    train: Part
    validation: Part
    test: Part
    classes: tuple[str, ...]
    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    fingerprint: str


def feature_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name the inputs of rows of this shape: x0, x1, ... for (D,), x0_0, x0_1, ... for images (h, w)."""
    return tuple("x" + "_".join(map(str, index)) for index in product(*map(range, shape)))


def refuse_non_finite(inputs: Inputs, features: tuple[str, ...], where: str) -> None:
    """Raise DataError with every column of inputs (n, D) that holds NaN or infinity, and how many."""
    if np.isfinite(inputs).all():
        return
    kinds = {"missing (NaN)": np.isnan(inputs).sum(axis=0), "infinite": np.isinf(inputs).sum(axis=0)}
    found = " and ".join(
        f"{kind} values in {listed(f'{features[c]} ({counts[c]})' for c in np.flatnonzero(counts))}"
        for kind, counts in kinds.items()
        if counts.any()
    )
    raise DataError(f"{where}: {found}; fill them in, or remove these rows or columns")


def listed(words: Iterable[str], most: int = 12) -> str:
    """Join words with commas; past `most`, say how many more there are."""
    words = list(words)
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class DataSource:
    """Where the rows come from and how they are cut. It holds no rows: cheap to hash, compare and pickle.

    Exactly one of `name` and `path` is set; `problems` checks this and every value below. Neither fraction counts
    rows that the file itself assigns to validation or test.
    """

    name: Annotated[str | None, Key("a built-in data set", OneOf(BUILT_IN_NAMES))] = None
    path: Annotated[
        Path | None, Key("your file: .csv, .tsv, .parquet, .npz or IDX, gzip where usual", Text(form="a path"))
    ] = None
    target: Annotated[str | None, Key("the column, or the NPZ array, that holds the labels", Text(form="a column"))] = (
        None
    )
    labels: Annotated[
        Path | None, Key("the labels file of an IDX file, where its name does not tell", Text(form="a path"))
    ] = None
    drop: Annotated[tuple[str, ...], Key("columns that are not inputs", ListOf(Text(form="a column")))] = ()
    validation: Annotated[float, Key("fraction of the rows that trials are ranked by", Number(above=0, below=1))] = 0.2
    test: Annotated[float, Key("fraction of the rows that no search sees", Number(above=0, below=1))] = 0.2
    seed: Annotated[int, Key("of the split, and of generated points", Integer(min=0))] = 0
    points: Annotated[int, Key("number of generated points (blobs, spirals)", Integer(min=10))] = 600
    classes: Annotated[int, Key("number of generated classes (blobs, spirals)", Integer(min=2))] = 3
    noise: Annotated[float, Key("spread of the generated points (blobs, spirals)", Number(min=0))] = 0.2


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

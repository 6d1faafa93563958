"""Data sets: those built in, and the records between a source and a trained network: a Dataset as read, a Split."""

from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.files import listed, quoted
from hpsearch.document import SEED, Integer, Key, ListOf, Number, OneOf, Text
from hpsearch.errors import DataError
from hpsearch.nn import Samples

Inputs = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.int64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predefined:
    """The parts that a file itself defines, as row numbers: train (n_train,), others (n_part,) or None."""

    train: Rows
    validation: Rows | None = None
    test: Rows | None = None


@dataclass(frozen=True)
class Column:
    """What became of a column of a table: so many inputs, none where it is the target or left out; `kind` in words."""

    name: str
    kind: str
    inputs: int = 0


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows as read: finite, complete, not yet split or normalized.

    inputs: (n, D); labels: (n,) in 0..C-1; classes: C names; features: D names; columns: of a table, none of arrays;
    empty_rows: how many rows without any value were left out.
    """

    name: str
    inputs: Inputs
    labels: Labels
    classes: tuple[str, ...]
    features: tuple[str, ...]
    predefined: Predefined | None = None
    columns: tuple[Column, ...] = ()
    empty_rows: int = 0


Part = Samples
"""Some rows of a Split: float32, C-contiguous, both arrays read-only."""


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
    columns: tuple[Column, ...]
    empty_rows: int

    @property
    def largest_class(self) -> tuple[str, float]:
        """The class with most training rows, and the accuracy on the validation part of always guessing it."""
        largest = int(np.bincount(self.train.labels).argmax())
        return self.classes[largest], float((self.validation.labels == largest).mean())


def feature_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name the inputs of rows of this shape: x0, x1, ... for (D,), x0_0, x0_1, ... for images (h, w)."""
    return tuple("x" + "_".join(map(str, index)) for index in product(*map(range, shape)))


def refuse_non_finite(inputs: NDArray[Any], features: tuple[str, ...], where: str, rows: Rows | None = None) -> None:
    """Raise DataError with every column of inputs (n, D) that holds NaN or infinity, how many, and the first row.

    rows: (n,), the rows' places in their file, where they are not 0, 1, 2, ...
    """
    if np.isfinite(inputs).all():
        return
    found = []
    for kind, is_it in {"missing (NaN)": np.isnan, "infinite": np.isinf}.items():
        wrong = is_it(inputs)
        counts, first = wrong.sum(axis=0), wrong.argmax(axis=0)
        first = 1 + (first if rows is None else rows[first])
        if counts.any():
            places = (
                f"{quoted(features[c])} ({counts[c]}, the first in row {first[c]})" for c in np.flatnonzero(counts)
            )
            found.append(f"{kind} values in {listed(places)}")
    raise DataError(f"{where}: {' and '.join(found)}; fill them in, or remove these rows or columns", code="D103")


def digits(source: "DataSource") -> Dataset:  # noqa: ARG001  # one signature for the whole table
    """Read the 1,797 handwritten digits, 8 x 8 pixels of 0..16; DIGITS.md has their source and licence."""
    with resources.files("hpsearch.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        inputs, labels = arrays["inputs"].astype(np.float32), arrays["labels"].astype(np.int64)
    return Dataset("digits", inputs, labels, tuple("0123456789"), feature_names((8, 8)))


def blobs(source: "DataSource") -> Dataset:
    """Draw clouds around C centres evenly spaced on the unit circle, of standard deviation `noise`."""
    rng, labels, angles = _start(source)
    points = _polar(np.ones(source.points), angles) + source.noise * rng.standard_normal((source.points, 2))
    return _plane("blobs", points, labels, source)


def spirals(source: "DataSource") -> Dataset:
    """Draw C arms that wind 4 rad from the centre outwards: angle = 2 pi c / C + 4 r + noise, r in [0, 1).

    No straight line separates the arms, so softmax regression fails where a network succeeds.
    """
    rng, labels, angles = _start(source)
    radii = rng.random(source.points)
    angles = angles + 4 * radii + source.noise * rng.standard_normal(source.points)
    return _plane("spirals", _polar(radii, angles), labels, source)


def _start(source: "DataSource") -> tuple[np.random.Generator, Labels, NDArray[np.float64]]:
    """Give the points' generator, classes of equal size up to one point, and the angles of the classes."""
    labels = np.arange(source.points, dtype=np.int64) % source.classes
    # The second number keeps these draws apart from the split's, which has the same seed.
    return np.random.default_rng([source.seed, 1]), labels, 2 * np.pi * labels / source.classes


def _polar(radii: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _plane(name: str, points: NDArray[np.float64], labels: Labels, source: "DataSource") -> Dataset:
    # float32 rounds away the last bits of sin and cos, in which processors differ, so fingerprints agree.
    return Dataset(name, points.astype(np.float32), labels, tuple(map(str, range(source.classes))), ("x", "y"))


BUILT_IN = {"digits": digits, "blobs": blobs, "spirals": spirals}
_COLUMN, _PATH, _FRACTION = Text(form="a column"), Text(form="a path"), Number(above=0, below=1)


@dataclass(frozen=True)
class DataSource:
    """Where the rows come from and how they are cut. It holds no rows: cheap to hash, compare and pickle.

    Exactly one of `name` and `path` is set; `problems` checks this and every value below. Neither fraction counts
    rows that the file itself assigns to validation or test.
    """

    name: Annotated[str | None, Key("a built-in data set", OneOf(tuple(BUILT_IN)))] = None
    path: Annotated[Path | None, Key("your file: .csv, .tsv, .parquet, .npz or IDX, gzip where usual", _PATH)] = None
    target: Annotated[str | None, Key("the column, or the NPZ array, that holds the labels", _COLUMN)] = None
    labels: Annotated[Path | None, Key("the labels file of an IDX file, where its name does not tell", _PATH)] = None
    drop: Annotated[tuple[str, ...], Key("columns that are not inputs", ListOf(_COLUMN))] = ()
    validation: Annotated[float, Key("fraction of the rows that trials are ranked by", _FRACTION)] = 0.2
    test: Annotated[float, Key("fraction of the rows that no search sees", _FRACTION)] = 0.2
    seed: Annotated[int, Key("of the split, and of generated points", SEED)] = 0
    points: Annotated[int, Key("number of generated points (blobs, spirals)", Integer(min=10, max=10_000_000))] = 600
    classes: Annotated[int, Key("number of generated classes (blobs, spirals)", Integer(min=2, max=10_000))] = 3
    noise: Annotated[float, Key("spread of the generated points (blobs, spirals)", Number(min=0))] = 0.2


MOST_CLASSES = 1000  # a softmax layer wider than this is no longer a small network

_LARGEST = 2.0**53  # above it, floats do not tell one whole number from the next


def encode_labels(values: NDArray[Any], where: str) -> tuple[Labels, tuple[str, ...]]:
    """Number the classes in sorted order: numbers by value, even if written as text, else by alphabet.

    values: (n,) of bools, integers, whole floats or text; where: file and column, for the message.
    Returns class numbers (n,) in 0..C-1, and the C names.
    Raises DataError on other types, missing labels, fractions, one class only, or too many classes.
    """
    if values.dtype.kind == "f":
        values = _whole(values, where)
    elif values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "backslashreplace")
    elif values.dtype.kind not in "biuU":
        raise DataError(
            f"{where}: labels of type {values.dtype} are not classes; use integers or text", "target", code="D106"
        )
    distinct, codes = np.unique(values, return_inverse=True)
    names = [str(value.item()) for value in distinct]
    _check_count(names, len(values), where)
    order = list(range(len(names)))
    # Some archives store digit classes as text, and '10' belongs after '9'.
    with suppress(ValueError):
        order = sorted(order, key=lambda position: int(names[position]))
    rank: Labels = np.argsort(order).astype(np.int64)
    return rank[codes.reshape(-1)], tuple(names[position] for position in order)


def _whole(values: NDArray[Any], where: str) -> Labels:
    if missing := int(np.isnan(values).sum()):
        raise DataError(f"{where}: {missing} labels are missing (NaN); remove these rows", "target", code="D103")
    whole = (values == np.floor(values)) & (np.abs(values) < _LARGEST)
    fractions = values[~whole]
    if len(fractions):
        shown = listed((f"{value:g}" for value in np.unique(fractions)), most=3)
        rule = "this is a quantity, and the built-in network tells classes apart"
        fix = "cut the values into bins, or train your own `command:`"
        raise DataError(
            f"{where}: {len(fractions)} labels are not whole numbers ({shown}): {rule}; {fix}", "target", code="D106"
        )
    return values.astype(np.int64)


def _check_count(names: list[str], rows: int, where: str) -> None:
    if len(names) < 2:
        raise DataError(
            f"{where}: every row has the class '{quoted(names[0])}'; at least two classes are needed",
            "target",
            code="D106",
        )
    if len(names) > MOST_CLASSES or 2 * len(names) > rows:
        many = f"{len(names)} different labels in {rows} rows are too many classes"
        rule = f"at most {MOST_CLASSES}, with two rows each), as an ID or a quantity has"
        raise DataError(
            f"{where}: {many} ({rule}; name another `target:`, or cut the values into bins", "target", code="D106"
        )

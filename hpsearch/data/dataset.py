"""The records between a file and a trained network: a Dataset as read, a Split as trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import DataError

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

"""The cut into training, validation and test rows, and the normalization that only training rows decide."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import Dataset, Inputs, Part, Predefined, Rows, Split
from hpsearch.data.files import listed, quoted
from hpsearch.errors import DataError

LEAST = 2  # rows of each class in each part: a class measured on one row is right or wrong, nothing between
_CHUNK = 4096  # rows at a time in float64, so that a large float32 array needs no copy of twice its size


def split(dataset: Dataset, *, validation: float, test: float, seed: int) -> Split:
    """Cut a data set into three parts with the classes in equal shares, and normalize all three alike.

    Each class gives the parts its fraction of its rows, to one row, and at least 2. Parts that the file defines stay as
    they are; then the fractions are of its training rows. The test rows do not depend on `validation`.

    x := (x - mu) / sigma, mu (D,) and sigma (D,) of the training rows; sigma is 1 for an input that is
    constant there. Source: LeCun, Bottou, Orr, Mueller: Efficient BackProp (1998), section 4.3.

    Raises DataError if a class has too few rows, or an input is too large for its deviation to be computed.
    """
    parts = _rows(dataset, validation, test, seed)
    mean, scale = _moments(dataset, parts[0])
    train, held_out, final = (_part(dataset, rows, mean, scale) for rows in parts)
    told = dataset.columns, dataset.empty_rows
    return Split(train, held_out, final, dataset.classes, dataset.features, mean, scale, *told)


def _rows(dataset: Dataset, validation: float, test: float, seed: int) -> tuple[Rows, Rows, Rows]:
    given = dataset.predefined or Predefined(np.arange(len(dataset.labels), dtype=np.int64))
    order = np.random.default_rng(seed).permutation(given.train)
    labels = dataset.labels[order]
    counts = np.bincount(labels, minlength=len(dataset.classes))
    none = np.zeros_like(counts)
    tests = none if given.test is not None else _share(counts, test)
    held_out = none if given.validation is not None else _share(counts, validation)
    left = counts - tests - held_out
    if len(poor := np.flatnonzero(left < LEAST)):
        found = listed(
            f"'{quoted(dataset.classes[c])}' ({counts[c]}, {max(left[c], 0)} left to train on)" for c in poor
        )
        rule = f"training, validation and test each need {LEAST} of every class"
        fix = "add rows, leave the class out, or lower `validation:` and `test:`"
        raise DataError(f"{dataset.name}: too few rows of class {found}: {rule}; {fix}", code="D107")
    # Each row's place among the rows of its class, in the order given.
    rank = np.argsort(np.argsort(labels, kind="stable")) - (np.cumsum(counts) - counts)[labels]
    is_test = rank < tests[labels]
    is_held_out = ~is_test & (rank < (tests + held_out)[labels])
    return (
        order[~is_test & ~is_held_out],
        order[is_held_out] if given.validation is None else given.validation,
        order[is_test] if given.test is None else given.test,
    )


def _share(counts: Rows, fraction: float) -> Rows:
    """Share out round(fraction * n) rows by the counts (C,): whole shares, then the largest remainders."""
    exact = counts.astype(np.float64) * fraction
    share = np.floor(exact).astype(np.int64)
    left = round(float(exact.sum())) - int(share.sum())
    share[np.argsort(share - exact, kind="stable")[:left]] += 1
    return np.asarray(np.maximum(share, LEAST))


def _moments(dataset: Dataset, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute mean and standard deviation (D,) of some rows in float64; 1 for the deviation of a constant."""
    x = dataset.inputs
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum(_summed(chunk) for chunk in _chunks(x, rows)) / len(rows)
        variance = sum(_summed((chunk - mean) ** 2) for chunk in _chunks(x, rows)) / len(rows)
    _refuse_too_large(dataset, np.isfinite(variance))
    # The mean of equal values is rounded: their variance is not quite 0, and dividing by it blows up noise.
    constant = np.logical_and.reduce([(chunk == x[rows[0]]).all(axis=0) for chunk in _chunks(x, rows)])
    return np.where(constant, x[rows[0]], mean), np.where(constant | (variance == 0), 1.0, np.sqrt(variance))


def _summed(chunk: NDArray[np.float64]) -> NDArray[np.float64]:
    """(D,) sums of (n, D) from the first row to the last: `sum` has an order of its own on each machine."""
    return np.asarray(np.add.accumulate(chunk, axis=0)[-1])


def _chunks(x: Inputs, rows: Rows) -> Iterator[NDArray[np.float64]]:
    for start in range(0, len(rows), _CHUNK):
        yield x[rows[start : start + _CHUNK]].astype(np.float64)


def _part(dataset: Dataset, rows: Rows, mean: NDArray[np.float64], scale: NDArray[np.float64]) -> Part:
    inputs = np.empty((len(rows), len(mean)), dtype=np.float32)
    for start, chunk in zip(range(0, len(rows), _CHUNK), _chunks(dataset.inputs, rows), strict=True):
        with np.errstate(over="ignore"):
            inputs[start : start + len(chunk)] = (chunk - mean) / scale
    _refuse_too_large(dataset, np.logical_and.reduce(np.isfinite(inputs)))
    part = Part(inputs, dataset.labels[rows])
    # One Split serves every network of the process: a write would change the data of all that follow.
    part.inputs.flags.writeable = part.labels.flags.writeable = False
    return part


def _refuse_too_large(dataset: Dataset, finite: NDArray[np.bool_]) -> None:
    """Raise DataError with the names of the columns that are not finite: (D,) of bool."""
    if not finite.all():
        large = listed(dataset.features[column] for column in np.flatnonzero(~finite))
        raise DataError(f"{dataset.name}: the values of {large} are too large to normalize; rescale them", code="D105")

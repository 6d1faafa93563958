"""NPZ archives of NumPy arrays: inputs and labels, or the three parts that a file itself defines."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import Dataset, Inputs, Predefined, Rows, feature_names, listed, refuse_non_finite
from hpsearch.data.files import reading
from hpsearch.data.labels import encode_labels
from hpsearch.data.source import DataSource
from hpsearch.errors import DataError

_INPUT_NAMES = ("x", "inputs")
_LABEL_NAMES = ("y", "labels")
_PARTS = ("train", "val", "test")

Arrays = Mapping[str, NDArray[Any]]
Pairs = list[tuple[str, str]]


def read_archive(path: Path, source: DataSource) -> Dataset:
    """Read X and y, inputs and labels, or x_train, y_train, x_val, y_val, x_test, y_test (Keras' mnist.npz).

    Upper and lower case are the same; inputs (n, ...) are flattened to (n, D). `target` names another label
    array. Raises DataError when the arrays are not found, do not fit, or hold anything but finite numbers.
    """
    with _opened(path) as archive:
        pairs = _pairs(path, source.target, list(archive))
        arrays = {name: archive[name] for pair in pairs for name in pair}
    return _dataset(path, arrays, pairs)


def array_names(path: Path) -> list[str]:
    """Give the names of the arrays in an archive."""
    with _opened(path) as archive:
        return list(archive)


@contextmanager
def _opened(path: Path) -> Iterator[Arrays]:
    with reading(path), path.open("rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path}: holds one array, not an archive; write np.savez(path, X=..., y=...)")
            with archive:
                yield archive
        except (ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            # RuntimeError: an encrypted archive.
            # NumPy refuses arrays of Python objects, as unpickling them would run the file's code.
            fix = "write it with np.savez, and arrays of numbers or text rather than of Python objects"
            raise DataError(f"{path}: is not a readable NPZ archive ({error}); {fix}") from error


def _pairs(path: Path, target: str | None, names: list[str]) -> Pairs:
    """Choose the (inputs, labels) arrays: one pair, or train first and then the parts there are."""
    found = {name.lower(): name for name in names}
    if target is None and "x_train" in found:
        parts = [part for part in _PARTS if f"x_{part}" in found]
        return [(found[f"x_{part}"], _need(path, found, (f"y_{part}",))) for part in parts]
    if target is None:
        return [(_need(path, found, _INPUT_NAMES), _need(path, found, _LABEL_NAMES))]
    others = [name for name in names if name != target]
    return [(others[0] if len(others) == 1 else _need(path, found, _INPUT_NAMES), target)]


def _need(path: Path, found: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    for name in wanted:
        if name in found:
            return found[name]
    raise DataError(f"{path}: no array named {' or '.join(wanted)}; {_has(list(found.values()))}")


def _has(names: list[str]) -> str:
    return f"the archive has {listed(names)}" if names else "the archive is empty"


def _dataset(path: Path, arrays: Arrays, pairs: Pairs) -> Dataset:
    _check_fit(path, arrays, pairs)
    shape = arrays[pairs[0][0]].shape[1:]
    inputs = np.concatenate([as_inputs(arrays[name], f"{path}: {name}") for name, _ in pairs])
    values = np.concatenate([arrays[name].reshape(-1) for _, name in pairs])
    labels, classes = encode_labels(values, f"{path}: {pairs[0][1]}")
    predefined = predefine({_part(name): len(arrays[name]) for name, _ in pairs}) if len(pairs) > 1 else None
    return Dataset(path.stem, inputs, labels, classes, feature_names(shape or (1,)), predefined=predefined)


def _part(name: str) -> str:
    return name.lower().rpartition("_")[2]


def _check_fit(path: Path, arrays: Arrays, pairs: Pairs) -> None:
    first_inputs, first_labels = (arrays[name] for name in pairs[0])
    for inputs, labels in pairs:
        x, y = arrays[inputs], arrays[labels]
        if x.ndim == 0 or len(x) == 0:
            raise DataError(f"{path}: {inputs} has no rows; it needs the shape (rows, inputs)")
        if y.size != len(x):
            fix = "one label for each row (np.argmax(y, axis=1) undoes one-hot labels)"
            raise DataError(f"{path}: {inputs} has {len(x)} rows, {labels} the shape {y.shape}; give {fix}")
        if x.shape[1:] != first_inputs.shape[1:]:
            fix = f"give them the shape of {pairs[0][0]}, {first_inputs.shape[1:]}"
            raise DataError(f"{path}: {inputs} has rows of shape {x.shape[1:]}; {fix}")
        if y.dtype.kind != first_labels.dtype.kind:
            fix = f"give it the type of {pairs[0][1]}, {first_labels.dtype}"
            raise DataError(f"{path}: {labels} is of type {y.dtype}; {fix}")


def as_inputs(values: NDArray[Any], where: str) -> Inputs:
    """Flatten values (n, ...) of any real type to finite (n, D): float32 where exact, else float64."""
    if values.dtype.kind not in "biuf":
        raise DataError(f"{where}: inputs of type {values.dtype}; they must be numbers")
    flat = values.reshape(len(values), -1)
    exact = np.can_cast(values.dtype, np.float32)
    inputs: Inputs = flat.astype(np.float32) if exact else flat.astype(np.float64)
    refuse_non_finite(inputs, feature_names(values.shape[1:] or (1,)), where)
    return inputs


def predefine(sizes: Mapping[str, int]) -> Predefined:
    """Number the rows of parts that follow each other: sizes of train, val and test, in the rows' order."""
    ends = np.cumsum(list(sizes.values()))
    rows: dict[str, Rows] = {
        part: np.arange(end - size, end, dtype=np.int64) for (part, size), end in zip(sizes.items(), ends, strict=True)
    }
    return Predefined(rows["train"], rows.get("val"), rows.get("test"))

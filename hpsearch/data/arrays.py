"""NPZ archives of NumPy arrays: inputs and labels, or the three parts that a file itself defines."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import (
    Dataset,
    DataSource,
    Inputs,
    Predefined,
    Rows,
    encode_labels,
    feature_names,
    listed,
    refuse_non_finite,
)
from hpsearch.data.files import check_exists, open_binary, reading
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


_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


@dataclass(frozen=True)
class IdxFiles:
    """The images and labels of one part."""

    images: Path
    labels: Path


def idx_files(path: Path, labels: Path | None) -> list[IdxFiles]:
    """Give the files to read: the training part, then the test part if it lies beside.

    With labels given, exactly those two files. Raises DataError when there is no labels file.
    """
    if labels is not None:
        return [IdxFiles(path, labels)]
    return [IdxFiles(path, _labels_of(path)), *_tests_of(path)]


def read_idx(path: Path, source: DataSource) -> Dataset:
    """Read images (n, h, w) and labels (n,); a test part beside them becomes the predefined test part.

    Raises DataError for files that are not IDX, are cut short, or do not fit each other.
    """
    parts = idx_files(path, source.labels)
    images = [read_idx_array(part.images) for part in parts]
    labels = [read_idx_array(part.labels) for part in parts]
    _check_fit_idx(parts, images, labels)
    inputs = np.concatenate([as_inputs(x, str(part.images)) for x, part in zip(images, parts, strict=True)])
    codes, classes = encode_labels(np.concatenate(labels), str(parts[0].labels))
    sizes = dict(zip(("train", "test"), map(len, images), strict=False))
    predefined = predefine(sizes) if len(parts) > 1 else None
    features = feature_names(images[0].shape[1:] or (1,))
    return Dataset(parts[0].images.name, inputs, codes, classes, features, predefined=predefined)


def read_idx_array(path: Path) -> NDArray[Any]:
    """Read one IDX file: two zero bytes, type, number of axes, their lengths, the values; big-endian."""
    check_exists(path)
    with reading(path), open_binary(path) as file:
        raw = file.read()
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _TYPES:
        magic = raw[:4].hex() or "nothing"
        raise DataError(f"{path}: is not an IDX file: it starts with {magic}, not 00000801 or the like")
    dtype, start = np.dtype(_TYPES[raw[2]]), 4 + 4 * raw[3]
    # Without all lengths the header itself is cut short, and its end is what is missing.
    shape = struct.unpack(f">{raw[3]}I", raw[4:start]) if len(raw) >= start else ()
    expected = start + dtype.itemsize * int(np.prod(shape, dtype=object))
    if len(raw) != expected:
        raise DataError(f"{path}: has {len(raw)} bytes, its header asks for {expected}; get the file again")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape)


def _check_fit_idx(parts: list[IdxFiles], images: list[NDArray[Any]], labels: list[NDArray[Any]]) -> None:
    for part, x, y in zip(parts, images, labels, strict=True):
        if x.ndim < 2 or len(x) == 0:
            raise DataError(f"{part.images}: holds the shape {x.shape}, not images; is it the labels file?")
        if y.shape != (len(x),):
            raise DataError(f"{part.labels}: labels of shape {y.shape} for {len(x)} images; set `labels:`")
        if x.shape[1:] != images[0].shape[1:]:
            rule = f"those to train on are {images[0].shape[1:]}"
            raise DataError(f"{part.images}: images of shape {x.shape[1:]}, {rule}; make them alike")


def _labels_of(images: Path) -> Path:
    names = _with_and_without_gz(images.name.replace("images", "labels").replace("idx3", "idx1"))
    for name in names:
        if name != images.name and (images.parent / name).is_file():
            return images.parent / name
    raise DataError(f"{images}: no labels file beside it ({' or '.join(names)}); name it with `labels:`")


def _tests_of(images: Path) -> list[IdxFiles]:
    if "train-" not in images.name:
        return []
    for word in ("t10k-", "test-"):
        for name in _with_and_without_gz(images.name.replace("train-", word)):
            if (images.parent / name).is_file():
                return [IdxFiles(images.parent / name, _labels_of(images.parent / name))]
    return []


def _with_and_without_gz(name: str) -> list[str]:
    return [name, name[:-3] if name.endswith(".gz") else name + ".gz"]

"""Files of arrays: NPZ archives and pairs of IDX files, each of inputs and labels, or of the parts that they define."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import MAGIC_PREFIX, read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from hpsearch.data.dataset import Dataset, DataSource, Predefined, encode_labels, feature_names, refuse_non_finite
from hpsearch.data.files import check_exists, check_memory, listed, opened, quoted, reading
from hpsearch.errors import DataError

_INPUT_NAMES = ("x", "inputs")
_LABEL_NAMES = ("y", "labels")
_NAME = 64  # bytes of an input's name
_PARTS = {"train": "train", "validation": "val", "test": "test"}

Array = NDArray[Any]
Named = Sequence[tuple[str, Array]]  # with where an array stands, for messages


def read_archive(path: Path, source: DataSource) -> Dataset:
    """Read X and y, inputs and labels, or x_train, y_train, x_val, y_val, x_test, y_test (Keras' mnist.npz).

    Upper and lower case are the same; inputs (n, ...) are flattened to (n, D). `target` names another label
    array. Raises DataError when the arrays are not found, do not fit, or hold anything but finite numbers.
    """
    with _archive(path) as archive:
        pairs = _pairs(path, source.target, list(archive))
        arrays = {name: _array(path, archive, name) for pair in pairs.values() for name in pair}
    _check_fit(path, arrays, list(pairs.values()))
    inputs, labels = (
        [(f"{path}: {name}", arrays[name]) for name in names] for names in zip(*pairs.values(), strict=True)
    )
    return _joined(path.stem, list(pairs), inputs, labels)


def array_names(path: Path) -> list[str]:
    """Give the names of the arrays in an archive."""
    with _archive(path) as archive:
        return list(archive)


@contextmanager
def _archive(path: Path) -> Iterator[NpzFile]:
    check_exists(path)
    with reading(path), path.open("rb") as file:
        single = file.read(len(MAGIC_PREFIX)) == MAGIC_PREFIX
        file.seek(0)
        if single:
            raise DataError(f"{path}: holds one array, not an archive; write np.savez(path, X=..., y=...)")
        try:
            with np.load(file, allow_pickle=False) as archive:
                yield archive
        except (DataError, MemoryError):
            raise
        except Exception as error:
            # On a damaged or encrypted file NumPy and zipfile raise a dozen types, from KeyError to RuntimeError.
            # NumPy refuses arrays of Python objects, as unpickling them would run the file's code.
            fix = "write it with np.savez, and arrays of numbers or text rather than of Python objects"
            raise DataError(f"{path}: is not a readable NPZ archive ({quoted(error, 200)}); {fix}") from error


def _array(path: Path, archive: NpzFile, name: str) -> Array:
    """Read an array once it is known that the file has the bytes that its header asks memory for."""
    where = f"{path}: {quoted(name)}"
    packed: Any = archive.zip  # open as long as the archive is
    member = packed.getinfo(name if name in packed.NameToInfo else f"{name}.npy")
    check_memory(where, member.file_size, "the array")
    with packed.open(member) as file:
        read_header = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}.get(read_magic(file))
        if read_header is None:
            raise DataError(f"{where}: is not an array of numbers or text; write it with np.savez")
        shape, _, dtype = read_header(file)
        has, asked = member.file_size - file.tell(), dtype.itemsize * math.prod(shape)
    if has != asked and not dtype.hasobject:
        raise DataError(f"{where}: has {has} bytes, its header asks for {asked}; write it again")
    values: Array = archive[name]
    return values


def _pairs(path: Path, target: str | None, names: list[str]) -> dict[str, tuple[str, str]]:
    """Choose the (inputs, labels) arrays of each part: train, and where the archive has them the other two."""
    found = {name.lower(): name for name in names}

    def need(*wanted: str) -> str:
        for name in wanted:
            if name in found:
                return found[name]
        has = f"the archive has {listed(found.values())}" if found else "the archive is empty"
        raise DataError(f"{path}: no array named {' or '.join(wanted)}; {has}", code="D104")

    if target is not None:
        others = [name for name in names if name != target]
        return {"train": (others[0] if len(others) == 1 else need(*_INPUT_NAMES), target)}
    if "x_train" in found:
        parts = {part: end for part, end in _PARTS.items() if f"x_{end}" in found}
        return {part: (found[f"x_{end}"], need(f"y_{end}")) for part, end in parts.items()}
    return {"train": (need(*_INPUT_NAMES), need(*_LABEL_NAMES))}


def _check_fit(path: Path, arrays: Mapping[str, Array], pairs: list[tuple[str, str]]) -> None:
    first_inputs, first_labels = (arrays[name] for name in pairs[0])
    for inputs, labels in pairs:
        x, y = arrays[inputs], arrays[labels]
        if x.ndim == 0 or x.size == 0:
            what = "rows" if x.ndim == 0 or len(x) == 0 else "columns"
            raise DataError(f"{path}: {inputs} has no {what}; it needs the shape (rows, inputs)")
        if y.size != len(x):
            fix = "one label for each row (np.argmax(y, axis=1) undoes one-hot labels)"
            raise DataError(f"{path}: {inputs} has {len(x)} rows, {labels} the shape {y.shape}; give {fix}")
        if x.shape[1:] != first_inputs.shape[1:]:
            fix = f"give them the shape of {pairs[0][0]}, {first_inputs.shape[1:]}"
            raise DataError(f"{path}: {inputs} has rows of shape {x.shape[1:]}; {fix}")
        if y.dtype.kind != first_labels.dtype.kind:
            fix = f"give it the type of {pairs[0][1]}, {first_labels.dtype}"
            raise DataError(f"{path}: {labels} is of type {y.dtype}; {fix}", code="D106")


def _joined(name: str, parts: Sequence[str], inputs: Named, labels: Named) -> Dataset:
    """Lay the rows of parts, such as train and test, one after the other; inputs (n, ...) are flattened."""
    count = sum(values.size for _, values in inputs)
    check_memory(inputs[0][0], 8 * count + _NAME * count // len(inputs[0][1]), f"its {count:,} numbers")
    features = feature_names(inputs[0][1].shape[1:] or (1,))
    flat = np.concatenate([_flattened(where, values, features) for where, values in inputs])
    codes, classes = encode_labels(np.concatenate([values.reshape(-1) for _, values in labels]), labels[0][0])
    ends = np.cumsum([len(values) for _, values in inputs])
    rows = np.split(np.arange(len(flat), dtype=np.int64), ends[:-1])
    predefined = Predefined(**dict(zip(parts, rows, strict=True))) if len(parts) > 1 else None
    return Dataset(name, flat, codes, classes, features, predefined=predefined)


def _flattened(where: str, values: Array, features: tuple[str, ...]) -> Array:
    """Flatten values (n, ...) of any real type to finite (n, D): float32 where exact, else float64."""
    if values.dtype.kind not in "biuf":
        raise DataError(f"{where}: inputs of type {values.dtype}; they must be numbers", code="D105")
    exact = np.can_cast(values.dtype, np.float32)
    inputs = values.reshape(len(values), -1).astype(np.float32 if exact else np.float64)
    refuse_non_finite(inputs, features, where)
    return inputs


_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def idx_files(path: Path, labels: Path | None) -> list[tuple[Path, Path]]:
    """Give the (images, labels) files to read: the training part, then the test part if it lies beside.

    With labels given, exactly those two files. Raises DataError when there is no labels file.
    """
    if labels is not None:
        return [(path, labels)]
    words = ("t10k-", "test-") if "train-" in path.name else ()
    tests = [file for word in words for file in _there(path.parent, path.name.replace("train-", word))]
    return [(images, _labels_of(images)) for images in (path, *tests[:1])]


def read_idx(path: Path, source: DataSource) -> Dataset:
    """Read images (n, h, w) and labels (n,); a test part beside them becomes the predefined test part.

    Raises DataError for files that are not IDX, are cut short, or do not fit each other.
    """
    files = idx_files(path, source.labels)
    images = [(str(file), read_idx_array(file)) for file, _ in files]
    labels = [(str(file), read_idx_array(file)) for _, file in files]
    _check_fit_idx(images, labels)
    return _joined(path.name, ("train", "test")[: len(files)], images, labels)


def read_idx_array(path: Path) -> Array:
    """Read one IDX file: two zero bytes, type, number of axes, their lengths, the values; big-endian."""
    check_exists(path)
    with opened(path) as file:
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES:
            magic = head.hex() or "nothing"
            raise DataError(f"{path}: is not an IDX file: it starts with {magic}, not 00000801 or the like")
        dtype, axes = np.dtype(_TYPES[head[2]]), head[3]
        lengths = file.read(4 * axes)
        # Without all lengths the header itself is cut short, and its end is what is missing.
        shape = struct.unpack(f">{axes}I", lengths) if len(lengths) == 4 * axes else (0,)
        asked, start = dtype.itemsize * math.prod(shape), 4 + 4 * axes
        if path.suffix.lower() != ".gz":
            _check_length(path, path.stat().st_size, start + asked)
        check_memory(str(path), asked, "the array")
        raw = file.read(asked + 1)
    _check_length(path, 4 + len(lengths) + len(raw), start + asked)
    return np.frombuffer(raw, dtype).reshape(shape)


def _check_length(path: Path, has: int, asked: int) -> None:
    if has != asked:
        raise DataError(f"{path}: has {has} bytes, its header asks for {asked}; get the file again")


def _check_fit_idx(images: Named, labels: Named) -> None:
    for (file, x), (labels_file, y) in zip(images, labels, strict=True):
        if x.ndim < 2 or x.size == 0:
            raise DataError(f"{file}: holds the shape {x.shape}, not images; is it the labels file?")
        if y.shape != (len(x),):
            raise DataError(f"{labels_file}: labels of shape {y.shape} for {len(x)} images; set `labels:`")
        if x.shape[1:] != images[0][1].shape[1:]:
            rule = f"those to train on are {images[0][1].shape[1:]}"
            raise DataError(f"{file}: images of shape {x.shape[1:]}, {rule}; make them alike")


def _labels_of(images: Path) -> Path:
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    for file in _there(images.parent, name):
        if file.name != images.name:
            return file
    raise DataError(
        f"{images}: no labels file beside it ({' or '.join(_spellings(name))}); name it with `labels:`", code="D101"
    )


def _there(folder: Path, name: str) -> list[Path]:
    return [folder / spelling for spelling in _spellings(name) if (folder / spelling).is_file()]


def _spellings(name: str) -> list[str]:
    return [name, name[:-3] if name.endswith(".gz") else name + ".gz"]

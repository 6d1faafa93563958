"""IDX files, the format of MNIST and its relatives (format: http://yann.lecun.com/exdb/mnist/)."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.archives import as_inputs, predefine
from hpsearch.data.dataset import Dataset, feature_names
from hpsearch.data.files import check_exists, open_binary, reading
from hpsearch.data.labels import encode_labels
from hpsearch.data.source import DataSource
from hpsearch.errors import DataError

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
    _check_fit(parts, images, labels)
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


def _check_fit(parts: list[IdxFiles], images: list[NDArray[Any]], labels: list[NDArray[Any]]) -> None:
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

import gzip
import struct

import numpy as np
import pytest

from hpsearch.data import DataSource, columns, fingerprint, load, prepare
from hpsearch.errors import DataError

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}
IMAGES = (np.arange(30 * 4) * 37 % 256).astype(np.uint8).reshape(30, 2, 2)
LABELS = (np.arange(30) % 3).astype(np.uint8)


def idx(array):
    header = bytes([0, 0, CODES[array.dtype.name], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(folder, part="train", images=IMAGES, labels=LABELS, pack=True):
    ending, packed = (".gz", gzip.compress) if pack else ("", bytes)
    (folder / f"{part}-images-idx3-ubyte{ending}").write_bytes(packed(idx(images)))
    (folder / f"{part}-labels-idx1-ubyte{ending}").write_bytes(packed(idx(labels)))
    return DataSource(path=folder / f"{part}-images-idx3-ubyte{ending}")


@pytest.mark.parametrize("pack", [True, False])
def test_images_and_the_labels_beside_them_are_read(pack, tmp_path):
    data = load(write_mnist(tmp_path, pack=pack))
    np.testing.assert_array_equal(data.inputs, IMAGES.reshape(30, 4))
    np.testing.assert_array_equal(data.labels, LABELS)
    assert data.predefined is None
    assert columns(write_mnist(tmp_path).path) == []


@pytest.mark.parametrize("dtype", CODES)
def test_every_type_of_value_is_read(dtype, tmp_path):
    images = (IMAGES % 100).astype(dtype)
    np.testing.assert_array_equal(load(write_mnist(tmp_path, images=images)).inputs, images.reshape(30, 4))


@pytest.mark.parametrize("word", ["t10k", "test"])
def test_a_test_part_beside_them_is_the_test_part(word, tmp_path):
    source = write_mnist(tmp_path)
    alone = fingerprint(source)
    write_mnist(tmp_path, word, images=IMAGES[:9] // 2, labels=LABELS[:9], pack=False)
    split = prepare(source)
    assert [len(part.labels) for part in (split.train, split.validation, split.test)] == [24, 6, 9]
    raw = split.test.inputs * split.scale + split.mean
    np.testing.assert_allclose(raw, IMAGES[:9].reshape(9, 4) // 2, atol=1e-3)
    assert fingerprint(source) != alone


def test_labels_may_be_named(tmp_path):
    source = write_mnist(tmp_path)
    (tmp_path / "other-idx1-ubyte").write_bytes(idx(LABELS[::-1]))
    data = load(DataSource(path=source.path, labels=tmp_path / "other-idx1-ubyte"))
    np.testing.assert_array_equal(data.labels, LABELS[::-1])


def test_missing_labels_are_answered_with_the_names_looked_for(tmp_path):
    source = write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"no labels file beside it \(train-labels-idx1-ubyte.gz or .*`labels:`"):
        load(source)


CONTENT = idx(IMAGES)
BROKEN = {
    "no IDX": (b"\x89PNG\r\n", "not an IDX file: it starts with 89504e47"),
    "an unknown type": (b"\0\0\x0a\x03" + CONTENT[4:], "starts with 00000a03"),
    "nothing": (b"", "starts with nothing"),
    "a header cut short": (CONTENT[:7], "has 7 bytes"),
    "values cut short": (CONTENT[:-1], "has 135 bytes, its header asks for 136; get the file again"),
    "too much": (CONTENT + b"x", "has 137 bytes"),
    "terabytes": (b"\0\0\x08\x03" + b"\xff" * 12, "has 16 bytes, its header asks for 79228162458924105385300197391"),
    "all axes that there can be": (b"\0\0\x08\xff" + b"\xff" * 1020, "has 1024 bytes"),
    "images of no size": (b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 0, 8), "not images"),
    "labels instead": (idx(LABELS), r"holds the shape \(30,\), not images"),
    "fewer images": (idx(IMAGES[:20]), r"labels of shape \(30,\) for 20 images"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_what_is_wrong_for(name, tmp_path):
    content, message = BROKEN[name]
    source = write_mnist(tmp_path, pack=False)
    source.path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(source)


def test_test_images_of_another_size_are_refused(tmp_path):
    source = write_mnist(tmp_path)
    write_mnist(tmp_path, "t10k", images=IMAGES.reshape(30, 4, 1))
    with pytest.raises(DataError, match=r"t10k-.*shape \(4, 1\), those to train on are \(2, 2\)"):
        load(source)


def test_table_settings_make_no_sense_for_images(tmp_path):
    path = write_mnist(tmp_path).path
    with pytest.raises(DataError, match=r"drop: only a table.*\n.*target: an IDX file has no columns"):
        load(DataSource(path=path, drop=("x",), target="y"))


def test_a_packed_header_that_claims_terabytes_is_refused_before_memory_is_taken(tmp_path):
    source = write_mnist(tmp_path)
    source.path.write_bytes(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 2**20, 2**12, 2**12)))
    with pytest.raises(DataError, match=r"the array would take 16 TiB of memory, .* are free"):
        load(source)
    source.path.write_bytes(gzip.compress(idx(IMAGES) + b"x"))
    with pytest.raises(DataError, match=r"has 137 bytes, its header asks for 136"):
        load(source)

import io
import zipfile

import numpy as np
import pytest

from hpsearch.data import DataSource, columns, load, prepare
from hpsearch.errors import DataError

X = np.arange(60, dtype=np.float64).reshape(20, 3)
Y = np.arange(20) % 2


def saved(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return DataSource(path=folder / "a.npz")


@pytest.mark.parametrize(("inputs", "labels"), [("X", "y"), ("x", "y"), ("inputs", "labels"), ("X", "Y")])
def test_the_usual_names_are_found(inputs, labels, tmp_path):
    data = load(saved(tmp_path, **{labels: Y, inputs: X}))
    np.testing.assert_array_equal(data.inputs, X)
    np.testing.assert_array_equal(data.labels, Y)
    assert data.features == ("x0", "x1", "x2")
    assert columns(tmp_path / "a.npz") == [labels, inputs]


def test_target_names_another_label_array(tmp_path):
    saved(tmp_path, points=X, kind=np.array(["a", "b"])[Y])
    data = load(DataSource(path=tmp_path / "a.npz", target="kind"))
    np.testing.assert_array_equal(data.inputs, X)
    assert data.classes == ("a", "b")


def test_images_are_flattened_row_by_row(tmp_path):
    images = np.arange(20 * 6, dtype=np.uint8).reshape(20, 2, 3)
    data = load(saved(tmp_path, x=images, y=Y[:, None]))
    assert data.inputs[4].tolist() == images[4].ravel().tolist()
    assert data.inputs.dtype == np.float32
    assert data.features == ("x0_0", "x0_1", "x0_2", "x1_0", "x1_1", "x1_2")


def test_keras_parts_keep_the_test_part_and_cut_validation_from_training(tmp_path):
    source = saved(tmp_path, x_test=X[:6] + 1000, x_train=X, y_train=Y, y_test=Y[:6])
    split = prepare(source)
    assert [len(part.labels) for part in (split.train, split.validation, split.test)] == [16, 4, 6]
    raw = split.test.inputs * split.scale + split.mean
    np.testing.assert_allclose(raw, X[:6] + 1000, rtol=1e-5)
    assert np.bincount(split.validation.labels).tolist() == [2, 2]


def test_all_three_parts_may_be_given(tmp_path):
    parts = {f"{xy}_{part}": value for part in ("train", "val", "test") for xy, value in (("x", X), ("y", Y))}
    split = prepare(saved(tmp_path, **parts))
    np.testing.assert_array_equal(split.validation.inputs, split.test.inputs)
    assert len(split.train.labels) == 20


REFUSALS = {
    "no inputs": ({"foo": X, "y": Y}, "no array named x or inputs; the archive has foo, y"),
    "no labels": ({"X": X}, "no array named y or labels; the archive has X"),
    "an empty archive": ({}, "the archive is empty"),
    "no rows": ({"x": X[:0], "y": Y[:0]}, "x has no rows"),
    "no columns": ({"x": X[:, :0], "y": Y}, "x has no columns"),
    "labels beyond whole numbers": ({"x": X, "y": np.where(Y == 1, 1e300, 2e300)}, "20 labels are not whole numbers"),
    "other lengths": ({"x": X, "y": Y[:5]}, r"x has 20 rows, y the shape \(5,\)"),
    "one-hot labels": ({"x": X, "y": np.eye(2)[Y]}, "argmax"),
    "text inputs": ({"x": X.astype(str), "y": Y}, "x: inputs of type <U.*must be numbers"),
    "missing and infinite values": (
        {"x": np.where(X == 4, np.nan, np.where(X % 3 == 2, np.inf, X)), "y": Y},
        r"missing \(NaN\) values in x1 \(1, the first in row 2\) and infinite values in x2 \(20, the first in row 1\)",
    ),
    "parts of other shapes": (
        {"x_train": X, "y_train": Y, "x_test": X[:, :2], "y_test": Y},
        r"x_test has rows of shape \(2,\)",
    ),
    "parts with other labels": (
        {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y.astype(str)},
        "y_test is of type <U.*give it the type of y_train, int64",
    ),
    "a part without labels": ({"x_train": X, "y_train": Y, "x_test": X}, "no array named y_test"),
    "Python objects": ({"x": X, "y": np.array([{}] * 20)}, "not a readable NPZ.*allow_pickle=False.*np.savez"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_archive_is_refused_with_the_array_and_the_fix_for(name, tmp_path):
    arrays, message = REFUSALS[name]
    with pytest.raises(DataError, match=message):
        load(saved(tmp_path, **arrays))


def test_a_wrong_target_is_answered_with_the_nearest_array(tmp_path):
    saved(tmp_path, x=X, label=Y)
    with pytest.raises(DataError, match=r"target: 'lable' is not in the file; did you mean `label`\?; it has x, label"):
        load(DataSource(path=tmp_path / "a.npz", target="lable"))


def test_a_single_array_or_other_bytes_are_no_archive(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, X)
    with pytest.raises(DataError, match="holds one array, not an archive"):
        load(DataSource(path=tmp_path / "a.npz"))
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(DataError, match="not a readable NPZ archive"):
        load(DataSource(path=tmp_path / "a.npz"))
    (tmp_path / "a.npz").write_bytes(b"")
    with pytest.raises(DataError, match=r"a.npz: is not"):
        load(DataSource(path=tmp_path / "a.npz"))


def test_an_encrypted_archive_is_refused(tmp_path):
    content = bytearray(saved(tmp_path, x=X, y=Y).path.read_bytes())
    # Bit 0 of the flags, in each local header and each entry of the directory (APPNOTE 4.4.4).
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = -1
        while (start := content.find(signature, start + 1)) >= 0:
            content[start + offset] |= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        load(DataSource(path=tmp_path / "a.npz"))


def claiming(shape: str, dtype="<f8", content=b"", *, version=(1, 0), store=zipfile.ZIP_DEFLATED) -> bytes:
    """An archive whose x asks for this shape, with this content behind its header."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    size = len(header).to_bytes(2 if version == (1, 0) else 4, "little")
    array = io.BytesIO()
    np.save(array, Y)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", store) as archive:
        archive.writestr("x.npy", b"\x93NUMPY" + bytes(version) + size + header + content)
        archive.writestr("y.npy", array.getvalue())
    return packed.getvalue()


CLAIMS = {
    "terabytes of rows": (claiming("(1000000000000, 8)"), "x: has 0 bytes, its header asks for 64000000000000"),
    "more rows than there are": (claiming("(20, 3)", content=bytes(79)), "has 79 bytes, its header asks for 480"),
    "fewer rows": (claiming("(2, 3)", content=bytes(480)), "has 480 bytes, its header asks for 48"),
    "less than nothing": (claiming("(-20, 3)"), "x: has 0 bytes, its header asks for -480"),
    "nothing of everything": (claiming("(1000000000000, 0)"), "x has no columns"),
    "values of no size": (
        claiming("(1000000000000,)", "<U0"),
        r"x has .* rows, y the shape|must be numbers|no columns",
    ),
    "fields": (claiming("(20,)", [("a", "<f8")], bytes(160)), "must be numbers"),
    "a header of version 3": (claiming("(20, 3)", content=bytes(480), version=(3, 0)), "x: is not an array of numbers"),
    "a header that never ends": (claiming("(" * 5000), "not a readable NPZ archive"),
    "no array": (claiming("(20, 3)").replace(b"x.npy", b"x.txt"), "no array named x|not a readable"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_header_is_believed_only_as_far_as_the_file_has_bytes_for(name, tmp_path):
    content, message = CLAIMS[name]
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(DataSource(path=tmp_path / "a.npz"))


def test_an_array_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((2000, 100)), y=np.arange(2000) % 2)
    monkeypatch.setattr("hpsearch.data.files.available", lambda: 2**18)
    with pytest.raises(DataError, match=r"a.npz: x: the array would take 1.53 MiB of memory, 256 KiB are free"):
        load(DataSource(path=tmp_path / "a.npz"))


def test_numbers_that_take_more_than_memory_as_inputs_are_refused(tmp_path, monkeypatch):
    np.savez(tmp_path / "a.npz", x=np.zeros((2000, 100), np.uint8), y=np.arange(2000) % 2)
    monkeypatch.setattr("hpsearch.data.files.available", lambda: 2**20)
    with pytest.raises(DataError, match=r"its 200,000 numbers would take 1.53 MiB"):
        load(DataSource(path=tmp_path / "a.npz"))

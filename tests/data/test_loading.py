import gzip
import hashlib
import os
import pickle
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hpsearch.data import SUPPORTED, DataSource, columns, fingerprint, load, prepare, problems
from hpsearch.errors import DataError


def archive(path: Path, shift=0.0):
    np.savez(path, x=np.arange(60.0).reshape(20, 3) + shift, y=np.arange(20) % 2)
    return DataSource(path=path)


def test_a_source_can_be_hashed_compared_and_pickled():
    source = DataSource(path=Path("t.csv"), target="y", drop=("a",))
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301  # our own bytes
    assert len({source, DataSource(path=Path("t.csv"), target="y", drop=("a",))}) == 1


def test_the_fingerprint_of_a_file_is_the_sha256_of_its_bytes(tmp_path):
    source = archive(tmp_path / "a.npz")
    assert fingerprint(source) == hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest()
    assert fingerprint(source) == fingerprint(replace(source, validation=0.3))


def test_prepare_reads_a_file_once_and_again_when_it_changed(tmp_path):
    source = archive(tmp_path / "a.npz")
    first = prepare(source)
    assert prepare(source) is first
    archive(tmp_path / "a.npz", shift=5)
    os.utime(tmp_path / "a.npz", ns=(1, 1))
    again = prepare(source)
    np.testing.assert_allclose(again.mean, first.mean + 5)


@pytest.mark.parametrize(
    ("source", "field", "message"),
    [
        (DataSource(), "name", "give either a name"),
        (DataSource(name="digits", path=Path("x.csv")), "name", "give either a name"),
        (DataSource(name="digts"), "name", "did you mean `digits`?"),
        (DataSource(name="digits", validation=0), "validation", "above 0 and below 1, got 0"),
        (DataSource(name="digits", test=float("nan")), "test", "got nan"),
        (DataSource(name="digits", validation=0.5, test=0.5), "validation", "got 0.5 + 0.5"),
        (DataSource(name="digits", seed=-1), "seed", "got -1"),
        (DataSource(name="blobs", classes=1), "classes", "at least 2"),
        (DataSource(name="spirals", points=17), "points", "3 classes need at least 18 points, got 17"),
        (DataSource(name="blobs", noise=-0.1), "noise", "got -0.1"),
    ],
)
def test_a_wrong_value_is_told_by_its_field_and_refused_by_load(source, field, message):
    assert list(problems(source)) == [field]
    assert message in str(problems(source)[field])
    for read in (load, prepare):
        with pytest.raises(DataError, match=field):
            read(source)


def test_all_wrong_values_are_told_at_once():
    assert set(problems(DataSource(name="blobs", points=1, noise=-1, test=2, seed=-1))) == {
        "points",
        "noise",
        "test",
        "seed",
    }


def test_a_good_source_has_no_problems(tmp_path):
    assert problems(DataSource(name="digits")) == {}
    assert problems(archive(tmp_path / "a.npz")) == {}


READS = [load, prepare, fingerprint, lambda source: columns(source.path)]


@pytest.mark.parametrize("read", READS)
def test_a_file_that_is_not_there_is_answered_with_the_nearest_name(read, tmp_path):
    archive(tmp_path / "flowers.npz")
    with pytest.raises(DataError, match=r"flower\.npz: file not found; did you mean `flowers.npz`\?"):
        read(DataSource(path=tmp_path / "flower.npz"))
    with pytest.raises(DataError, match=r"file not found$"):
        read(DataSource(path=tmp_path / "nowhere" / "flower.npz"))


@pytest.mark.parametrize("read", READS)
def test_an_unknown_ending_is_answered_with_the_known_ones(read, tmp_path):
    (tmp_path / "t.xlsx").touch()
    with pytest.raises(DataError, match=r"unknown kind of data file '.xlsx'") as caught:
        read(DataSource(path=tmp_path / "t.xlsx"))
    assert SUPPORTED in str(caught.value)


@pytest.mark.parametrize("read", READS)
def test_a_folder_is_refused(read, tmp_path):
    (tmp_path / "d.csv").mkdir()
    for folder in (tmp_path / "d.csv", tmp_path):
        with pytest.raises(DataError, match=r"is a folder|unknown kind"):
            read(DataSource(path=folder))


@pytest.mark.parametrize("name", ["d.csv", "d.csv.gz", "d.npz", "train-images-idx3-ubyte", "d.parquet"])
@pytest.mark.parametrize("read", READS)
def test_only_regular_files_are_opened_and_nothing_else_is_waited_for(read, name, tmp_path, monkeypatch):
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(DataError, match="not a regular file but a pipe"):
        read(DataSource(path=path))
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(DataError, match="not a regular file but a device"):
        read(DataSource(path=path))
    path.unlink()
    with socket.socket(socket.AF_UNIX) as opened:
        monkeypatch.chdir(tmp_path)  # a socket's path is short
        opened.bind(name)
        with pytest.raises(DataError, match="not a regular file but a socket"):
            read(DataSource(path=path))


def test_the_labels_of_images_are_a_regular_file_too(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"")
    os.mkfifo(tmp_path / "labels")
    source = DataSource(path=tmp_path / "train-images-idx3-ubyte", labels=tmp_path / "labels")
    assert "a pipe" in str(problems(source)["path"])


def test_a_link_to_a_file_is_a_file(tmp_path):
    archive(tmp_path / "a.npz")
    (tmp_path / "b.npz").symlink_to(tmp_path / "a.npz")
    assert len(load(DataSource(path=tmp_path / "b.npz")).labels) == 20


@pytest.mark.parametrize("name", ["d.csv", "d.npz", "train-images-idx3-ubyte", "d.parquet"])
def test_a_file_larger_than_memory_is_refused_before_it_is_read(name, tmp_path, monkeypatch):
    monkeypatch.setattr("hpsearch.data.files.available", lambda: 2**29)
    with (tmp_path / name).open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(DataError, match=r"the file would take 1 GiB of memory, 512 MiB are free; give fewer rows"):
        load(DataSource(path=tmp_path / name, target="y"))


def test_a_file_that_unpacks_to_more_than_memory_is_refused_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr("hpsearch.data.files.available", lambda: 2**16)
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(b"a,y\n" + b"1,p\n2,q\n" * 2**14))
    with pytest.raises(DataError, match=r"what it unpacks to would take .* KiB of memory, 64 KiB are free"):
        load(DataSource(path=tmp_path / "d.csv.gz", target="y"))

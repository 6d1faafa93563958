import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.data import BUILT_IN, DataSource, fingerprint, load, prepare


def test_digits_are_the_1797_images_of_the_uci_test_set():
    digits = load(DataSource(name="digits"))
    assert digits.inputs.shape == (1797, 64)
    assert digits.classes == tuple("0123456789")
    assert (digits.inputs.min(), digits.inputs.max()) == (0, 16)
    counts = [int((digits.labels == c).sum()) for c in range(10)]
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_the_ones_scikit_learn_ships():
    peer = pytest.importorskip("sklearn.datasets").load_digits()
    digits = load(DataSource(name="digits"))
    np.testing.assert_array_equal(digits.inputs, peer.data)
    np.testing.assert_array_equal(digits.labels, peer.target)


def test_digits_have_not_changed():
    digits = load(DataSource(name="digits"))
    content = digits.inputs.astype(np.uint8).tobytes() + digits.labels.astype(np.uint8).tobytes()
    assert hashlib.sha256(content).hexdigest() == DIGITS_SHA256


DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_set_is_finite_named_and_the_same_each_time(name):
    first, second = load(DataSource(name=name)), load(DataSource(name=name))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert np.isfinite(first.inputs).all()
    assert first.inputs.dtype == np.float32
    assert first.labels.dtype == np.int64
    assert first.inputs.shape == (len(first.labels), len(first.features))
    assert set(first.labels.tolist()) == set(range(len(first.classes)))
    assert first.name == name
    np.testing.assert_array_equal(first.labels, second.labels)
    assert fingerprint(DataSource(name=name)) == fingerprint(DataSource(name=name, validation=0.3))


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_set_splits_with_every_class_in_every_part(name):
    split = prepare(DataSource(name=name))
    for part in (split.train, split.validation, split.test):
        assert set(part.labels.tolist()) == set(range(len(split.classes)))


@pytest.mark.parametrize("name", ["blobs", "spirals"])
def test_points_follow_the_seed_and_the_numbers_asked_for(name):
    source = DataSource(name=name, points=100, classes=7)
    few = load(source)
    assert len(few.labels) == 100
    assert np.ptp(np.bincount(few.labels)) <= 1
    assert fingerprint(source) != fingerprint(replace(source, seed=1))


def test_blobs_have_their_centres_on_the_unit_circle_and_the_spread_asked_for():
    blobs = load(DataSource(name="blobs", points=40_000, classes=4, noise=0.3))
    for c, centre in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        cloud = blobs.inputs[blobs.labels == c]
        np.testing.assert_allclose(cloud.mean(axis=0), centre, atol=5 * 0.3 / 100)
        np.testing.assert_allclose(cloud.std(axis=0), 0.3, rtol=0.05)


def test_spirals_without_noise_wind_four_radians_per_unit_of_radius():
    spirals = load(DataSource(name="spirals", classes=3, noise=0))
    z = spirals.inputs[:, 0].astype(float) + 1j * spirals.inputs[:, 1]
    straightened = z * np.exp(-1j * (4 * np.abs(z) + 2 * np.pi * spirals.labels / 3))
    np.testing.assert_allclose(straightened.imag, 0, atol=1e-6)
    assert straightened.real.min() >= 0


def test_importing_the_package_does_not_import_pandas():
    prepared = "import sys, hpsearch.data as d; d.prepare(d.DataSource(name='digits'))"
    code = f"{prepared}; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

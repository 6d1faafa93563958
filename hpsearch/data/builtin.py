"""Data sets that need no file: digits, and points in the plane."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hpsearch.data.dataset import BUILT_IN_NAMES, Dataset, DataSource, Labels, feature_names


@dataclass(frozen=True)
class BuiltIn:
    """A row of the table: one line for the help text, and the maker."""

    description: str
    make: Callable[[DataSource], Dataset]


def digits(source: DataSource) -> Dataset:  # noqa: ARG001  # one signature for the whole table
    """Read the 1,797 handwritten digits, 8 x 8 pixels of 0..16; DIGITS.md has their source and licence."""
    with resources.files("hpsearch.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        inputs, labels = arrays["inputs"].astype(np.float32), arrays["labels"].astype(np.int64)
    return Dataset("digits", inputs, labels, tuple("0123456789"), feature_names((8, 8)))


def blobs(source: DataSource) -> Dataset:
    """Draw clouds around C centres evenly spaced on the unit circle, of standard deviation `noise`."""
    rng, labels = _start(source)
    angles = 2 * np.pi * labels / source.classes
    points = _polar(np.ones(source.points), angles) + source.noise * rng.standard_normal((source.points, 2))
    return _plane("blobs", points, labels, source)


def spirals(source: DataSource) -> Dataset:
    """Draw C arms that wind 4 rad from the centre outwards: angle = 2 pi c / C + 4 r + noise, r in [0, 1).

    No straight line separates the arms, so softmax regression fails where a network succeeds.
    """
    rng, labels = _start(source)
    radii = rng.random(source.points)
    angles = 2 * np.pi * labels / source.classes + 4 * radii + source.noise * rng.standard_normal(source.points)
    return _plane("spirals", _polar(radii, angles), labels, source)


_MADE = (
    BuiltIn("1,797 handwritten digits of 8 x 8 pixels, 10 classes", digits),
    BuiltIn("clouds of points in the plane, nearly linearly separable", blobs),
    BuiltIn("spiral arms of points in the plane, not linearly separable", spirals),
)
BUILT_IN: Mapping[str, BuiltIn] = dict(zip(BUILT_IN_NAMES, _MADE, strict=True))


def _start(source: DataSource) -> tuple[np.random.Generator, Labels]:
    """Give the points' generator, and classes of equal size up to one point."""
    # The second number keeps these draws apart from the split's, which has the same seed.
    return np.random.default_rng([source.seed, 1]), np.arange(source.points, dtype=np.int64) % source.classes


def _polar(radii: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _plane(name: str, points: NDArray[np.float64], labels: Labels, source: DataSource) -> Dataset:
    # float32 rounds away the last bits of sin and cos, in which processors differ, so fingerprints agree.
    classes = tuple(map(str, range(source.classes)))
    return Dataset(name, points.astype(np.float32), labels, classes, ("x", "y"))

"""Scales: the axis along which draws are uniform."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINEAR", "LOG", "REVERSE_LOG", "Array", "Scale"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A strictly increasing map `forward` from values in the open interval (low, high), and its inverse.

    Attributes:
        name: how people call it.
        low, high: values that the scale never reaches.
        forward, inverse: vectorized, (n,) -> (n,).
    """

    name: str
    low: float
    high: float
    forward: Callable[[Array], Array]
    inverse: Callable[[Array], Array]

    def contains(self, value: float) -> bool:
        """Whether the value has a place on this scale."""
        return self.low < value < self.high

    def __reduce__(self) -> str:
        # A scale is one of the constants below; pickling by name keeps functions out of the pickle.
        return {"linear": "LINEAR", "log": "LOG", "reverse log": "REVERSE_LOG"}[self.name]


def _identity(values: Array) -> Array:
    return values


def _power_of_ten(exponents: Array) -> Array:
    return np.power(10.0, exponents)


def _reverse_log(values: Array) -> Array:
    return -np.log10(1.0 - values)


def _reverse_power_of_ten(exponents: Array) -> Array:
    return 1.0 - np.power(10.0, -exponents)


LINEAR = Scale("linear", -np.inf, np.inf, _identity, _identity)
# value = 10^r with r uniform: every decade gets the same share of the draws.
LOG = Scale("log", 0.0, np.inf, np.log10, _power_of_ten)
# value = 1 - 10^r with r uniform: right for averages over the last 1 / (1 - value) steps.
REVERSE_LOG = Scale("reverse log", -np.inf, 1.0, _reverse_log, _reverse_power_of_ten)

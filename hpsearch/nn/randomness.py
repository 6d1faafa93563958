"""Random numbers by place: each follows from (seed, stream, epoch, place) alone, on every machine the same.

Whole numbers of 64 bits, and floats by additions, products, quotients and square roots alone, each of which IEEE 754
rounds in one way; no generator has a state, so that a network is carried on, or trained anywhere, without one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.nn.layout import Array

WEIGHTS, ORDER, DROPOUT = range(3)
"""Streams of a network's seed. The kernel has the last two of its own, to the bit as here."""

_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd
_ALL = 2**64 - 1


def mixed(x: int) -> int:
    """The mixer of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA) on 64 bits."""
    x &= _ALL
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _ALL
    return x ^ (x >> 31)


def key(seed: int, stream: int, *places: int) -> int:
    """The key of a sequence: mixed anew with each of the places."""
    found = mixed(seed * 4 + stream)
    for place in places:
        found = mixed(found + place * _GOLDEN)
    return found


def bits(start: int, n: int) -> NDArray[np.uint64]:
    """(n,) `mixed` of the key and the places 1, 2, ..., n."""
    x: Any = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(start)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def permutation(start: int, n: int) -> Array:
    """(n,) the whole numbers below n in an order of Fisher and Yates, from the last place down."""
    order = list(range(n))
    drawn: Any = bits(start, n - 1)
    places = ((drawn >> np.uint64(32)) * np.arange(2, n + 1, dtype=np.uint64)) >> np.uint64(32)
    for i, j in zip(range(n - 1, 0, -1), reversed(places.tolist()), strict=True):
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)


def mask(start: int, shape: tuple[int, ...], dropout: float) -> Array:
    """Shape (examples, units): whether dropout keeps a unit of an example of a mini-batch."""
    examples, units = shape
    place: Array = np.arange(examples, dtype=np.uint32)[:, None] * np.uint32(65536) + np.arange(units, dtype=np.uint32)
    low, high = np.uint32(start & 0xFFFFFFFF), np.uint32(start >> 32)
    found = _mixed32(_mixed32(place * np.uint32(0x9E3779B1) + low) ^ high)
    return np.asarray((found >> np.uint32(8)) >= np.uint32(dropout * 2**24 + 0.5))


def _mixed32(x: Array) -> Array:
    """The mixer of MurmurHash3 on 32 bits."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return np.asarray(x ^ (x >> np.uint32(16)))


def normal(start: int, n: int) -> Array:
    """(n,) float64 of a standard normal distribution, by its quantiles (Wichura 1988, Appl. Statist. 37, AS 241).

    PPND7 of that algorithm, to about 7 digits.
    """
    u = ((bits(start, n) >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    q = u - 0.5
    r = 0.180625 - q * q
    middle = q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
    middle /= ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
    r = np.sqrt(-_logarithm(np.minimum(u, 1 - u)))
    near = ((0.17023821103 * (r - 1.6) + 1.3067284816) * (r - 1.6) + 2.7568153900) * (r - 1.6) + 1.4234372777
    near /= (0.12021132975 * (r - 1.6) + 0.73700164250) * (r - 1.6) + 1.0
    far = ((0.017337203997 * (r - 5) + 0.42868294337) * (r - 5) + 3.0812263860) * (r - 5) + 6.6579051150
    far /= (0.012258202635 * (r - 5) + 0.24197894225) * (r - 5) + 1.0
    tails = np.where(r <= 5, near, far) * np.where(q < 0, -1.0, 1.0)
    return np.where(np.abs(q) <= 0.425, middle, tails)


def _logarithm(x: Array) -> Array:
    """Log x = e ln 2 + 2 artanh((m - 1) / (m + 1)), by its series: NumPy's own differs between machines."""
    m, exponent = np.frexp(x)
    m, exponent = np.where(m < 0.70710678, 2 * m, m), np.where(m < 0.70710678, exponent - 1, exponent)
    s = (m - 1) / (m + 1)
    q = s * s
    series = np.zeros_like(q)
    for power in range(21, 1, -2):
        series = (series + 1.0 / power) * q
    return np.asarray(exponent * 0.6931471805599453 + 2 * (s + s * series))

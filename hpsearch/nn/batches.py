"""Samples, and the order in which an epoch's mini-batches visit them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.nn.layout import Array
from hpsearch.nn.spec import NetworkSpec


@dataclass(frozen=True)
class Samples:
    """Normalized inputs (n, D) and integer labels (n,) in 0..C-1; ValueError if they do not fit, or are none."""

    inputs: Array
    labels: Array

    def __post_init__(self) -> None:
        if self.inputs.ndim != 2 or self.labels.shape != self.inputs.shape[:1] or not len(self.labels):
            got = f"{self.inputs.shape}, {self.labels.shape}"
            raise ValueError(f"samples need inputs (n, D), labels (n,), n >= 1; got {got}")
        if not np.issubdtype(self.labels.dtype, np.integer):
            raise ValueError(f"labels need an integer type, got {self.labels.dtype}: number the classes from 0")

    def astype(self, dtype: str) -> "Samples":
        """Return the samples in a network's dtype, contiguous."""
        return Samples(np.ascontiguousarray(self.inputs, dtype), self.labels.astype(np.intp))


def order(seed: int, epoch: int, n: int) -> Array:
    """Return the permutation of n examples that a network with this seed follows in this epoch (from 0)."""
    return np.random.default_rng([seed, 1, epoch]).permutation(n)


def sizes(spec: NetworkSpec, n: int) -> list[int]:
    """Return the sizes of an epoch's mini-batches, the last, smaller one included.

    Under batch norm a last mini-batch of one example is left out: its variance is 0, so it would teach nothing and drag
    the running variance down. The order changes with each epoch, so every example is still met.
    """
    full, rest = divmod(n, spec.batch_size)
    normalized = spec.batch_norm and bool(spec.hidden)
    return [spec.batch_size] * full + [rest] * (rest > int(normalized))


def mini_batches(specs: Sequence[NetworkSpec], epochs: Sequence[int], data: Samples) -> Iterator[tuple[Array, Array]]:
    """Yield inputs and labels of each mini-batch, (B, D) and (B,); (P, B, ...) where the orders differ."""
    n = len(data.labels)
    keys = [(spec.seed, epoch) for spec, epoch in zip(specs, epochs, strict=True)]
    orders = {key: order(*key, n) for key in dict.fromkeys(keys)}
    visits = orders[keys[0]] if len(orders) == 1 else np.stack([orders[key] for key in keys])
    start = 0
    for size in sizes(specs[0], n):
        chosen = visits[..., start : start + size]
        yield data.inputs.take(chosen, axis=0), data.labels.take(chosen)
        start += size

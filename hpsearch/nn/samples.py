"""Samples, and the mini-batches of an epoch."""

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


def mini_batches(spec: NetworkSpec, n: int) -> list[slice]:
    """The places of an epoch's order that each mini-batch takes, the last, smaller one included.

    Under batch norm a last mini-batch of one example is left out: its variance is 0, so it would teach nothing and drag
    the running variance down. The order changes with each epoch, so every example is still met.
    """
    least = 2 if spec.batch_norm and spec.hidden else 1
    return [slice(i, min(i + spec.batch_size, n)) for i in range(0, n - least + 1, spec.batch_size)]

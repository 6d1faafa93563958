"""Batch normalization: each unit of each model normalized over its own mini-batch.

Formulas: Ioffe and Szegedy, "Batch Normalization", 2015, algorithm 1 and section 3.1. With m examples,

    mu = mean_i z_i                     s2 = mean_i (z_i - mu)^2
    zn = (z - mu) / sqrt(s2 + eps)      zt = gamma * zn + beta
"""

from dataclasses import dataclass, field

import numpy as np

from hpsearch.nn.arrays import Array


@dataclass
class BatchNorm:
    """Batch norm of one hidden layer of P models; every array but the inputs is (P, 1, H) or (P, 1, 1).

    scale, shift: gamma and beta, views into the stack's parameters; their gradients are written beside them.
    running: (2, P, 1, H), exponentially weighted averages of mu and s2 over the mini-batches of training.
    keep: weight of the old value in these averages; epsilon: keeps the division finite.
    """

    scale: Array
    shift: Array
    scale_gradient: Array
    shift_gradient: Array
    running: Array
    keep: Array
    epsilon: Array
    _batch: Array = field(init=False)
    _inverse: Array = field(init=False)
    _slope: Array = field(init=False)

    def __post_init__(self) -> None:
        self._batch = np.empty_like(self.running)
        self._inverse = np.empty_like(self._batch[0])
        self._slope = np.empty_like(self._inverse)

    def forward(self, z: Array, out: Array) -> None:
        """Write zt to out (P, B, H), leave z - mu in z, and move the running averages."""
        mean, variance = self._batch
        count = z.dtype.type(z.shape[1])
        np.add.reduce(z, axis=1, keepdims=True, out=mean)
        mean /= count
        z -= mean
        np.multiply(z, z, out=out)
        np.add.reduce(out, axis=1, keepdims=True, out=variance)
        variance /= count
        np.add(variance, self.epsilon, out=self._inverse)
        np.sqrt(self._inverse, out=self._inverse)
        np.divide(1, self._inverse, out=self._inverse)
        np.multiply(self.scale, self._inverse, out=self._slope)
        np.multiply(z, self._slope, out=out)
        out += self.shift
        self._average()

    def _average(self) -> None:
        """Running = keep * running + (1 - keep) * batch."""
        self.running -= self._batch
        self.running *= self.keep
        self.running += self._batch

    def backward(self, d: Array, z: Array, scratch: Array) -> None:
        """Turn d (P, B, H), the gradient of zt, into the one of z, through mu and s2.

        z holds z - mu, as forward left it. With sums over the m examples,
        d_z = gamma / sqrt(s2 + eps) * (d - sum(d) / m - zn * sum(d * zn) / m).
        """
        np.multiply(d, z, out=scratch)
        np.add.reduce(scratch, axis=1, keepdims=True, out=self.scale_gradient)
        self.scale_gradient *= self._inverse
        np.add.reduce(d, axis=1, keepdims=True, out=self.shift_gradient)
        share = d.dtype.type(1 / d.shape[1])
        np.multiply(z, self.scale_gradient * self._inverse * share, out=scratch)
        scratch += self.shift_gradient * share
        d -= scratch
        d *= self._slope


@dataclass
class Bias:
    """What a hidden layer has instead when batch norm is off: z + b, with b (P, 1, H)."""

    bias: Array
    bias_gradient: Array

    def forward(self, z: Array, out: Array) -> None:
        """Write z + b to out (P, B, H)."""
        np.add(z, self.bias, out=out)

    def backward(self, d: Array, _z: Array, _scratch: Array) -> None:
        """The gradient d (P, B, H) passes as it is; its sum over the batch is the bias's."""
        np.add.reduce(d, axis=1, keepdims=True, out=self.bias_gradient)

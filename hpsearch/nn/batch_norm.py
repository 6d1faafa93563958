"""Batch normalization: each unit of each model normalized over its own mini-batch.

Formulas: Ioffe and Szegedy, "Batch Normalization", 2015, algorithm 1 and section 3.1. With m examples,

    mu = mean_i z_i                     s2 = mean_i (z_i - mu)^2
    zn = (z - mu) / sqrt(s2 + eps)      zt = gamma * zn + beta

Units of different models do not meet here, so the P models' H units are simply P * H units side by side.
"""

from dataclasses import dataclass, field

import numpy as np

from hpsearch.nn.layout import Array


@dataclass
class BatchNorm:
    """Batch norm of one hidden layer of P models, on arrays of m rows and P * H columns.

    scale, shift: gamma and beta (P, 1, H), views into the stack's parameters, and so are their gradients.
    running: (2, P, 1, H), exponentially weighted averages of mu and s2 over the mini-batches of training.
    keep: weight of the old value in these averages; epsilon: keeps the division finite; both (P, 1, 1).
    batch: m, the number of examples.
    """

    scale: Array
    shift: Array
    scale_gradient: Array
    shift_gradient: Array
    running: Array
    keep: Array
    epsilon: Array
    batch: int
    _share: Array = field(init=False)
    _batch: Array = field(init=False)
    _inverse: Array = field(init=False)
    _slope: Array = field(init=False)
    _sums: Array = field(init=False)

    def __post_init__(self) -> None:
        self._share = np.full(self.batch, 1 / self.batch, self.running.dtype)
        self._batch = np.empty_like(self.running)
        self._inverse, self._slope, _ = np.empty((3, *self.scale.shape), self.running.dtype)
        self._sums = np.empty_like(self.running)

    def forward(self, z: Array, out: Array) -> None:
        """Write zt to out (m, P * H), leave z - mu in z, and move the running averages."""
        mean, variance = self._batch.reshape(2, -1)
        np.dot(self._share, z, out=mean)  # in half the time of np.mean
        z -= mean
        np.multiply(z, z, out=out)
        np.dot(self._share, out, out=variance)
        np.add(self._batch[1], self.epsilon, out=self._inverse)
        np.sqrt(self._inverse, out=self._inverse)
        np.divide(1, self._inverse, out=self._inverse)
        np.multiply(self.scale, self._inverse, out=self._slope)
        np.multiply(z, self._slope.reshape(-1), out=out)
        out += self.shift.reshape(-1)
        self._average()

    def _average(self) -> None:
        """Set running = keep * running + (1 - keep) * batch."""
        self.running -= self._batch
        self.running *= self.keep
        self.running += self._batch

    def backward(self, d: Array, z: Array, scratch: Array) -> None:
        """Turn d (m, P * H), the gradient of zt, into the one of z, through mu and s2.

        z holds z - mu, as forward left it. With sums over the m examples,
        d_z = gamma / sqrt(s2 + eps) * (d - sum(d) / m - zn * sum(d * zn) / m).
        """
        along, mean = self._sums  # means of d * zn and of d
        np.multiply(d, z, out=scratch)
        np.dot(self._share, scratch, out=along.reshape(-1))
        np.dot(self._share, d, out=mean.reshape(-1))
        along *= self._inverse
        np.multiply(along, self.batch, out=self.scale_gradient)
        np.multiply(mean, self.batch, out=self.shift_gradient)
        along *= self._inverse
        np.multiply(z, along.reshape(-1), out=scratch)
        scratch += mean.reshape(-1)
        d -= scratch
        d *= self._slope.reshape(-1)


@dataclass
class Bias:
    """What a hidden layer has instead when batch norm is off: z + b, with b (P, 1, H)."""

    bias: Array
    bias_gradient: Array

    def forward(self, z: Array, out: Array) -> None:
        """Write z + b to out (m, P * H)."""
        np.add(z, self.bias.reshape(-1), out=out)

    def backward(self, d: Array, _z: Array, _scratch: Array) -> None:
        """The gradient d (m, P * H) passes as it is; its sum over the batch is the bias's."""
        self.bias_gradient[:] = np.add.reduce(d, axis=0).reshape(self.bias_gradient.shape)

"""Activations and dropout of hidden layers, and the output's softmax with its loss, in place on a stack's arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.nn.layout import Array
from hpsearch.nn.spec import NetworkSpec

LEAK = 0.01  # slope of leaky ReLU below zero


@dataclass(frozen=True)
class Activation:
    """One activation function.

    forward(x, positive): x, of any shape, becomes g(x); positive, bool, may be used to remember where x > 0.
    backward(d, a, positive, scratch): d, the gradient with respect to a = g(x), becomes the one with respect to x;
    scratch has d's shape and is overwritten.
    """

    forward: Callable[[Array, Array], None]
    backward: Callable[[Array, Array, Array, Array], None]
    at_zero: float = 0.0  # g(0): units that only pad a layer must be cleared where this is not 0


def _relu(x: Array, positive: Array) -> None:
    # a comparison and a product cost less than np.maximum, and the comparison is needed again on the way back
    np.greater(x, 0, out=positive)
    x *= positive


def _relu_backward(d: Array, _a: Array, positive: Array, _scratch: Array) -> None:
    d *= positive


def _leaky_relu(x: Array, positive: Array) -> None:
    np.greater(x, 0, out=positive)
    x *= _slopes(positive, x.dtype)


def _leaky_relu_backward(d: Array, _a: Array, positive: Array, _scratch: Array) -> None:
    d *= _slopes(positive, d.dtype)


def _slopes(positive: Array, dtype: np.dtype[np.generic]) -> Array:
    return np.where(positive, dtype.type(1), dtype.type(LEAK))


def _tanh(x: Array, _positive: Array) -> None:
    np.tanh(x, out=x)


def _tanh_backward(d: Array, a: Array, _positive: Array, scratch: Array) -> None:
    np.multiply(a, a, out=scratch)
    np.subtract(1, scratch, out=scratch)
    d *= scratch


def _sigmoid(x: Array, _positive: Array) -> None:
    # 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, which cannot overflow
    x *= 0.5
    np.tanh(x, out=x)
    x += 1
    x *= 0.5


def _sigmoid_backward(d: Array, a: Array, _positive: Array, scratch: Array) -> None:
    np.subtract(1, a, out=scratch)
    scratch *= a
    d *= scratch


ACTIVATIONS = {
    "relu": Activation(_relu, _relu_backward),
    "leaky_relu": Activation(_leaky_relu, _leaky_relu_backward),
    "tanh": Activation(_tanh, _tanh_backward),
    "sigmoid": Activation(_sigmoid, _sigmoid_backward, at_zero=0.5),
}


class Dropout:
    """Masks for the mini-batches of one epoch of P models.

    Each model draws from its own stream, for its own width, so its masks do not depend on its neighbours.
    """

    def __init__(self, specs: Sequence[NetworkSpec], epochs: Sequence[int]) -> None:
        self._lanes = [
            (model, spec, np.random.default_rng([spec.seed, 2, epoch]))
            for model, (spec, epoch) in enumerate(zip(specs, epochs, strict=True))
            if spec.dropout
        ]

    def fill(self, masks: Sequence[Array]) -> None:
        """Draw the next mini-batch's masks into one (P, B, H) array a hidden layer: 0 or 1 / (1 - rate)."""
        for model, spec, rng in self._lanes:
            for mask, width in zip(masks, spec.hidden, strict=True):
                kept = rng.random((mask.shape[1], width), np.float32) >= spec.dropout
                mask[model, :, :width] = kept / (1 - spec.dropout)


def softmax(logits: Array) -> Array:
    """Return exp(z) / sum(exp(z)) over the last axis; logits (..., C), any real dtype.

    >>> softmax(np.array([5.0, 2.0, -1.0, 3.0])).round(3).tolist()
    [0.842, 0.042, 0.002, 0.114]
    """
    # exp overflows float32 above 88; the shift cancels in the ratio.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class CrossEntropy:
    """Loss, hits and first gradient of P models on B examples each.

    logits: (P, B, C), stored class first (see `layout.class_major`). Each method overwrites it.
    """

    def __init__(self, logits: Array) -> None:
        self.logits = logits
        self._flat = logits.transpose(2, 0, 1).reshape(-1)
        self._offsets = np.arange(logits[..., 0].size).reshape(logits.shape[:2])

    def forward(self, labels: Array) -> tuple[Array, Array]:
        """Return the loss -log yhat[label] and whether the label has the highest logit, both (P, B).

        labels: (B,) or (P, B), integers. A tie for the highest logit counts as a hit.
        """
        true, total, _ = self._exponentiate(labels)
        return np.log(total) - true, true >= 0

    def backward(self, labels: Array) -> tuple[Array, Array]:
        """Like forward, and turn the logits into dz = (yhat - y) / B, the gradient of the mean loss."""
        true, total, index = self._exponentiate(labels)
        batch = self.logits.shape[1]
        self.logits *= (1 / (total * total.dtype.type(batch)))[..., None]
        self._flat[index] -= 1 / batch
        return np.log(total) - true, true >= 0

    def _exponentiate(self, labels: Array) -> tuple[Array, Array, Array]:
        """Leave exp(z - max z) in the logits; return (z - max z)[label], the sums and where labels are, all (P, B)."""
        index = labels * self._offsets.size + self._offsets
        self.logits -= self.logits.max(axis=-1, keepdims=True)
        true = self._flat[index]
        np.exp(self.logits, out=self.logits)
        return true, self.logits.sum(axis=-1), index

"""The softmax layer and its cross-entropy, stable for logits of any size."""

from dataclasses import dataclass, field

import numpy as np

from hpsearch.nn.layout import Array


def softmax(logits: Array) -> Array:
    """Return exp(z) / sum(exp(z)) over the last axis; logits (..., C), any real dtype.

    >>> softmax(np.array([5.0, 2.0, -1.0, 3.0])).round(3).tolist()
    [0.842, 0.042, 0.002, 0.114]
    """
    # exp overflows float32 above 88; the shift cancels in the ratio.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass
class CrossEntropy:
    """Loss, hits and first gradient of P models on B examples each.

    logits: (P, B, C), stored class first (see `arrays.class_major`). Each method overwrites it.
    """

    logits: Array
    _flat: Array = field(init=False)
    _offsets: Array = field(init=False)

    def __post_init__(self) -> None:
        models, batch, _ = self.logits.shape
        self._flat = self.logits.transpose(2, 0, 1).reshape(-1)
        self._offsets = np.arange(models * batch).reshape(models, batch)

    def forward(self, labels: Array) -> tuple[Array, Array]:
        """Return the loss -log yhat[label] and whether the label has the highest logit, both (P, B).

        labels: (B,) or (P, B), integers. A tie for the highest logit counts as a hit.
        """
        true, total = self._exponentiate(self._index(labels))
        return np.log(total) - true, true >= 0

    def backward(self, labels: Array) -> tuple[Array, Array]:
        """Like forward, and turn the logits into dz = (yhat - y) / B, the gradient of the mean loss."""
        index = self._index(labels)
        true, total = self._exponentiate(index)
        batch = self.logits.shape[1]
        self.logits *= (1 / (total * total.dtype.type(batch)))[..., None]
        self._flat[index] -= 1 / batch
        return np.log(total) - true, true >= 0

    def _index(self, labels: Array) -> Array:
        return labels * self._offsets.size + self._offsets

    def _exponentiate(self, index: Array) -> tuple[Array, Array]:
        """Leave exp(z - max z) in the logits; return (z - max z)[label] and the sums, both (P, B)."""
        self.logits -= self.logits.max(axis=-1, keepdims=True)
        true = self._flat[index]
        np.exp(self.logits, out=self.logits)
        return true, self.logits.sum(axis=-1)

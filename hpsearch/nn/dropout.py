"""Inverted dropout (Srivastava et al. 2014): kept units are scaled up, so nothing changes at test time."""

from collections.abc import Sequence

import numpy as np

from hpsearch.nn.arrays import Array
from hpsearch.nn.spec import NetworkSpec


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

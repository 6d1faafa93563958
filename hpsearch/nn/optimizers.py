"""Gradient descent, momentum, RMSprop and Adam on a stack's flat buffers.

Running averages are kept as discounted sums, which takes fewer passes over memory: with beta the discount,

    sum = beta * sum + g        total = beta * total + 1        (total is the sum of the weights that g's got)

so that sum / total is the average with Adam's bias correction, and (1 - beta) * sum the average without it.

    sgd        w -= alpha * g
    momentum   w -= alpha * (1 - beta) * sum(g)                      v = beta v + (1 - beta) g, Polyak 1964
    rmsprop    w -= alpha * g / (sqrt((1 - beta2) sum(g^2)) + eps)                   Tieleman and Hinton 2012
    adam       w -= alpha * mean(g) / (sqrt(mean(g^2)) + eps)                           Kingma and Ba 2015
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from hpsearch.nn.layout import Array, per_model
from hpsearch.nn.spec import NetworkSpec


@dataclass
class Sums:
    """Discounted sums: values (P, N), and the total weight of what went in, (P, 1), float64."""

    values: Array
    total: Array


@dataclass(frozen=True)
class Rates:
    """Each model's settings, (P, 1), float64."""

    momentum: Array
    beta1: Array
    beta2: Array
    epsilon: Array

    @classmethod
    def of(cls, specs: Sequence[NetworkSpec]) -> "Rates":
        """Collect the settings of P specs."""
        return cls(*(per_model([getattr(spec, each.name) for spec in specs], np.float64) for each in fields(cls)))


@dataclass(frozen=True)
class Optimizer:
    """One optimizer: the sums it keeps and its step.

    update(w, g, sums, alpha, rates): w (P, N) is stepped in place, g (P, N) is overwritten, alpha (P, 1) is
    the learning rate of this step.
    """

    sums: tuple[str, ...]
    update: Callable[[Array, Array, dict[str, Sums], Array, Rates], None]


def _discount(sums: Sums, beta: Array, term: Array) -> None:
    sums.values *= beta.astype(term.dtype)
    sums.values += term
    sums.total *= beta
    sums.total += 1


def _sgd(w: Array, g: Array, _sums: dict[str, Sums], alpha: Array, _rates: Rates) -> None:
    g *= alpha.astype(g.dtype)
    w -= g


def _momentum(w: Array, g: Array, sums: dict[str, Sums], alpha: Array, rates: Rates) -> None:
    _discount(sums["gradient"], rates.momentum, g)
    np.multiply(sums["gradient"].values, (alpha * (1 - rates.momentum)).astype(g.dtype), out=g)
    w -= g


def _rmsprop(w: Array, g: Array, sums: dict[str, Sums], alpha: Array, rates: Rates) -> None:
    along = g.copy()
    np.multiply(g, g, out=g)
    _discount(sums["square"], rates.beta2, g)
    _scaled_step(w, g, along, sums["square"].values, alpha, 1 - rates.beta2, rates.epsilon)


def _adam(w: Array, g: Array, sums: dict[str, Sums], alpha: Array, rates: Rates) -> None:
    first, second = sums["gradient"], sums["square"]
    _discount(first, rates.beta1, g)
    np.multiply(g, g, out=g)
    _discount(second, rates.beta2, g)
    _scaled_step(w, g, first.values, second.values, alpha / first.total, 1 / second.total, rates.epsilon)


def _scaled_step(w: Array, g: Array, along: Array, square: Array, alpha: Array, share: Array, epsilon: Array) -> None:
    """Step w by -alpha * along / (sqrt(share * square) + epsilon); share's root moves to the scalars."""
    root = np.sqrt(share)
    np.sqrt(square, out=g)
    g += (epsilon / root).astype(w.dtype)
    np.divide(along, g, out=g)
    g *= (alpha / root).astype(w.dtype)
    w -= g


OPTIMIZERS = {
    "sgd": Optimizer((), _sgd),
    "momentum": Optimizer(("gradient",), _momentum),
    "rmsprop": Optimizer(("square",), _rmsprop),
    "adam": Optimizer(("gradient", "square"), _adam),
}

DECAYS: dict[str, Callable[[NetworkSpec, int], float]] = {
    "none": lambda _spec, _epoch: 1.0,
    "inverse": lambda spec, epoch: 1.0 / (1.0 + spec.decay_rate * epoch),
    "exponential": lambda spec, epoch: spec.decay_rate**epoch,
    "step": lambda spec, epoch: spec.decay_rate ** (epoch // spec.decay_every),
}


def learning_rate(spec: NetworkSpec, epoch: int) -> float:
    """Return the learning rate of this epoch (from 0).

    >>> learning_rate(NetworkSpec(learning_rate=0.2, decay="inverse", decay_rate=1.0), epoch=1)
    0.1
    """
    return spec.learning_rate * DECAYS[spec.decay](spec, epoch)

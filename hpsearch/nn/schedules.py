"""Learning-rate decay: the factor on the learning rate in each epoch.

alpha = factor(epoch) * alpha_0, epochs counted from 0, with k the decay rate (0.95 and so on):

    none          1
    inverse       1 / (1 + k * epoch)
    exponential   k ** epoch
    step          k ** (epoch // decay_every)
"""

from collections.abc import Callable

from hpsearch.nn.spec import NetworkSpec

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

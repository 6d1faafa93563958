"""One network's hyperparameters, checked when the record is made."""

import math
from dataclasses import dataclass, fields

ACTIVATION_NAMES = ("relu", "tanh", "leaky_relu", "sigmoid")
OPTIMIZER_NAMES = ("sgd", "momentum", "rmsprop", "adam")
DECAY_NAMES = ("none", "inverse", "exponential", "step")
INIT_NAMES = ("he", "xavier")
DTYPE_NAMES = ("float32", "float64")

_CHOICES = {
    "activation": ACTIVATION_NAMES,
    "optimizer": OPTIMIZER_NAMES,
    "decay": DECAY_NAMES,
    "init": INIT_NAMES,
    "dtype": DTYPE_NAMES,
}
_AT_LEAST = {"batch_size": 1, "epochs": 0, "seed": 0, "decay_every": 1, "learning_rate": 0.0, "l2": 0.0}
_POSITIVE = ("epsilon", "bn_epsilon")
_TINY = 1e-30  # below it an epsilon is 0 in float32, and padded weights divide 0 by it
_FRACTIONS = ("momentum", "beta1", "beta2", "dropout", "bn_momentum")


@dataclass(frozen=True)
class NetworkSpec:
    """Hyperparameters of one network and its training.

    Raises:
        ValueError: if a value is outside its range; the message names the field, the rule and the value.
    """

    hidden: tuple[int, ...] = (64,)
    """Units of each hidden layer; () is softmax regression."""
    activation: str = "relu"
    """One of relu, tanh, leaky_relu (slope 0.01), sigmoid."""
    batch_norm: bool = True
    """Normalize each hidden layer before its activation; the layer then has no bias."""
    optimizer: str = "adam"
    """One of sgd, momentum, rmsprop, adam."""
    learning_rate: float = 1e-3
    momentum: float = 0.9
    """The momentum optimizer's beta."""
    beta1: float = 0.9
    """Adam's beta1."""
    beta2: float = 0.999
    """Adam's and RMSprop's beta2."""
    epsilon: float = 1e-8
    """Adam's and RMSprop's epsilon."""
    batch_size: int = 64
    """Examples in a mini-batch; the last one of an epoch may be smaller."""
    epochs: int = 20
    """Passes over the training set, counted from the first one the network ever made."""
    l2: float = 0.0
    """lambda in the penalty lambda / 2 * ||W||^2 of a mini-batch; biases, scales and shifts are free."""
    dropout: float = 0.0
    """Probability of dropping a hidden unit in training."""
    decay: str = "none"
    """One of none, inverse, exponential, step: see `schedules`."""
    decay_rate: float = 0.95
    decay_every: int = 10
    """Epochs between two steps of the step decay."""
    init: str = "he"
    """One of he, xavier."""
    bn_momentum: float = 0.9
    """Weight of the old value in the running averages of batch norm."""
    bn_epsilon: float = 1e-5
    seed: int = 0
    """Initial weights, data order and dropout follow from this alone."""
    dtype: str = "float32"
    """One of float32, float64."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        _check_choices(self)
        _check_numbers(self)
        if self.batch_norm and self.hidden and self.batch_size == 1:
            raise ValueError("batch_size needs 2 or more under batch norm, got 1: one example has no variance")


def _check_choices(spec: NetworkSpec) -> None:
    for name, choices in _CHOICES.items():
        if getattr(spec, name) not in choices:
            raise ValueError(f"{name} needs one of {', '.join(choices)}, got {getattr(spec, name)!r}")


def _check_numbers(spec: NetworkSpec) -> None:
    for field in fields(spec):
        value = getattr(spec, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{field.name} needs a finite number, got {value}")
    for name, low in _AT_LEAST.items():
        _require(getattr(spec, name) >= low, spec, name, f"{low:g} or more")
    for name in _POSITIVE:
        _require(getattr(spec, name) >= _TINY, spec, name, f"{_TINY:g} or more")
    for name in _FRACTIONS:
        _require(0 <= getattr(spec, name) < 1, spec, name, "0 or more and below 1")
    _require(all(width > 0 for width in spec.hidden), spec, "hidden", "widths of 1 or more")
    top = math.inf if spec.decay == "inverse" else 1.0
    _require(0 <= spec.decay_rate <= top, spec, "decay_rate", f"a number in [0, {top:g}] for {spec.decay} decay")


def _require(holds: bool, spec: NetworkSpec, name: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"{name} needs {rule}, got {getattr(spec, name)}")

"""The hyperparameters of a network, declared once: meaning, default, bounds, what to tune first; checked when made."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from operator import le, lt
from typing import Any


@dataclass(frozen=True)
class Hyperparameter:
    """What one hyperparameter may be."""

    doc: str
    low: float = 0.0  # both bounds are included, but for open ones
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    whole: bool = False  # only whole numbers
    options: tuple[Any, ...] = ()  # the words that it may be, where it is no number
    widths: bool = False  # a list of layer widths
    used: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)  # other one -> values with which it has an effect
    tier: int = 3  # what to tune first, in the lecture's order (1 first; 0: practically never)
    default: Any = None  # its value where nobody gives another

    def rule(self, value: Any) -> str:
        """The rule that the value breaks, in words; empty when it breaks none."""
        if self.widths:
            known = isinstance(value, list | tuple) and all(_is_number(w) and w > 0 and w == int(w) for w in value)
            return "" if known else "a list of widths, such as [128, 64]"
        if self.options:
            known = any(value == option and type(value) is type(option) for option in self.options)
            return "" if known else f"one of {', '.join(str(option).lower() for option in self.options)}"
        above, below = (lt if is_open else le for is_open in (self.open_low, self.open_high))
        inside = _is_number(value) and above(self.low, value) and below(value, self.high)
        if inside and (not self.whole or float(value).is_integer()):
            return ""
        ends = f"{'above' if self.open_low else 'from'} {self.low:g}"
        if self.high < math.inf:
            ends += f"{' and below' if self.open_high else ' to'} {self.high:g}"
        return f"a {'whole ' if self.whole else ''}number {ends}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _one(doc: str, default: Any, **rule: Any) -> Any:
    return field(default=default, metadata={"known": Hyperparameter(doc, default=default, **rule)})


def _fraction(doc: str, default: float, tier: int = 3, **used: tuple[Any, ...]) -> Any:
    return _one(doc, default, high=1, open_high=True, used=used, tier=tier)


def _epsilon(doc: str, default: float, **used: tuple[Any, ...]) -> Any:
    """Below 1e-30 it is 0 in float32, and padded weights divide 0 by it."""
    return _one(doc, default, low=1e-30, used=used, tier=0)


@dataclass(frozen=True)
class NetworkSpec:
    """Hyperparameters of one network and its training; ValueError names the field, the rule and the value."""

    learning_rate: float = _one("step size alpha", 1e-3, open_low=True, tier=1)
    momentum: float = _fraction(
        "beta of v = beta v + (1 - beta) g, gradient descent with momentum", 0.9, 2, optimizer=("momentum",)
    )
    batch_size: int = _one("examples in a mini-batch", 64, low=1, whole=True, tier=2)
    hidden: tuple[int, ...] = _one("widths of the hidden layers, in place of `layers` and `units`", (64,), widths=True)
    """() is softmax regression."""
    decay: str = _one("learning-rate decay", "none", options=("none", "inverse", "exponential", "step"))
    decay_rate: float = _one("rate of the decay", 0.95, used={"decay": ("inverse", "exponential", "step")})
    decay_every: int = _one(
        "epochs between two steps of `decay: step`", 10, low=1, whole=True, used={"decay": ("step",)}
    )
    optimizer: str = _one("how weights follow gradients", "adam", options=("sgd", "momentum", "rmsprop", "adam"))
    activation: str = _one("of the hidden units", "relu", options=("relu", "tanh", "leaky_relu", "sigmoid"))
    batch_norm: bool = _one("normalize each layer over the mini-batch", True, options=(True, False))
    """Before its activation; the layer then has no bias."""
    dropout: float = _fraction("probability of dropping a hidden unit", 0.0)
    l2: float = _one("L2 penalty lambda: lambda w is added to the gradient of the weights alone", 0.0)
    """lambda / 2 * ||W||^2 of a mini-batch; biases, scales and shifts are free."""
    init: str = _one("initial weights", "he", options=("he", "xavier"), tier=0)
    epochs: int = _one("passes over the training part", 20, low=1, whole=True, tier=0)
    """Counted from the first one the network ever made."""
    beta1: float = _fraction("Adam's average of gradients", 0.9, 0, optimizer=("adam",))
    beta2: float = _fraction("average of squared gradients", 0.999, 0, optimizer=("adam", "rmsprop"))
    epsilon: float = _epsilon("added to the root of the squared average", 1e-8, optimizer=("adam", "rmsprop"))
    bn_momentum: float = _fraction("weight of the past in batch norm's running statistics", 0.9, 0, batch_norm=(True,))
    bn_epsilon: float = _epsilon("added to the variance in batch norm", 1e-5, batch_norm=(True,))
    seed: int = _one("of initial weights, data order and dropout", 0, whole=True)
    dtype: str = _one("of all arrays", "float32", options=("float32", "float64"))

    def __post_init__(self) -> None:
        for name, known in hyperparameters().items():
            value = getattr(self, name)
            if rule := known.rule(value):
                raise ValueError(f"{name} needs {rule}, got {value!r}")
            if known.whole:
                object.__setattr__(self, name, int(value))  # 64.0 counts too
        object.__setattr__(self, "hidden", tuple(map(int, self.hidden)))
        for pair in PAIRS:
            value = getattr(self, pair.name)
            if not pair.fits(value, *(getattr(self, other) for other in pair.others)):
                raise ValueError(f"{pair.name} needs {pair.rule}, got {value!r}")


@dataclass(frozen=True)
class Pair:
    """A hyperparameter that not every value of others goes with; fits: takes its value and theirs."""

    name: str
    others: tuple[str, ...]
    fits: Callable[..., bool]
    rule: str


PAIRS = (
    Pair(
        "decay_rate",
        ("decay",),
        lambda rate, decay: rate <= 1 or decay in ("none", "inverse"),
        "a number from 0 to 1 for exponential or step decay",
    ),
    Pair(
        "batch_size",
        ("batch_norm", "hidden"),
        lambda size, batch_norm, hidden: size > 1 or not batch_norm or not hidden,
        "2 or more under batch norm, as one example has no variance",
    ),
)


@cache
def hyperparameters() -> Mapping[str, Hyperparameter]:
    """Name -> what it may be, in the order in which to tune them; then what no search touches: seed and dtype."""
    return {f.name: f.metadata["known"] for f in fields(NetworkSpec)}


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

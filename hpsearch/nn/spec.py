"""The hyperparameters of a network, declared once: meaning, default, bounds, what to tune first; checked when made."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Annotated, Any, get_type_hints


@dataclass(frozen=True)
class Hyperparameter:
    """What one hyperparameter may be.

    Attributes:
        doc: its meaning, in a line.
        low, high: bounds, included unless `open_low` or `open_high`.
        whole: whether it is a whole number.
        options: the words that it may be, where it is no number.
        widths: whether it is a list of layer widths.
        used: other hyperparameter -> values with which this one has an effect.
        tier: what to tune first, in the lecture's order (1 first; 0: practically never).
        default: its value where nobody gives another.
    """

    doc: str
    low: float = 0.0
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    whole: bool = False
    options: tuple[Any, ...] = ()
    widths: bool = False
    used: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    tier: int = 3
    default: Any = None

    def rule(self, value: Any) -> str:
        """The rule that the value breaks, in words; empty when it breaks none."""
        if self.widths:
            widths = value if isinstance(value, list | tuple) else [0]
            return (
                ""
                if all(_is_number(w) and w > 0 and w == int(w) for w in widths)
                else "a list of widths, such as [128, 64]"
            )
        if self.options:
            known = any(value == option and type(value) is type(option) for option in self.options)
            return "" if known else f"one of {', '.join(str(option).lower() for option in self.options)}"
        if not _is_number(value) or (self.whole and not float(value).is_integer()) or not self._inside(value):
            return f"a {'whole ' if self.whole else ''}number {self._range()}"
        return ""

    def _inside(self, value: float) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below and math.isfinite(value)

    def _range(self) -> str:
        low = f"{'above' if self.open_low else 'from'} {self.low:g}"
        high = f"{' and below' if self.open_high else ' to'} {self.high:g}"
        return low if self.high == math.inf else low + high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fraction(doc: str, tier: int = 3, **used: tuple[Any, ...]) -> Hyperparameter:
    return Hyperparameter(doc, high=1, open_high=True, used=used, tier=tier)


def _epsilon(doc: str, **used: tuple[Any, ...]) -> Hyperparameter:
    """Below 1e-30 it is 0 in float32, and padded weights divide 0 by it."""
    return Hyperparameter(doc, low=1e-30, used=used, tier=0)


@dataclass(frozen=True)
class NetworkSpec:
    """Hyperparameters of one network and its training.

    Raises:
        ValueError: if a value is outside its range; the message names the field, the rule and the value.
    """

    learning_rate: Annotated[float, Hyperparameter("step size alpha", open_low=True, tier=1)] = 1e-3
    momentum: Annotated[float, _fraction("beta of gradient descent with momentum", 2, optimizer=("momentum",))] = 0.9
    batch_size: Annotated[int, Hyperparameter("examples in a mini-batch", low=1, whole=True, tier=2)] = 64
    hidden: Annotated[
        tuple[int, ...], Hyperparameter("widths of the hidden layers, in place of `layers` and `units`", widths=True)
    ] = (64,)
    """() is softmax regression."""
    decay: Annotated[str, Hyperparameter("learning-rate decay", options=("none", "inverse", "exponential", "step"))] = (
        "none"
    )
    decay_rate: Annotated[
        float, Hyperparameter("rate of the decay", used={"decay": ("inverse", "exponential", "step")})
    ] = 0.95
    decay_every: Annotated[
        int, Hyperparameter("epochs between two steps of `decay: step`", low=1, whole=True, used={"decay": ("step",)})
    ] = 10
    optimizer: Annotated[
        str, Hyperparameter("how weights follow gradients", options=("sgd", "momentum", "rmsprop", "adam"))
    ] = "adam"
    activation: Annotated[
        str, Hyperparameter("of the hidden units", options=("relu", "tanh", "leaky_relu", "sigmoid"))
    ] = "relu"
    batch_norm: Annotated[bool, Hyperparameter("normalize each layer over the mini-batch", options=(True, False))] = (
        True
    )
    """Before its activation; the layer then has no bias."""
    dropout: Annotated[float, _fraction("probability of dropping a hidden unit")] = 0.0
    l2: Annotated[float, Hyperparameter("L2 penalty lambda on the weights")] = 0.0
    """lambda / 2 * ||W||^2 of a mini-batch; biases, scales and shifts are free."""
    init: Annotated[str, Hyperparameter("initial weights", options=("he", "xavier"), tier=0)] = "he"
    epochs: Annotated[int, Hyperparameter("passes over the training part", low=1, whole=True, tier=0)] = 20
    """Counted from the first one the network ever made."""
    beta1: Annotated[float, _fraction("Adam's average of gradients", 0, optimizer=("adam",))] = 0.9
    beta2: Annotated[float, _fraction("average of squared gradients", 0, optimizer=("adam", "rmsprop"))] = 0.999
    epsilon: Annotated[float, _epsilon("added to the root of the squared average", optimizer=("adam", "rmsprop"))] = (
        1e-8
    )
    bn_momentum: Annotated[
        float, _fraction("weight of the past in batch norm's running statistics", 0, batch_norm=(True,))
    ] = 0.9
    bn_epsilon: Annotated[float, _epsilon("added to the variance in batch norm", batch_norm=(True,))] = 1e-5
    seed: Annotated[int, Hyperparameter("of initial weights, data order and dropout", whole=True)] = 0
    dtype: Annotated[str, Hyperparameter("of all arrays", options=("float32", "float64"))] = "float32"

    def __post_init__(self) -> None:
        for name, known in hyperparameters().items():
            value = getattr(self, name)
            if rule := known.rule(value):
                raise ValueError(f"{name} needs {rule}, got {value!r}")
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        if self.decay != "inverse" and self.decay_rate > 1:
            raise ValueError(f"decay_rate needs a number from 0 to 1 for {self.decay} decay, got {self.decay_rate}")
        if self.batch_norm and self.hidden and self.batch_size == 1:
            raise ValueError("batch_size needs 2 or more under batch norm, got 1: one example has no variance")


@cache
def hyperparameters() -> Mapping[str, Hyperparameter]:
    """Name -> what it may be, in the order in which to tune them; then what no search touches: seed and dtype."""
    hints = get_type_hints(NetworkSpec, include_extras=True)
    return {
        f.name: Hyperparameter(**vars(hints[f.name].__metadata__[0]) | {"default": f.default})
        for f in fields(NetworkSpec)
    }

"""The hyperparameters of the built-in network: their meaning, bounds, defaults and when they have an effect."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hpsearch.nn.spec import ACTIVATION_NAMES, DECAY_NAMES, INIT_NAMES, OPTIMIZER_NAMES


@dataclass(frozen=True)
class Hyperparameter:
    """What one hyperparameter may be.

    Attributes:
        doc: its meaning, in a line.
        default: its value where a config does not name it.
        low, high: bounds, included unless `open_low` or `open_high`.
        whole: whether it is a whole number.
        options: the words that it may be, where it is no number.
        used: other hyperparameter -> values with which this one has an effect.
        tier: what to tune first, in the lecture's order (1 first; 0: practically never).
    """

    doc: str
    default: Any
    low: float = 0.0
    high: float = float("inf")
    open_low: bool = False
    open_high: bool = False
    whole: bool = False
    options: tuple[Any, ...] = ()
    used: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    tier: int = 3

    def problem(self, value: Any) -> str:
        """The rule that the value breaks, in words; empty when it breaks none."""
        if self.options:
            known = any(value == option and type(value) is type(option) for option in self.options)
            return "" if known else f"must be one of {', '.join(_word(o) for o in self.options)}"
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (self.whole and not float(value).is_integer()) or not self._inside(value):
            return f"must be a {'whole ' if self.whole else ''}number {self._range()}"
        return ""

    def _inside(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below

    def _range(self) -> str:
        low = f"{'above' if self.open_low else 'from'} {self.low:g}"
        high = f"{' and below' if self.open_high else ' to'} {self.high:g}"
        return low if self.high == float("inf") else low + high


@dataclass(frozen=True)
class _Widths(Hyperparameter):
    """A list of layer widths."""

    def problem(self, value: Any) -> str:
        """The rule that the value breaks, in words; empty when it breaks none."""
        widths = value if isinstance(value, list | tuple) else None
        if widths is not None and all(isinstance(w, int) and not isinstance(w, bool) and w > 0 for w in widths):
            return ""
        return "must be a list of widths, such as [128, 64]"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "learning_rate": Hyperparameter("step size alpha", 1e-3, open_low=True, tier=1),
    "momentum": Hyperparameter(
        "beta of gradient descent with momentum",
        0.9,
        high=1,
        open_high=True,
        used={"optimizer": ("momentum",)},
        tier=2,
    ),
    "units": Hyperparameter("hidden units of each layer", 64, low=1, whole=True, tier=2),
    "batch_size": Hyperparameter("examples in a mini-batch", 64, low=1, whole=True, tier=2),
    "layers": Hyperparameter("hidden layers; 0 is softmax regression", 2, whole=True, high=100),
    "hidden": _Widths("widths of the hidden layers, in place of `layers` and `units`", None),
    "decay": Hyperparameter("learning-rate decay", "none", options=DECAY_NAMES),
    "decay_rate": Hyperparameter("rate of the decay", 0.95, used={"decay": ("inverse", "exponential", "step")}),
    "decay_every": Hyperparameter(
        "epochs between two steps of `decay: step`", 10, low=1, whole=True, used={"decay": ("step",)}
    ),
    "optimizer": Hyperparameter("how weights follow gradients", "adam", options=OPTIMIZER_NAMES),
    "activation": Hyperparameter("of the hidden units", "relu", options=ACTIVATION_NAMES),
    "batch_norm": Hyperparameter("normalize each layer over the mini-batch", True, options=(True, False)),
    "dropout": Hyperparameter("probability of dropping a hidden unit", 0.0, high=1, open_high=True),
    "l2": Hyperparameter("L2 penalty lambda on the weights", 0.0),
    "init": Hyperparameter("initial weights", "he", options=INIT_NAMES, tier=0),
    "epochs": Hyperparameter("passes over the training part", 20, low=1, whole=True, tier=0),
    "beta1": Hyperparameter(
        "Adam's average of gradients", 0.9, high=1, open_high=True, used={"optimizer": ("adam",)}, tier=0
    ),
    "beta2": Hyperparameter(
        "average of squared gradients",
        0.999,
        high=1,
        open_high=True,
        used={"optimizer": ("adam", "rmsprop")},
        tier=0,
    ),
    "epsilon": Hyperparameter(
        "added to the root of the squared average",
        1e-8,
        open_low=True,
        used={"optimizer": ("adam", "rmsprop")},
        tier=0,
    ),
    "bn_momentum": Hyperparameter(
        "weight of the past in batch norm's running statistics",
        0.9,
        high=1,
        open_high=True,
        used={"batch_norm": (True,)},
        tier=0,
    ),
    "bn_epsilon": Hyperparameter(
        "added to the variance in batch norm", 1e-5, open_low=True, used={"batch_norm": (True,)}, tier=0
    ),
}
"""Name in a config -> what it may be, in the order in which to tune them."""

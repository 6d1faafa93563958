"""Advice on a space that is valid but searches badly: wrong scales, and parameters without effect."""

import math

import numpy as np

from hpsearch.config.config import Config
from hpsearch.objectives import HYPERPARAMETERS
from hpsearch.space import Fixed, Numeric, Parameter, Space

__all__ = ["lint"]

_LOGARITHMIC = (
    "learning_rate",
    "lr",
    "l2",
    "weight_decay",
    "epsilon",
    "alpha",
    "eta",
    "regularization",
    "decay_rate",
)
_AVERAGES = ("momentum", "beta", "beta1", "beta2", "bn_momentum", "gamma", "ema")


def lint(config: Config) -> list[str]:
    """One sentence per thing that would waste trials."""
    advice = [text for parameter in config.space.searched for text in _scale(parameter)]
    return advice + [text for parameter in config.space.parameters for text in _effect(parameter, config.space)]


def _scale(parameter: Parameter) -> list[str]:
    distribution = parameter.distribution
    if not isinstance(distribution, Numeric) or distribution.name not in ("uniform", "randint"):
        return []
    if parameter.name in _AVERAGES and distribution.min > 0 and 0.95 <= distribution.max < 1:
        return [_average_advice(parameter.name, distribution)]
    decades = math.log10(distribution.max / distribution.min) if distribution.min > 0 else 0.0
    if decades >= 2.5 or (decades >= 1.5 and parameter.name in _LOGARITHMIC):
        return [_log_advice(parameter.name, distribution)]
    return []


def _log_advice(name: str, distribution: Numeric) -> str:
    cut = distribution.max / 10
    share = 1 - float(distribution.to_unit([_on(distribution, cut)])[0])
    log = "lograndint" if distribution.integer else "loguniform"
    return (
        f"{name}: {distribution.name} on [{distribution.min:g}, {distribution.max:g}] spends {share:.0%} of the "
        f"trials above {cut:g}; use {log}({distribution.min:g}, {distribution.max:g})"
    )


def _average_advice(name: str, distribution: Numeric) -> str:
    nearest = 1 - distribution.max
    cut = 1 - 10 * nearest
    share = 1 - float(distribution.to_unit([max(cut, distribution.min)])[0])
    steps = f"{1 / (1 - cut):.0f} to {1 / nearest:.0f}" if cut > distribution.min else ""
    spent = f"spends only {share:.0%} of the trials on averages over {steps} steps" if steps else "is the wrong scale"
    return (
        f"{name}: uniform on [{distribution.min:g}, {distribution.max:g}] {spent}; "
        f"use reverseloguniform({distribution.min:g}, {distribution.max:g})"
    )


def _on(distribution: Numeric, value: float) -> float:
    return float(np.rint(value)) if distribution.integer else value


def _effect(parameter: Parameter, space: Space) -> list[str]:
    """A hyperparameter that some draws of another leave without effect."""
    known = HYPERPARAMETERS.get(parameter.name)
    if known is None or not parameter.searched:
        return []
    for parent, values in known.used.items():
        possible = space[parent].distribution.grid(100) if parent in space else [HYPERPARAMETERS[parent].default]
        idle = [value for value in possible if value not in values and value in parameter.when.get(parent, possible)]
        if idle and len(idle) == len(possible) and isinstance(_distribution(space, parent), Fixed | None):
            return [f"{parameter.name} has no effect: {parent} is {idle[0]}"]
        if idle:
            need = ", ".join(map(str, [value for value in possible if value in values]))
            return [
                f"{parameter.name} has no effect where {parent} is {' or '.join(map(str, idle))}; "
                f"add `when: {{{parent}: [{need}]}}`"
            ]
    return []


def _distribution(space: Space, name: str) -> object | None:
    return space[name].distribution if name in space else None

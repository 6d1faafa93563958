"""Advice on a space that is valid but searches badly: wrong scales, and parameters without effect."""

import math

import numpy as np

from hpsearch.config.config import Config
from hpsearch.objectives import HYPERPARAMETERS
from hpsearch.space import Numeric, Parameter, Space

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
    if config.model != "network":
        return advice
    return advice + [text for parameter in config.space.parameters for text in _effect(parameter, config.space)]


def _scale(parameter: Parameter) -> list[str]:
    distribution = parameter.distribution
    if not isinstance(distribution, Numeric):
        return []
    near_1 = distribution.min >= 0 and 0.95 <= distribution.max < 1
    if parameter.name in _AVERAGES and near_1 and distribution.name in ("uniform", "loguniform"):
        return [_average_advice(parameter.name, distribution)]
    if distribution.name not in ("uniform", "randint"):
        return []
    logarithmic = parameter.name in _LOGARITHMIC
    decades = math.log10(distribution.max / distribution.min) if distribution.min > 0 else 0.0
    from_0 = logarithmic and distribution.min == 0
    return [_log_advice(parameter.name, distribution)] if from_0 or decades >= (1.5 if logarithmic else 2.5) else []


def _log_advice(name: str, distribution: Numeric) -> str:
    low, high = distribution.min, distribution.max
    cut = high / 10
    share = (high - cut) / (high - low)
    log = "lograndint" if distribution.integer else "loguniform"
    instead = f"{log}({low:g}, {high:g})"
    if not low:  # 0 has no place on a logarithmic scale
        instead = f"{log} from a start above 0, such as {log}({high / 1e4:g}, {high:g})"
    return (
        f"{name}: {distribution.name} on [{low:g}, {high:g}] spends {share:.0%} of the trials above {cut:g}; "
        f"use {instead}"
    )


def _average_advice(name: str, distribution: Numeric) -> str:
    """An average that gives the past the weight `beta` is over the last 1 / (1 - beta) steps."""
    low, high = distribution.min, distribution.max
    longest = 1 / (1 - high)
    cut = 1 - 10 * (1 - high)
    ends = distribution.scale.forward(np.array([low, max(cut, low), high])) if cut > low else None
    spent = "is the wrong scale for a weight of the past"
    if ends is not None:
        share = (ends[2] - ends[1]) / (ends[2] - ends[0])
        spent = f"spends only {share:.0%} of the trials on averages over {longest / 10:.0f} to {longest:.0f} steps"
    return f"{name}: {distribution.name} on [{low:g}, {high:g}] {spent}; use reverseloguniform({low:g}, {high:g})"


def _effect(parameter: Parameter, space: Space) -> list[str]:
    """A hyperparameter that some draws of another leave without effect."""
    known = HYPERPARAMETERS.get(parameter.name)
    if known is None or not parameter.searched:
        return []
    for parent, values in known.used.items():
        possible = space[parent].distribution.grid(100) if parent in space else [HYPERPARAMETERS[parent].default]
        idle = [value for value in possible if value not in values and value in parameter.when.get(parent, possible)]
        if idle and not any(value in values for value in possible):
            return [f"{parameter.name} has no effect: {parent} is {' or '.join(map(_word, idle))}"]
        if idle:
            need = ", ".join(map(_word, [value for value in possible if value in values]))
            return [
                f"{parameter.name} has no effect where {parent} is {' or '.join(map(_word, idle))}; "
                f"add `when: {{{parent}: [{need}]}}`"
            ]
    return []


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Advice on a space that is valid but searches badly: wrong scales, and parameters without effect."""

import math

import numpy as np

from hpsearch.config.config import Config
from hpsearch.space import LINEAR, REVERSE_LOG, Distribution, Parameter, Scale

_LOGARITHMIC = ("learning_rate", "lr", "l2", "weight_decay", "epsilon", "alpha", "eta", "regularization", "decay_rate")
_AVERAGES = ("momentum", "beta", "beta1", "beta2", "bn_momentum", "gamma", "ema")


def lint(config: Config) -> list[str]:
    """One sentence per thing that would waste trials."""
    return [text for p in config.space.searched for text in _scale(p)] + config.objective.advice(config.space)


def _scale(parameter: Parameter) -> list[str]:
    name, distribution, scale = parameter.name, parameter.distribution, parameter.distribution.scale
    if scale is None:
        return []
    low, high = distribution.ends
    if name in _AVERAGES and scale is not REVERSE_LOG and low >= 0 and 0.95 <= high < 1:
        return [_average_advice(name, distribution, scale)]
    if scale is not LINEAR:
        return []
    logarithmic = name in _LOGARITHMIC
    decades = math.log10(high / low) if low > 0 else 0.0
    from_0 = logarithmic and low == 0
    return [_log_advice(name, distribution)] if from_0 or decades >= (1.5 if logarithmic else 2.5) else []


def _log_advice(name: str, distribution: Distribution) -> str:
    low, high = distribution.ends
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


def _average_advice(name: str, distribution: Distribution, scale: Scale) -> str:
    """An average that gives the past the weight `beta` is over the last 1 / (1 - beta) steps."""
    low, high = distribution.ends
    longest = 1 / (1 - high)
    cut = 1 - 10 * (1 - high)
    spent = "is the wrong scale for a weight of the past"
    if cut > low:
        places = scale.forward(np.array([low, cut, high]))
        share = (places[2] - places[1]) / (places[2] - places[0])
        spent = f"spends only {share:.0%} of the trials on averages over {longest / 10:.0f} to {longest:.0f} steps"
    return f"{name}: {distribution.name} on [{low:g}, {high:g}] {spent}; use reverseloguniform({low:g}, {high:g})"

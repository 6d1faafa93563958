"""Advice on a space that is valid but searches badly: wrong scales, and parameters without effect."""

import math

import numpy as np

from hpsearch.config.config import Config
from hpsearch.document import short
from hpsearch.space import LINEAR, REVERSE_LOG, Distribution, Scale

_LOGARITHMIC = ("learning_rate", "lr", "l2", "weight_decay", "epsilon", "alpha", "eta", "regularization", "decay_rate")
_AVERAGES = ("momentum", "beta", "beta1", "beta2", "bn_momentum", "gamma", "ema")


def lint(config: Config) -> list[str]:
    """One sentence per thing that would waste trials."""
    scales = [_scale(p.name, p.distribution, p.distribution.scale) for p in config.space.parameters if p.searched]
    return [text for text in scales if text] + config.objective.advice(config.space)


def _scale(name: str, distribution: Distribution, scale: Scale | None) -> str:
    """What the scale of a range wastes, and which one to use; empty where it is right."""
    low, high = distribution.ends
    decades, from_0 = (math.log10(high / low), False) if low > 0 else (0.0, low == 0 and name in _LOGARITHMIC)
    if name in _AVERAGES and scale is not None and scale is not REVERSE_LOG and low >= 0 and 0.95 <= high < 1:
        spent, instead = _on_averages(low, high, scale), f"reverseloguniform({short(low)}, {short(high)})"
    elif scale is LINEAR and (from_0 or decades >= (1.5 if name in _LOGARITHMIC else 2.5)):
        spent = f"spends {(high - high / 10) / (high - low):.0%} of the trials above {short(high / 10)}"
        log = "lograndint" if distribution.integer else "loguniform"
        # 0 has no place on a logarithmic scale.
        start = f"{log} from a start above 0, such as {log}({short(high / 1e4)}" if from_0 else f"{log}({short(low)}"
        instead = f"{start}, {short(high)})"
    else:
        return ""
    return f"{name}: {distribution.name} on [{short(low)}, {short(high)}] {spent}; use {instead}"


def _on_averages(low: float, high: float, scale: Scale) -> str:
    """An average that gives the past the weight `beta` is over the last 1 / (1 - beta) steps."""
    longest, cut = 1 / (1 - high), 1 - 10 * (1 - high)
    if cut <= low:
        return "is the wrong scale for a weight of the past"
    first, middle, last = scale.forward(np.array([low, cut, high]))
    share = (last - middle) / (last - first)
    return f"spends only {share:.0%} of the trials on averages over {longest / 10:.0f} to {longest:.0f} steps"

"""Dead weight: hyperparameters that do not matter here, so that a search need not spend a dimension on them."""

from dataclasses import dataclass

from hpsearch.insight.importance import Importance

__all__ = ["DeadWeight", "dead_weight"]

_LITTLE = 0.03  # share of the variance below which a parameter hardly matters
_SEEN = 0.5  # explained share of the variance below which a parameter may matter unseen


@dataclass(frozen=True)
class DeadWeight:
    """A parameter that does not matter in these ranges, and why one may think so.

    Attributes:
        name: of the parameter.
        share: upper end of the interval of its share of the variance of the scores, over the space or near the best.
        reason: in a sentence.
    """

    name: str
    share: float
    reason: str


def dead_weight(found: Importance) -> tuple[DeadWeight, ...]:
    """The parameters that hardly matter, neither over the whole space nor among settings like the best.

    None while the trials are too few or too noisy to rule an effect out.
    """
    if found.warning or found.explained < _SEEN:
        return ()
    near = {effect.name: effect for effect in found.local}
    dead = []
    for effect in reversed(found.effects):
        share = max(effect.high, near[effect.name].high)
        if share < _LITTLE:
            percent = "less than 1" if share < 0.01 else f"at most {100 * share:.0f}"
            reason = f"makes {percent} % of the difference between the {found.trials} trials"
            dead.append(DeadWeight(effect.name, share, f"{effect.name} {reason}"))
    return tuple(dead)

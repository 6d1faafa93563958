"""Reads `early_stop:`: when a trial that has fallen behind is given up."""

from hpsearch.config.keys import EARLY_STOP
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.early_stop import EarlyStop

__all__ = ["read_early_stop"]

_MEANT_FOR = {"after": "median", "eta": "halving", "min": "halving"}


def read_early_stop(node: Node | None, mistakes: Mistakes) -> EarlyStop | None:
    """The rule; None where the config has none, or, with a mistake noted, none that can be used."""
    if node is None:
        return None
    if isinstance(node.value, str):
        node = Node({"rule": node}, node.place, {"rule": node.place})
    before = len(mistakes.found)
    values = mistakes.section(node, EARLY_STOP, "early_stop")
    if len(mistakes.found) == before and values["rule"] is None:
        mistakes.at(node.place, "early_stop: `rule` is missing", "early_stop: {rule: median, after: 3}")
    for key, rule in _MEANT_FOR.items():
        if node.is_mapping and key in node.keys and values["rule"] not in (None, rule):
            mistakes.at(node.keys[key], f"early_stop.{key} is for `rule: {rule}`", f"remove `{key}`")
    return EarlyStop(**values) if len(mistakes.found) == before else None

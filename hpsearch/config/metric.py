"""Reads `metric:`: what trials are ranked by."""

from typing import Any

from hpsearch.config.keys import METRIC
from hpsearch.config.kinds import show
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.errors import did_you_mean
from hpsearch.objectives import NETWORK_METRICS
from hpsearch.trial import Metric

__all__ = ["read_metric"]

_DEFAULT = "val_accuracy"


def read_metric(root: Node, model: str, mistakes: Mistakes) -> Metric:
    """The metric; of a network (`model`), validation accuracy where the config names none."""
    node = root.get("metric")
    if node is not None and isinstance(node.value, str):
        node = Node({"name": node}, node.place, {"name": node.place})
    values = mistakes.section(node, METRIC, "metric")
    if model != "model":
        return _own(root, node, values, mistakes)
    name = values["name"] or _DEFAULT
    if node is None or name not in NETWORK_METRICS:
        if node is not None:
            place = (node.get("name") or node).place
            mistakes.at(place, f"metric: a network has no metric {show(name)}", did_you_mean(name, NETWORK_METRICS))
        return Metric(name)
    goal = NETWORK_METRICS[name]
    if values["goal"] not in (None, goal):
        place = (node.get("goal") or node).place
        mistakes.at(place, f"metric: {name} is to {goal}, got goal: {values['goal']}", "leave `goal` out")
    return Metric(name, goal)


def _own(root: Node, node: Node | None, values: dict[str, Any], mistakes: Mistakes) -> Metric:
    """The metric of the user's own program: only the user knows its name, and which way is better."""
    name, goal = values["name"], values["goal"]
    if node is None or (node.is_mapping and "name" not in node.keys):
        place = (node or root).place
        mistakes.at(
            place, "`metric` has no name: what are trials ranked by?", "metric: {name: val_loss, goal: minimize}"
        )
    elif name and goal is None and not (node.is_mapping and "goal" in node.keys):
        fix = f"metric: {{name: {name}, goal: minimize}}\nmetric: {{name: {name}, goal: maximize}}"
        mistakes.at(node.place, f"metric.goal is missing: is a small {show(name)} good, or a large one?", fix)
    return Metric(name or "", goal or "maximize")

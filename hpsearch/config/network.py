"""Checks a network's hyperparameters: known names, and values that a network can have."""

from typing import Any

from hpsearch.config.kinds import show
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.errors import did_you_mean
from hpsearch.objectives import HYPERPARAMETERS
from hpsearch.space import Distribution, Numeric, Space

__all__ = ["check_network"]

_FOREIGN = {
    "lr": "learning_rate",
    "alpha": "learning_rate",
    "n_layers": "layers",
    "num_layers": "layers",
    "hidden_units": "units",
    "width": "units",
    "n_units": "units",
    "hidden_layer_sizes": "hidden",
    "minibatch_size": "batch_size",
    "weight_decay": "l2",
    "eps": "epsilon",
    "beta": "momentum",
    "dropout_rate": "dropout",
    "n_epochs": "epochs",
    "max_iter": "epochs",
    "batchnorm": "batch_norm",
}


def check_network(root: Node, space: Space, mistakes: Mistakes) -> None:
    """Note every parameter that a network does not have, and every value that it cannot have."""
    node = root.get("parameters") or Node({}, root.place)
    for parameter in space.parameters:
        name = parameter.name
        known = HYPERPARAMETERS.get(name)
        if known is None:
            instead = f"did you mean `{_FOREIGN[name]}`?" if name in _FOREIGN else did_you_mean(name, HYPERPARAMETERS)
            mistakes.at(node.keys[name], f"parameters.{name}: a network has no such hyperparameter", instead)
            continue
        for value in _extremes(parameter.distribution):
            problem = known.problem(value)
            if problem:
                mistakes.at(node.value[name].place, f"parameters.{name} {problem}, got {show(value)}")
    both = [name for name in ("layers", "units") if name in space and "hidden" in space]
    if both:
        mistakes.at(node.keys["hidden"], f"`hidden` stands in place of `{both[0]}`: they cannot both be given")


def _extremes(distribution: Distribution) -> list[Any]:
    """The values to check: the ends of a range, whose inside is then right too; all of a list."""
    if isinstance(distribution, Numeric):
        size = distribution.size
        return list(dict.fromkeys(distribution.grid(2) if size is None or size > 2 else distribution.grid(size)))
    return distribution.grid(distribution.size or 1)

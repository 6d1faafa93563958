"""The hyperparameters of the built-in network as a config names them, and its metrics."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hpsearch.nn import Hyperparameter, NetworkSpec, hyperparameters

NETWORK_METRICS = {
    "val_accuracy": "maximize",
    "val_loss": "minimize",
    "train_accuracy": "maximize",
    "train_loss": "minimize",
}
"""Metrics of a network -> which way is better."""

UNITS = Hyperparameter("hidden units of each layer", low=1, whole=True, tier=2, default=64)
LAYERS = Hyperparameter("hidden layers; 0 is softmax regression", whole=True, high=100, default=2)
"""The two that stand for a network's list of widths."""


def _table() -> Mapping[str, Hyperparameter]:
    """Those of a network, with the two that stand for its list of widths."""
    table: dict[str, Hyperparameter] = {}
    for name, known in hyperparameters().items():
        if name == "batch_size":
            table["units"] = UNITS
        if name == "hidden":
            table |= {"layers": LAYERS, "hidden": replace(known, default=None)}
        elif name not in ("seed", "dtype"):
            table[name] = known
    return table


HYPERPARAMETERS = _table()
"""Name in a config -> what it may be, in the order in which to tune them."""


def network_spec(params: Mapping[str, Any], seed: int) -> NetworkSpec:
    """The network that a setting describes, with defaults for the rest; ValueError where values do not go together."""
    values = dict(params)
    shape = {name: values.pop(name, known.default) for name, known in (("layers", LAYERS), ("units", UNITS))}
    for name, value in shape.items():
        if rule := HYPERPARAMETERS[name].rule(value):
            raise ValueError(f"{name} needs {rule}, got {value!r}")
    widths = values.pop("hidden", None)
    if widths is not None and (rule := HYPERPARAMETERS["hidden"].rule(widths)):
        raise ValueError(f"hidden needs {rule}, got {widths!r}")
    hidden = [shape["units"]] * int(shape["layers"]) if widths is None else widths
    return NetworkSpec(hidden=tuple(hidden), seed=seed, **values)

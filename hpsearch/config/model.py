"""Reads what is trained: exactly one of `model:`, `command:` and `function:`."""

from dataclasses import dataclass
from pathlib import Path

from hpsearch.config.command import read_command
from hpsearch.config.data import read_data
from hpsearch.config.function import read_function
from hpsearch.config.loader import Node
from hpsearch.config.metric import read_metric
from hpsearch.config.mistakes import Mistakes
from hpsearch.data import DataSource
from hpsearch.objectives.command import CommandSettings
from hpsearch.objectives.function import FunctionSettings
from hpsearch.trial import Metric

__all__ = ["Model", "read_model"]

_KEYS = ("model", "command", "function")
_EXAMPLES = (
    "model: network        the built-in network\n"
    'command: [python, train.py, --lr, "{lr}"]        a program of yours\n'
    "function: train:objective        a Python function of yours"
)


@dataclass(frozen=True)
class Model:
    """What is trained, and what it is ranked by; `name` is the key that the config has for it."""

    name: str
    metric: Metric
    data: DataSource | None = None
    command: CommandSettings | None = None
    function: FunctionSettings | None = None


def read_model(root: Node, folder: Path, mistakes: Mistakes, *, on_site: bool) -> Model:
    """The model; of no use where mistakes were noted. `on_site`: the program or the module has to be here."""
    given = [key for key in _KEYS if root.get(key)]
    name = given[0] if given else "model"
    if not given:
        mistakes.at(root.place, "`model` is missing: what is trained?", _EXAMPLES)
    for other in given[1:]:
        mistakes.at(root.keys[other], f"`{name}` and `{other}` cannot both be given", "keep one of them")
    if len(given) != 1:
        return Model("", Metric(""))  # whatever else is wrong depends on which is meant
    metric = read_metric(root, name, mistakes)
    if name == "model":
        return Model("network", metric, read_data(root, folder, mistakes, on_site=on_site))
    if root.get("data") is not None:
        fix = f"remove `data`, and pass a path to the {name} as a fixed parameter where it needs one"
        mistakes.at(root.keys["data"], f"`data` is for `model: network`; a {name} loads its data by itself", fix)
    parameters = root.get("parameters")
    if parameters is None or not parameters.is_mapping:
        parameters = Node({}, root.place)
    node, place = root.value[name], folder if on_site else None
    if name == "command":
        return Model(name, metric, command=read_command(node, parameters, metric.name, place, mistakes))
    return Model(name, metric, function=read_function(node, parameters, place, mistakes))

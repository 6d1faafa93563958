"""Reads `data:`: a built-in data set or a file of the user's, checked before anything runs."""

from pathlib import Path
from typing import Any

from hpsearch.config.keys import DATA
from hpsearch.data import BUILT_IN, DataSource, problems
from hpsearch.document import Invalid, Mistakes, Node, show
from hpsearch.errors import DataError, did_you_mean
from hpsearch.objectives import HYPERPARAMETERS
from hpsearch.space import Distribution, Numeric, Space


def read_data(root: Node, folder: Path, mistakes: Mistakes, *, on_site: bool) -> DataSource | None:
    """The data source; None, with a mistake noted, where the config names none that can be used.

    on_site: whether the file has to be here.
    """
    node = root.get("data")
    if node is None or node.value is None:
        mistakes.at((node or root).place, "`data` is missing: what is the network trained on?", _example())
        return None
    before = len(mistakes.found)
    if isinstance(node.value, str):
        key = "name" if "." not in node.value and "/" not in node.value else "path"
        node = Node({key: node}, node.place, {key: node.place})
    values = mistakes.section(node, DATA, "data")
    if len(mistakes.found) > before or not node.is_mapping:
        return None
    for key in ("path", "labels"):
        with mistakes.noted(f"data.{key}", node.get(key) or node):
            values[key] = path_from(folder, values[key]) if values[key] else None
    if len(mistakes.found) > before:
        return None
    source = DataSource(**values)
    try:
        found = problems(source) if on_site or source.path is None else {}
    except DataError as err:
        found = {"path": str(err)}
    for key, message in found.items():
        mistakes.at((node.get(key) or node).place, f"data.{key}: {message}")
    return None if found else source


def path_from(folder: Path, text: str) -> Path:
    """The path that a config in this folder names; Invalid where there can be no such file."""
    if "\0" in text:
        raise Invalid(f"{show(text)} is no path")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as err:
        raise Invalid(f"{show(text)} names the home of a user that there is not") from err


def _example() -> str:
    return f"data: digits, or another built-in one ({', '.join(BUILT_IN)}), or {{path: data.csv, target: COLUMN}}"


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

"""Reads a config: text -> nodes -> checked sections -> Config, with every mistake reported at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpsearch.config.config import Config, ExecutionSettings, SearchSettings
from hpsearch.config.keys import EARLY_STOP, EXECUTION, FOREIGN_KEYS, METRIC, NAME, TOP
from hpsearch.config.override import apply_overrides
from hpsearch.config.search import read_search
from hpsearch.config.space import read_space
from hpsearch.data import DataSource
from hpsearch.document import Invalid, Mistakes, Node, parse, show
from hpsearch.errors import ConfigError, Mistake, did_you_mean
from hpsearch.objectives import NETWORK_METRICS
from hpsearch.objectives.command.running import CommandSettings
from hpsearch.objectives.command.settings import read_command
from hpsearch.objectives.function.running import FunctionSettings
from hpsearch.objectives.function.settings import read_function
from hpsearch.objectives.network.settings import check_network, read_data
from hpsearch.space import Space
from hpsearch.stopping import EarlyStop
from hpsearch.trial import Metric


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read and check the config in a file; `overrides` are `key=value` texts of the command line.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as err:
        fix = "save the file as UTF-8"
        raise ConfigError([Mistake(f"byte {err.start} is not UTF-8", fix, str(path))]) from err
    except OSError as err:
        raise ConfigError([Mistake(f"cannot be read: {err.strerror}", "", str(path))]) from err
    return read_config(text, source=str(path), folder=path.parent, overrides=overrides, name=path.stem)


def read_config(
    text: str, *, source: str, folder: Path, overrides: Sequence[str] = (), name: str = "search", on_site: bool = True
) -> Config:
    """Read and check a config; see `load_config`.

    on_site: whether it is to be run here, so that the programs and modules that it names have to be here too.
    """
    mistakes = Mistakes()
    root = parse(text.removeprefix("\ufeff"), source, mistakes.found)
    if not root.is_mapping:
        mistakes.at(root.place, f"a config is a mapping, got {show(root.plain())}", "start with `parameters:`")
        raise ConfigError(mistakes.found)
    apply_overrides(root, overrides, mistakes)
    config = _config(root, mistakes, text, folder, name, on_site)
    if mistakes.found:
        raise ConfigError(mistakes.found)
    return config


def _config(root: Node, mistakes: Mistakes, text: str, folder: Path, name: str, on_site: bool) -> Config:
    """The config; of no use where mistakes were noted."""
    top = mistakes.section(root, TOP, "", FOREIGN_KEYS)
    model = read_model(root, folder, mistakes, on_site=on_site)
    before = len(mistakes.found)
    space = read_space(root, mistakes)
    sound = len(mistakes.found) == before
    if model.name == "network":
        check_network(root, space, mistakes)
    search = read_search(root, space if sound else None, folder, mistakes)
    return Config(
        name=top["name"] or _name(name, root, mistakes),
        model=model.name,
        data=model.data,
        metric=model.metric,
        space=space,
        search=search,
        execution=read_execution(root.get("execution"), mistakes),
        text=text,
        document=_document(root, space, search),
        folder=folder,
        command=model.command,
        function=model.function,
        early_stop=read_early_stop(root.get("early_stop"), mistakes),
    )


def _name(stem: str, root: Node, mistakes: Mistakes) -> str:
    try:
        return NAME.read(Node(stem, root.place))
    except Invalid as err:
        mistakes.at(root.place, f"the file's name is no name for a run: {err}", "add `name: NAME`")
    return stem


def _document(root: Node, space: Space, search: SearchSettings) -> dict[str, Any]:
    """The config as plain data, each parameter in its long form, and with the points of a file in its place."""
    document = root.plain()
    if search.points:
        document["search"] = document["search"] | {"points": [dict(point) for point in search.points]}
    document["parameters"] = {parameter.name: parameter.spec() for parameter in space.parameters}
    return dict(document)


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


def read_execution(node: Node | None, mistakes: Mistakes) -> ExecutionSettings:
    """The settings, by default where the config says nothing."""
    values = mistakes.section(node, EXECUTION, "execution")
    values["workers"] = 0 if values["workers"] == "inline" else values["workers"]
    values["devices"] = tuple(values["devices"])
    workers, devices = values["workers"] or 0, values["devices"]
    if devices and workers > len(devices) and node is not None:
        place = (node.get("workers") or node).place
        fix = f"leave `workers` out for one per device, or name a device twice: devices: {[*devices, devices[-1]]}"
        mistakes.at(place, f"execution: {workers} workers cannot share {len(devices)} devices", fix)
    return ExecutionSettings(**values)


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

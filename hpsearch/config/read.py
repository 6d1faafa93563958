"""Reads a config: text -> nodes -> checked sections -> Config, with every mistake reported at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hpsearch.config.config import Config, ExecutionSettings, SearchSettings
from hpsearch.config.foreign import FOREIGN_KEYS
from hpsearch.config.keys import METRIC, NAME, TOP
from hpsearch.config.override import apply_overrides
from hpsearch.config.search import read_search
from hpsearch.config.space import read_space
from hpsearch.document import Invalid, Mistakes, Node, Place, parse, show
from hpsearch.errors import ConfigError, Mistake, did_you_mean
from hpsearch.objectives import OBJECTIVES, ObjectiveSettings
from hpsearch.space import Space
from hpsearch.stopping import RULES, EarlyStop
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


def read_config(text: str, *, source: str, folder: Path, overrides: Sequence[str] = (), name: str = "search") -> Config:
    """Read and check a config that is to be run here; see `load_config`."""
    mistakes = Mistakes()
    root = parse(text.removeprefix("\ufeff"), source, mistakes.found)
    if not root.is_mapping:
        mistakes.at(root.place, f"a config is a mapping, got {show(root.plain())}", "start with `parameters:`")
        raise ConfigError(mistakes.found)
    return _checked(root, mistakes, overrides, text=text, folder=folder, name=name, space=None)


def stored_config(
    document: Mapping[str, Any],
    *,
    source: str,
    folder: Path,
    overrides: Sequence[str] = (),
    text: str = "",
    space: Space | None = None,
) -> Config:
    """The config that was read before as plain data; what it names need not be here.

    space: what its parameters are, where that is known: then they are not judged anew, unless an override says so.
    """
    return _checked(
        Node.of(dict(document), Place(source)),
        Mistakes(),
        overrides,
        text=text,
        folder=folder,
        name=document["name"],
        space=space,
        on_site=False,
    )


def _checked(
    root: Node,
    mistakes: Mistakes,
    overrides: Sequence[str],
    *,
    text: str,
    folder: Path,
    name: str,
    space: Space | None,
    on_site: bool = True,
) -> Config:
    changed = apply_overrides(root, overrides, mistakes)
    top = mistakes.mapping(root, TOP, "", FOREIGN_KEYS)
    kind, metric, objective = _objective(root, folder, mistakes, on_site=on_site)
    before = len(mistakes.found)
    if space is None or "parameters" in changed:
        space = read_space(root, mistakes)
    sound = len(mistakes.found) == before
    if kind is not None and (on_site or "parameters" in changed):
        kind.check(root, space, mistakes)
    search = read_search(root, space if sound else None, folder, mistakes)
    execution, early_stop = _execution(root.get("execution"), mistakes), _early_stop(root.get("early_stop"), mistakes)
    name = top.get("name") or _name(name, root, mistakes)
    if mistakes.found or objective is None:
        raise ConfigError(mistakes.found)
    document = _document(root, space, search)
    return Config(name, objective, metric, space, search, execution, text, document, folder, early_stop)


def _objective(
    root: Node, folder: Path, mistakes: Mistakes, *, on_site: bool
) -> tuple[type[ObjectiveSettings] | None, Metric, ObjectiveSettings | None]:
    """What is trained: its row in OBJECTIVES, what it is ranked by, and what the config says of it."""
    chosen = [key for key in OBJECTIVES if root.get(key)]
    if not chosen:
        examples = "\n".join(objective.example for objective in OBJECTIVES.values())
        mistakes.at(root.place, "`model` is missing: what is trained?", examples)
    for other in chosen[1:]:
        mistakes.at(root.keys[other], f"`{chosen[0]}` and `{other}` cannot both be given", "keep one of them")
    if len(chosen) != 1:
        return None, Metric(""), None  # whatever else is wrong depends on which is meant
    kind = OBJECTIVES[chosen[0]]
    metric = _metric(root, kind, mistakes)
    for stranger in OBJECTIVES.values():
        for key in [key for key in stranger.keys if key not in kind.keys and root.get(key) is not None]:
            fix = f"remove `{key}`, and pass a path to the {kind.name} as a fixed parameter where it needs one"
            rule = f"`{key}` is for `{next(iter(stranger.keys))}: {stranger.name}`"
            mistakes.at(root.keys[key], f"{rule}; a {kind.name} loads its data by itself", fix)
    return kind, metric, kind.read(root, metric.name, folder, mistakes, on_site=on_site)


def _metric(root: Node, kind: type[ObjectiveSettings], mistakes: Mistakes) -> Metric:
    """What trials are ranked by: one of those that the objective has, or one that only the user knows."""
    node = root.get("metric")
    if node is not None and isinstance(node.value, str):
        node = Node({"name": node}, node.place, {"name": node.place})
    values = mistakes.mapping(node, METRIC, "metric")
    if not kind.metrics:
        return _own_metric(root, node, values, mistakes)
    name = values.get("name") or next(iter(kind.metrics))
    place = ((node.get("name") if node is not None else None) or node or root).place
    if name not in kind.metrics:
        fix = did_you_mean(name, kind.metrics)
        mistakes.at(place, f"metric: a {kind.name} has no metric {show(name)}", fix)
        return Metric(name)
    goal = kind.metrics[name]
    if node is not None and values.get("goal") not in (None, goal):
        place = (node.get("goal") or node).place
        mistakes.at(place, f"metric: {name} is to {goal}, got goal: {values['goal']}", "leave `goal` out")
    return Metric(name, goal)


def _own_metric(root: Node, node: Node | None, values: Mapping[str, Any], mistakes: Mistakes) -> Metric:
    """The metric of the user's own program: only the user knows its name, and which way is better."""
    name, goal = values.get("name"), values.get("goal")
    if node is None or (node.is_mapping and "name" not in node.keys):
        fix = "metric: {name: val_loss, goal: minimize}"
        mistakes.at((node or root).place, "`metric` has no name: what are trials ranked by?", fix)
    elif name and goal is None and not (node.is_mapping and "goal" in node.keys):
        fix = f"metric: {{name: {name}, goal: minimize}}\nmetric: {{name: {name}, goal: maximize}}"
        mistakes.at(node.place, f"metric.goal is missing: is a small {show(name)} good, or a large one?", fix)
    return Metric(name or "", goal or "maximize")


def _execution(node: Node | None, mistakes: Mistakes) -> ExecutionSettings:
    values = mistakes.section(node, ExecutionSettings, "execution")
    values["workers"] = 0 if values["workers"] == "inline" else values["workers"]
    workers, devices = values["workers"] or 0, values["devices"]
    if devices and workers > len(devices) and node is not None:
        place = (node.get("workers") or node).place
        fix = f"leave `workers` out for one per device, or name a device twice: devices: {[*devices, devices[-1]]}"
        mistakes.at(place, f"execution: {workers} workers cannot share {len(devices)} devices", fix)
    return ExecutionSettings(**values)


def _early_stop(node: Node | None, mistakes: Mistakes) -> EarlyStop | None:
    """The rule; None where the config has none, or, with a mistake noted, none that can be used."""
    if node is None:
        return None
    if isinstance(node.value, str):
        node = Node({"rule": node}, node.place, {"rule": node.place})
    before = len(mistakes.found)
    values = mistakes.section(node, EarlyStop, "early_stop")
    if len(mistakes.found) == before and values["rule"] is None:
        mistakes.at(node.place, "early_stop: `rule` is missing", "early_stop: {rule: median, after: 3}")
    for rule, kind in RULES.items():
        for key in kind.keys if node.is_mapping and values["rule"] not in (None, rule) else ():
            if key in node.keys:
                mistakes.at(node.keys[key], f"early_stop.{key} is for `rule: {rule}`", f"remove `{key}`")
    return EarlyStop(**values) if len(mistakes.found) == before else None


def _name(stem: str, root: Node, mistakes: Mistakes) -> str:
    try:
        return NAME.read(Node(stem, root.place))
    except Invalid as err:
        mistakes.at(root.place, f"the file's name is no name for a run: {err}", "add `name: NAME`")
    return stem


def _document(root: Node, space: Space, search: SearchSettings) -> dict[str, Any]:
    """The config as plain data, each parameter in its long form, and with the points of a file in its place."""
    document = dict(root.plain())
    if search.points:
        document["search"] = document["search"] | {"points": [dict(point) for point in search.points]}
    return document | {"parameters": space.spec()}

"""Reads a config: text -> nodes -> checked sections -> Config, with every mistake reported at once.

`--set key=value` changes what the file says, and goes through the same checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpsearch.config.base import MOST_BYTES, completed
from hpsearch.config.config import KEEPS_TIME, Config, ExecutionSettings, SearchSettings
from hpsearch.config.forms import FOREIGN_KEYS
from hpsearch.config.keys import METRIC, NAME, PARAMETER, TOP, sections
from hpsearch.config.parameters import read_space
from hpsearch.config.search import read_search
from hpsearch.document import Invalid, Mistakes, Node, check_file, parse, show
from hpsearch.errors import ConfigError, Mistake, Place, StoreError, did_you_mean
from hpsearch.objectives import OBJECTIVES, ObjectiveSettings
from hpsearch.space import Space
from hpsearch.stopping import RULES, EarlyStop
from hpsearch.store import Facts
from hpsearch.trial import Metric

_KEPT_APART = "a config is a page of text: long lists of settings belong in a CSV file, see `search.points`"


def load_config(path: Path, overrides: Sequence[str] = (), name: str | None = None) -> Config:
    """Read and check the config in a file, or raise ConfigError.

    overrides: `key=value` texts of the command line; name: of the run, in place of the one that the file gives.
    """
    place = Place(str(path))
    try:
        check_file(path, MOST_BYTES)
        text = path.read_text(encoding="utf-8")
    except Invalid as err:
        raise ConfigError([Mistake(place, str(err), err.fix or _KEPT_APART, code="C101")]) from err
    except UnicodeDecodeError as err:
        raise ConfigError([Mistake(place, f"byte {err.start} is not UTF-8", "save the file as UTF-8", "C101")]) from err
    except OSError as err:
        raise ConfigError([Mistake(place, f"cannot be read: {err.strerror}", code="C101")]) from err
    how: dict[str, Any] = {"overrides": overrides, "name": path.stem, "instead": name}
    return read_config(text, source=str(path), folder=path.parent, **how)


def write_file(path: Path, text: str) -> None:
    """Write a config; StoreError where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as err:
        raise StoreError(f"{path}: cannot be written: {err.strerror}\n  choose another place") from err


def read_config(
    text: str,
    *,
    source: str,
    folder: Path,
    overrides: Sequence[str] = (),
    name: str = "search",
    instead: str | None = None,
) -> Config:
    """Read and check a config that is to be run here; see `load_config`.

    name: of the run where the text gives none; instead: in place of either.
    """
    mistakes = Mistakes()
    root = parse(text.removeprefix("\ufeff"), source, mistakes.found)
    if not root.is_mapping:
        mistakes.at(root.place, f"a config is a mapping, got {show(root.plain())}", "start with `parameters:`")
        raise ConfigError(mistakes.found)
    root = completed(root, folder, mistakes)
    if instead is not None:
        root.value["name"] = Node(instead, Place(f"--name {instead}"))
    return replace(_checked(root, mistakes, overrides, folder=folder, name=name), text=text)


def stored_config(
    document: Mapping[str, Any], *, source: str, folder: Path, overrides: Sequence[str] = (), space: Space | None = None
) -> Config:
    """The config that was read before as plain data; what it names need not be here.

    space: what its parameters are, where that is known: then they are not judged anew, unless an override says so.
    """
    root, name = Node.of(dict(document), Place(source)), document["name"]
    return _checked(root, Mistakes(), overrides, folder=folder, name=name, space=space, on_site=False)


def config_of(facts: Facts, folder: Path, overrides: Sequence[str] = ()) -> Config:
    """The config that a run was started with; its space is the one that was stored, not one judged anew."""
    document, space = {**facts.document, "name": folder.name}, Space.from_spec(facts.document["parameters"])
    source, place = f"{folder}/config", Path(facts.folder)
    config = stored_config(document, source=source, folder=place, overrides=overrides, space=space)
    return replace(config, text=facts.config)


def _checked(
    root: Node,
    mistakes: Mistakes,
    overrides: Sequence[str],
    *,
    folder: Path,
    name: str,
    space: Space | None = None,
    on_site: bool = True,
) -> Config:
    changed = _apply_overrides(root, overrides, mistakes)
    top = mistakes.mapping(root, TOP, "", FOREIGN_KEYS)
    kind, metric, objective = _objective(root, folder, mistakes, on_site=on_site)
    before = len(mistakes.found)
    if space is None or "parameters" in changed:
        space = read_space(root, mistakes)
    sound = len(mistakes.found) == before
    if kind is not None and (on_site or "parameters" in changed):
        kind.check(root, space, mistakes)
    frozen = frozenset() if kind is None else kind.frozen
    search = read_search(root, space if sound else None, folder, mistakes, frozen)
    execution, early_stop = _execution(root.get("execution"), mistakes), _early_stop(root.get("early_stop"), mistakes)
    if kind is not None and (on_site or "execution" in changed) and (unkept := execution.unkept(kind)):
        mistakes.at(root.value["execution"].value["timeout"].place, unkept, KEEPS_TIME, code="C108")
    if search.kind.pauses:
        _check_pauses(root, search, objective, mistakes)
    name = top.get("name") or _name(name, root, mistakes)
    if on_site and objective is not None and not mistakes.found:
        objective.check_here(root, space, mistakes)
    if mistakes.found or objective is None:
        raise ConfigError(mistakes.found)
    # As plain data each parameter has its long form, and the points of a file stand in its place.
    document = {**root.plain(), "parameters": space.spec()}
    if search.points:
        document["search"] = document["search"] | {"points": [dict(point) for point in search.points]}
    return Config(name, objective, metric, space, search, execution, "", document, folder, early_stop)


def _apply_overrides(root: Node, overrides: Sequence[str], mistakes: Mistakes) -> set[str]:
    """Write each `a.b=value` into the tree; a name without a section is a parameter's. Returns the top keys changed.

    The value is YAML, so that `--set learning_rate='loguniform(1e-3, 1e-1)'` means what it means in a file.
    """
    changed = set()
    for override in overrides:
        key, equals, text = override.partition("=")
        place = Place(f"--set {override}")
        if not equals or not key.strip():
            mistakes.at(place, "must be KEY=VALUE", "--set search.trials=20", code="C109")
            continue
        try:
            value = Node.of(parse(text, place.source).plain(), place) if text.strip() else Node(None, place)
        except ConfigError as err:
            mistakes.found.append(replace(err.mistakes[0], place=place))
            continue
        parameters = root.get("parameters") or Node({}, root.place)
        path = _path_of(key.strip(), parameters)
        if instead := _misplaced(path, parameters):
            rule, fix = f"there is no parameter `{path[-1]}`", f"did you mean --set {instead}={text}?"
            mistakes.at(place, rule, fix, code="C109")
        else:
            _write(root, path, value, place, mistakes)
            changed.add(path[0])
    return changed


def _path_of(key: str, parameters: Node) -> list[str]:
    """The keys from the root; names of parameters may hold dots themselves."""
    section, _, rest = key.partition(".")
    if section in TOP and section != "parameters":
        return key.split(".")
    name = (rest if section == "parameters" else key).strip()
    if not name:
        return [key]
    parent, _, field = name.rpartition(".")
    if parameters.get(parent) and field in PARAMETER and not parameters.get(name):
        return ["parameters", parent, field]
    return ["parameters", name]


def _misplaced(path: list[str], parameters: Node) -> str:
    """Where a key belongs that was taken for a new parameter's name but is one of a section's; else nothing."""
    if len(path) != 2 or path[0] != "parameters" or parameters.get(path[1]):
        return ""
    known = [section for section in ("search", "execution") if path[1] in sections()[section][0]]
    return f"{known[0]}.{path[1]}" if known else ""


def _write(root: Node, path: list[str], value: Node, place: Place, mistakes: Mistakes) -> None:
    *parents, last = path
    for depth, key in enumerate(parents, start=1):
        child = root.get(key)
        if child is None or child.value is None:
            root.value[key], root.keys[key] = Node({}, place), place
        root = root.value[key]
        if not root.is_mapping:
            whole, was = ".".join(path[:depth]), show(root.plain())
            rule = f"`{whole}` is {was} in the file, which has no `{last}`"
            mistakes.at(place, rule, f"--set {whole}='{{...}}'", code="C109")
            return
    if value.value is None and parents and path[0] != "parameters":  # as if it had never been given
        root.value.pop(last, None)
    else:
        root.value[last], root.keys[last] = value, place


def _objective(
    root: Node, folder: Path, mistakes: Mistakes, *, on_site: bool
) -> tuple[type[ObjectiveSettings] | None, Metric, ObjectiveSettings | None]:
    """What is trained: its row in OBJECTIVES, what it is ranked by, and what the config says of it."""
    chosen = [key for key in OBJECTIVES if root.get(key)]
    if not chosen:
        examples = "\n".join(objective.example for objective in OBJECTIVES.values())
        mistakes.at(root.place, "`model` is missing: what is trained?", examples, code="C105")
    for other in chosen[1:]:
        rule = f"`{chosen[0]}` and `{other}` cannot both be given"
        mistakes.at(root.keys[other], rule, "keep one of them", code="C108")
    if len(chosen) != 1:
        return None, Metric(""), None  # whatever else is wrong depends on which is meant
    kind = OBJECTIVES[chosen[0]]
    metric = _metric(root, kind, mistakes)
    for stranger in OBJECTIVES.values():
        for key in [key for key in stranger.keys if key not in kind.keys and root.get(key)]:
            fix = f"remove `{key}`, and pass a path to the {kind.name} as a fixed parameter where it needs one"
            rule = f"`{key}` is for `{next(iter(stranger.keys))}: {stranger.name}`"
            mistakes.at(root.keys[key], f"{rule}; a {kind.name} loads its data by itself", fix, code="C108")
    return kind, metric, kind.read(root, metric.name, folder, mistakes, on_site=on_site)


def _metric(root: Node, kind: type[ObjectiveSettings], mistakes: Mistakes) -> Metric:
    """What trials are ranked by: one of those that the objective has, or one of the user's own program."""
    node = root.get("metric")
    if node and isinstance(node.value, str):
        node = Node({"name": node}, node.place, {"name": node.place})
    values = mistakes.mapping(node, METRIC, "metric")
    name, goal, at = values.get("name"), values.get("goal"), values.get("at") or "last"
    if kind.metrics:
        name = name or next(iter(kind.metrics))
        known = kind.metrics.get(name)
        if known is None:
            place = ((node and node.get("name")) or node or root).place
            mistakes.at(place, f"metric: a {kind.name} has no metric {show(name)}", did_you_mean(name, kind.metrics))
        elif node and goal not in (None, known):
            place = (node.get("goal") or node).place
            mistakes.at(place, f"metric: {name} is to {known}, got goal: {goal}", "leave `goal` out", code="C108")
        return Metric(name, known or "maximize", at)
    # Only the user knows its name, and which way is better.
    if node is None or (node.is_mapping and "name" not in node.keys):
        fix = "metric: {name: val_loss, goal: minimize}"
        mistakes.at((node or root).place, "`metric` has no name: what are trials ranked by?", fix, code="C105")
    elif name and goal is None and "goal" not in node.keys:
        fix = f"metric: {{name: {name}, goal: minimize}}\nmetric: {{name: {name}, goal: maximize}}"
        rule = f"metric.goal is missing: is a small {show(name)} good, or a large one?"
        mistakes.at(node.place, rule, fix, code="C105")
    return Metric(name or "", goal or "maximize", at)


def _execution(node: Node | None, mistakes: Mistakes) -> ExecutionSettings:
    values = mistakes.section(node, ExecutionSettings, "execution")
    values["workers"] = 0 if values["workers"] == "inline" else values["workers"]
    workers, devices = values["workers"] or 0, values["devices"]
    if node and devices and workers > len(devices):
        fix = f"leave `workers` out for one per device, or name a device twice: devices: {[*devices, devices[-1]]}"
        rule = f"execution: {workers} workers cannot share {len(devices)} devices"
        mistakes.at((node.get("workers") or node).place, rule, fix, code="C108")
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
        mistakes.at(node.place, "early_stop: `rule` is missing", "early_stop: {rule: median, after: 3}", code="C105")
    for rule in RULES if values["rule"] else ():
        for key in RULES[rule].keys if rule != values["rule"] else ():
            if key in node.keys:
                mistakes.at(node.keys[key], f"early_stop.{key} is for `rule: {rule}`", f"remove `{key}`", code="C108")
    return EarlyStop(**values) if len(mistakes.found) == before else None


def _check_pauses(root: Node, search: SearchSettings, objective: ObjectiveSettings | None, mistakes: Mistakes) -> None:
    """Note what does not go with a method that carries trials on."""
    if root.get("early_stop"):
        rule = f"early_stop ends trials for good, and method {search.method} pauses them, to be carried on"
        mistakes.at(root.keys["early_stop"], rule, "leave `early_stop` out", code="C108")
    if objective is not None and not objective.pauses:
        rule = f"method {search.method} carries trials on, which a {objective.name} that is vectorized cannot"
        mistakes.at((root.get("search") or root).place, rule, "leave `vectorized` out", code="C108")


def _name(stem: str, root: Node, mistakes: Mistakes) -> str:
    try:
        return NAME.read(Node(stem, root.place))
    except Invalid as err:
        fix = "--name NAME, or `name: NAME` in the file"
        mistakes.at(root.place, f"the file's name is no name for a run: {err}", fix)
    return stem

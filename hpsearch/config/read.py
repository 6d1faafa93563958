"""Reads a config: text -> nodes -> checked sections -> Config, with every mistake reported at once."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from hpsearch.config.config import Config, SearchSettings
from hpsearch.config.early_stop import read_early_stop
from hpsearch.config.execution import read_execution
from hpsearch.config.keys import FOREIGN_KEYS, NAME, SEARCH, TOP
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node, parse
from hpsearch.config.mistakes import Mistakes
from hpsearch.config.model import read_model
from hpsearch.config.network import check_network
from hpsearch.config.override import apply_overrides
from hpsearch.config.points import read_points
from hpsearch.config.space import read_space
from hpsearch.errors import ConfigError, Mistake
from hpsearch.space import Fixed, Space

__all__ = ["load_config", "read_config"]

_LARGEST_GRID = 1_000_000


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
    """Read and check a config; see `load_config`."""
    mistakes = Mistakes()
    root = parse(text.removeprefix("\ufeff"), source, mistakes.found)
    if not root.is_mapping:
        mistakes.at(root.place, f"a config is a mapping, got {show(root.plain())}", "start with `parameters:`")
        raise ConfigError(mistakes.found)
    apply_overrides(root, overrides, mistakes)
    config = _config(root, mistakes, text, folder, name)
    if mistakes.found:
        raise ConfigError(mistakes.found)
    return config


def _config(root: Node, mistakes: Mistakes, text: str, folder: Path, name: str) -> Config:
    """The config; of no use where mistakes were noted."""
    top = mistakes.section(root, TOP, "", FOREIGN_KEYS)
    model = read_model(root, folder, mistakes)
    space = read_space(root, mistakes)
    if model.name == "network":
        check_network(root, space, mistakes)
    search = _search(root, space, folder, mistakes)
    return Config(
        name=top["name"] or _name(name, root, mistakes),
        model=model.name,
        data=model.data,
        metric=model.metric,
        space=space,
        search=search,
        execution=read_execution(root.get("execution"), mistakes),
        text=text,
        document=_document(root, space),
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


def _document(root: Node, space: Space) -> dict[str, Any]:
    """The config as plain data, each parameter in its long form: what two ways of writing the same share."""
    document = root.plain()
    document["parameters"] = {parameter.name: parameter.spec() for parameter in space.parameters}
    return dict(document)


def _search(root: Node, space: Space, folder: Path, mistakes: Mistakes) -> SearchSettings:
    node = root.get("search")
    values = mistakes.section(node, SEARCH, "search")
    points: tuple[Mapping[str, Any], ...] = ()
    points_node = node.get("points") if node else None
    if points_node and not any("parameters" in mistake.message for mistake in mistakes.found):
        points = read_points(points_node, space, folder, mistakes)
    settings = SearchSettings(values["method"], values["trials"], values["seed"], {}, points)
    section = node if node is not None and node.is_mapping else Node({}, root.place)
    with mistakes.noted("search", section):
        settings = _complete(settings, values["grid"], section, space)
    return settings  # noqa: RET504  `noted` ends the block on a mistake


def _complete(settings: SearchSettings, grid: Any, node: Node, space: Space) -> SearchSettings:
    """The settings with what follows from the method; Invalid where the method lacks something."""
    method, trials, seed, points = settings.method, settings.trials, settings.seed, settings.points
    if method != "grid" and grid is not None:
        raise Invalid("`grid` is for `method: grid`", "search: {method: grid, grid: 5}", node.get("grid"))
    if method == "points":
        if not node.get("points"):
            raise Invalid("`method: points` needs `points`: a list of settings or a CSV file")
        return SearchSettings(method, min(trials or len(points), len(points)), seed, {}, points)
    if method == "grid":
        counts = _grid(grid, node, space)
        _check_grid_size(sum(1 for _ in islice(space.grid(counts), _LARGEST_GRID + 1)), trials, node)
        return SearchSettings(method, None, seed, counts, points)
    return SearchSettings(method, trials or 100, seed, {}, points)


def _check_grid_size(size: int, trials: int | None, node: Node) -> None:
    place = node.get("grid") or node
    if size > _LARGEST_GRID:
        raise Invalid(
            f"the grid has more than {_LARGEST_GRID:,} points", "search: {method: random, trials: 100}", place
        )
    if trials is not None and trials < size:
        fix = "a part of a grid tells little: take fewer points per parameter, or `method: random`"
        raise Invalid(f"the grid makes {size} trials, `trials` allows {trials}", fix, node.get("trials"))


def _grid(grid: Any, node: Node, space: Space) -> dict[str, int]:
    """Points per parameter: all of a listed choice, and the number asked for of a range."""
    place = node.get("grid") or node
    ranges = {p.name: p.distribution.size for p in space.searched if p.distribution.spec().get("distribution")}
    counts = {p.name: p.distribution.size or 0 for p in space.parameters if p.name not in ranges}
    if isinstance(grid, dict):
        for name in grid:
            if name not in space or isinstance(space[name].distribution, Fixed):
                raise Invalid(f"grid names `{name}`, which is not searched", "", place)
        counts |= grid
    elif grid is not None:
        counts |= dict.fromkeys(ranges, grid)
    lacking = [name for name in ranges if name not in counts]
    if lacking:
        fix = f"grid: {{{', '.join(f'{name}: 3' for name in lacking)}}}, or one number for all: grid: 3"
        raise Invalid(f"a grid needs the number of points of {', '.join(lacking)}", fix, place)
    return counts

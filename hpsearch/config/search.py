"""Reads `search:`: which method, how many trials, and what the method needs beside that."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from hpsearch.config.config import ConfirmSettings, SearchSettings
from hpsearch.config.keys import CONFIRM, SEARCH
from hpsearch.document import Invalid, Mistakes, Node, Place, parse, scalar, show
from hpsearch.errors import ConfigError, did_you_mean
from hpsearch.objectives.network.settings import path_from
from hpsearch.space import Fixed, Space, settings_key

_LARGEST_GRID = 1_000_000
_OWN = {"grid": "grid", "rounds": "coarse_to_fine"}
_EXAMPLES = {"grid": "search: {method: grid, grid: 5}", "rounds": "search: {method: coarse_to_fine, rounds: 3}"}


def read_search(root: Node, space: Space | None, folder: Path, mistakes: Mistakes) -> SearchSettings:
    """The search that the config asks for; random where it says nothing.

    space: what is searched; None where its own mistakes are to be mended before points and grids can be judged.
    """
    node = root.get("search")
    values = mistakes.section(node, SEARCH, "search")
    section = node if node is not None and node.is_mapping else Node({}, root.place)
    points: tuple[Mapping[str, Any], ...] = ()
    points_node = section.get("points")
    if points_node and space:
        points = read_points(points_node, space, folder, mistakes)
    settings = SearchSettings(
        values["method"],
        values["trials"],
        values["seed"],
        points=points,
        rounds=values["rounds"],
        confirm=_confirm(section.get("confirm"), mistakes),
    )
    if space is None:
        return settings
    with mistakes.noted("search", section):
        settings = _complete(settings, values["grid"], section, space)
    return settings  # noqa: RET504  `noted` ends the block on a mistake


def _confirm(node: Node | None, mistakes: Mistakes) -> ConfirmSettings | None:
    if node is None:
        return None
    values = mistakes.section(node, CONFIRM, "search.confirm")
    return ConfirmSettings(values["top"], values["replicates"])


def _complete(settings: SearchSettings, grid: Any, node: Node, space: Space) -> SearchSettings:
    """The settings with what follows from the method; Invalid where it lacks something, or has what it cannot use."""
    method, trials, points = settings.method, settings.trials, settings.points
    for key, owner in _OWN.items():
        if node.get(key) and method != owner:
            raise Invalid(f"`{key}` is for `method: {owner}`", _EXAMPLES[key], node.get(key))
    if method == "points":
        if not node.get("points"):
            raise Invalid("`method: points` needs `points`: a list of settings or a CSV file")
        return replace(settings, trials=min(trials or len(points), len(points)))
    if method == "grid":
        counts = _grid(grid, node, space)
        _check_grid_size(sum(1 for _ in islice(space.grid(counts), _LARGEST_GRID + 1)), trials, node)
        return replace(settings, trials=None, grid=counts)
    return replace(settings, trials=trials or 100)


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


_MOST_SHOWN = 10
Row = tuple[Node, str, Mapping[str, Any]]
"""Where the row stands, how messages call it, and its values."""


def read_points(node: Node, space: Space, folder: Path, mistakes: Mistakes) -> tuple[Mapping[str, Any], ...]:
    """The settings in their order, duplicates left out; fixed parameters are filled in."""
    rows: list[Row] = []
    with mistakes.noted("search.points", node):
        rows = list(_from_csv(node, folder) if isinstance(node.value, str) else _from_list(node))
    before = len(mistakes.found)
    points = {}
    for row, where, values in rows:
        with mistakes.noted(f"search.points{where}", row):
            setting = _complete_points(values, space, row)
            points[settings_key(setting)] = setting
        if len(mistakes.found) - before >= _MOST_SHOWN:
            mistakes.at(node.place, "search.points: more rows may be wrong; these are the first")
            break
    return tuple(points.values())


def _complete_points(values: Mapping[str, Any], space: Space, row: Node) -> dict[str, Any]:
    """The whole setting, each value as its distribution has it."""
    for name in values:
        if name not in space:
            raise Invalid(f"unknown parameter `{name}`", did_you_mean(name, [p.name for p in space.parameters]), row)
    fixed = {p.name: p.distribution.value for p in space.parameters if isinstance(p.distribution, Fixed)}
    setting = space.active({**fixed, **values})
    missing = space.missing(setting)
    if missing:
        raise Invalid(f"no value for {', '.join(missing)}", f"add {missing[0]}, or fix it under `parameters`", row)
    return {name: _held(name, value, space, row.get(name) or row) for name, value in setting.items()}


def _held(name: str, value: Any, space: Space, place: Node) -> Any:
    """The value as its distribution has it: of whole numbers, 2.0 is 2."""
    distribution = space[name].distribution
    unit = distribution.to_unit([value])
    if unit[0] != unit[0]:
        possible = f"is always {distribution}" if isinstance(distribution, Fixed) else f"is {distribution}"
        fix = f"{name} {possible}; widen it under `parameters`, or leave this row out"
        raise Invalid(f"{name}={show(value)} is not in the space", fix, place)
    return value if distribution.size is None else distribution.from_unit(unit)[0]


def _from_list(node: Node) -> Iterator[Row]:
    if not node.is_list or not node.value or not all(item.is_mapping for item in node.value):
        fix = "points:\n  - {learning_rate: 0.01, units: 64}"
        raise Invalid("must be a list of settings or the name of a CSV file", fix)
    for number, item in enumerate(node.value, start=1):
        yield item, f" {number}", item.plain()


def _from_csv(node: Node, folder: Path) -> Iterator[Row]:
    path = path_from(folder, node.value)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            table = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        reason = err.strerror if isinstance(err, OSError) else err
        raise Invalid(f"{path} cannot be read: {reason}") from err
    header = [name.strip() for name in table[0][1]] if table else []
    if len(table) < 2:
        raise Invalid(f"{path} has no rows", "a header of parameter names, then a row a setting")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise Invalid(f"{path} has more than one column `{twice[0]}`", "keep one of them")
    for line, row in table[1:]:
        if len(row) > len(header):
            raise Invalid(f"line {line} of {path.name} has {len(row)} cells, the header {len(header)}")
        # An empty cell is a parameter that does not exist in that row.
        values = {name: _cell(text.strip()) for name, text in zip(header, row, strict=False) if text.strip()}
        yield Node(None, Place(f"{path}:{line}")), "", values


def _cell(text: str) -> Any:
    """What a cell means: as in the config, so that a list of widths may be given as [64, 32]."""
    try:
        return parse(text, "").plain() if text.startswith(("[", "{")) else scalar(text)
    except ConfigError:
        return text

"""Reads `search:`: which method, how many trials, and what the method needs beside that."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from hpsearch.config.config import ConfirmSettings, SearchSettings
from hpsearch.config.keys import CONFIRM, SEARCH
from hpsearch.config.kinds import Invalid
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.config.points import read_points
from hpsearch.space import Fixed, Space

__all__ = ["read_search"]

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

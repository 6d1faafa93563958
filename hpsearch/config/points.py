"""Reads `search.points`: settings to try as given, from a list in the config or from a CSV file."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpsearch.config.kinds import show
from hpsearch.config.loader import Node, Place, scalar
from hpsearch.config.mistakes import Mistakes
from hpsearch.errors import did_you_mean
from hpsearch.space import Fixed, Space, settings_key

__all__ = ["read_points"]

_MOST_SHOWN = 10


def read_points(node: Node, space: Space, folder: Path, mistakes: Mistakes) -> tuple[Mapping[str, Any], ...]:
    """The settings in their order, duplicates left out; fixed parameters are filled in."""
    before = len(mistakes.found)
    rows = _from_csv(node, folder, mistakes) if isinstance(node.value, str) else _from_list(node, mistakes)
    points = {}
    for place, where, row in rows:
        problem = _complete(row, space)
        if isinstance(problem, str):
            mistakes.at(place, f"search.points {where}: {problem}")
        else:
            points[settings_key(problem)] = problem
        if len(mistakes.found) - before >= _MOST_SHOWN:
            mistakes.at(node.place, "search.points: more rows may be wrong; these are the first")
            break
    return tuple(points.values())


def _complete(row: Mapping[str, Any], space: Space) -> dict[str, Any] | str:
    """The whole setting, or what is wrong with it."""
    unknown = [name for name in row if name not in space]
    if unknown:
        return f"unknown parameter `{unknown[0]}`; {did_you_mean(unknown[0], [p.name for p in space.parameters])}"
    fixed = {p.name: p.distribution.value for p in space.parameters if isinstance(p.distribution, Fixed)}
    params = space.active({**fixed, **row})
    missing = space.missing(params)
    if missing:
        return f"no value for {', '.join(missing)}"
    for name, value in params.items():
        unit = space[name].distribution.to_unit([value])[0]
        if unit != unit:
            return f"{name}={show(value)} lies outside {space[name].distribution}"
    return params


Row = tuple[Place, str, Mapping[str, Any]]


def _from_list(node: Node, mistakes: Mistakes) -> list[Row]:
    if not node.is_list or not node.value or not all(item.is_mapping for item in node.value):
        fix = "points:\n  - {learning_rate: 0.01, units: 64}"
        mistakes.at(node.place, "search.points must be a list of settings or the name of a CSV file", fix)
        return []
    return [(item.place, f"{i}", item.plain()) for i, item in enumerate(node.value, start=1)]


def _from_csv(node: Node, folder: Path, mistakes: Mistakes) -> list[Row]:
    path = folder / Path(node.value).expanduser()
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = list(csv.DictReader(file, restkey="", restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        reason = err.strerror if isinstance(err, OSError) else err
        mistakes.at(node.place, f"search.points: {path} cannot be read: {reason}")
        return []
    if not table:
        mistakes.at(
            node.place,
            f"search.points: {path} has no rows",
            "a header of parameter names, then a row a setting",
        )
    # An empty cell is a parameter that does not exist in that row.
    return [
        (
            node.place,
            f"line {line} of {path.name}",
            {name: scalar(text.strip()) for name, text in row.items() if text},
        )
        for line, row in enumerate(table, start=2)
    ]

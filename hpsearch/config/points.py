"""Reads `search.points`: settings to try as given, from a list in the config or from a CSV file."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hpsearch.config.data import path_from
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node, Place, parse
from hpsearch.config.mistakes import Mistakes
from hpsearch.config.scalars import scalar
from hpsearch.errors import ConfigError, did_you_mean
from hpsearch.space import Fixed, Space, settings_key

__all__ = ["read_points"]

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
            setting = _complete(values, space, row)
            points[settings_key(setting)] = setting
        if len(mistakes.found) - before >= _MOST_SHOWN:
            mistakes.at(node.place, "search.points: more rows may be wrong; these are the first")
            break
    return tuple(points.values())


def _complete(values: Mapping[str, Any], space: Space, row: Node) -> dict[str, Any]:
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

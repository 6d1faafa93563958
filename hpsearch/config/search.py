"""Reads `search:`: which method, how many trials, and what the method needs beside that."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.config.config import SearchSettings
from hpsearch.config.keys import search_keys
from hpsearch.document import Invalid, Mistakes, Node, check_file, from_spreadsheet, keys_of, path_from, show
from hpsearch.errors import Place, did_you_mean
from hpsearch.methods import METHODS, PlanError, ReplicateSettings
from hpsearch.space import Space, from_cell, settings_key

_MOST_SHOWN = 10
_MOST_BYTES = 100_000_000
Row = tuple[Node, str, Mapping[str, Any]]  # where it stands, how messages call it, and its values


def read_search(
    root: Node, space: Space | None, folder: Path, mistakes: Mistakes, frozen: frozenset[str] = frozenset()
) -> SearchSettings:
    """The search that the config asks for; random where it says nothing.

    space: what is searched; None where its own mistakes are to be mended before points and grids can be judged.
    frozen: hyperparameters that no trial can change once it has begun.
    """
    node, before = root.get("search"), len(mistakes.found)
    given = mistakes.mapping(node, search_keys(), "search")
    section = node if node is not None and node.is_mapping else Node({}, root.place)
    settings = SearchSettings(**{name: value for name, value in given.items() if name in keys_of(SearchSettings)})
    if confirm := section.get("confirm"):
        values = mistakes.section(confirm, ReplicateSettings, "search.confirm")
        settings = replace(settings, confirm=ReplicateSettings(**values))
    own, named = keys_of(settings.kind.Settings), section.get("method")
    owners = {key: name for name, method in reversed(METHODS.items()) for key in keys_of(method.Settings)}
    understood = named is None or named.value == settings.method  # else nobody knows whose keys are meant
    for key, owner in owners.items():
        if understood and key not in own and (stranger := section.get(key)):
            mistakes.at(
                stranger.place, f"search: `{key}` is for `method: {owner}`", METHODS[owner].example, code="C108"
            )
    for key in ("target", "patience") if settings.kind.pauses else ():
        if stranger := section.get(key):
            rule = (
                f"search.{key} goes by trials that are complete, one after the other, and {settings.method} pauses them"
            )
            mistakes.at(stranger.place, rule, "time: 8h, or fewer trials", code="C108")
    settings = replace(settings, own=settings.kind.Settings(**{n: v for n, v in given.items() if n in own}))
    if space is not None and (points := section.get("points")):
        settings = replace(settings, points=_read_points(points, space, folder, mistakes))
    if space is None or len(mistakes.found) > before:
        return settings
    # The method adds what follows from it, or says what it lacks or cannot use.
    try:
        plan = settings.kind.completed(settings.plan(space, frozen))
    except PlanError as err:
        mistakes.at((section.get(err.key) or section).place, f"search: {err}", err.fix, code=err.code)
        return settings
    return replace(settings, trials=plan.trials, own=plan.settings)


def _read_points(node: Node, space: Space, folder: Path, mistakes: Mistakes) -> tuple[Mapping[str, Any], ...]:
    """The settings in their order, duplicates left out; fixed parameters are filled in."""
    rows: list[Row] = []
    with mistakes.noted("search.points", node):
        rows = list(_from_csv(node, folder, space) if isinstance(node.value, str) else _from_list(node))
    before = len(mistakes.found)
    points = {}
    for row, where, values in rows:
        with mistakes.noted(f"search.points{where}", row):
            setting = _complete_points(values, space, row)
            points[settings_key(setting)] = setting
        if len(mistakes.found) - before >= _MOST_SHOWN:
            mistakes.at(node.place, "search.points: more rows may be wrong; these are the first", code="C402")
            break
    return tuple(points.values())


def _complete_points(values: Mapping[str, Any], space: Space, row: Node) -> dict[str, Any]:
    for name in values:
        if name not in space:
            raise Invalid(
                f"unknown parameter `{name}`", did_you_mean(name, [p.name for p in space.parameters]), row, code="C209"
            )
    fixed = {p.name: p.distribution.value_at(0.5) for p in space.parameters if not p.searched}
    setting = space.active({**fixed, **values})
    if missing := space.missing(setting):
        raise Invalid(
            f"no value for {', '.join(missing)}", f"add {missing[0]}, or fix it under `parameters`", row, code="C402"
        )
    return {name: _held(name, value, space, row.get(name) or row) for name, value in setting.items()}


def _held(name: str, value: Any, space: Space, place: Node) -> Any:
    """The value as its distribution has it: of whole numbers, 2.0 is 2."""
    distribution = space[name].distribution
    unit = distribution.to_unit([value])
    if unit[0] != unit[0]:
        possible = f"{name} is {'' if space[name].searched else 'always '}{distribution}"
        fix = f"{possible}; widen it under `parameters`, or leave this row out"
        raise Invalid(f"{name}={show(value)} is not in the space", fix, place, code="C402")
    return value if distribution.size is None else distribution.from_unit(unit)[0]


def _from_list(node: Node) -> Iterator[Row]:
    if not node.is_list or not node.value or not all(item.is_mapping for item in node.value):
        fix = "points:\n  - {learning_rate: 0.01, units: 64}"
        raise Invalid("must be a list of settings or the name of a CSV file", fix, code="C402")
    for number, item in enumerate(node.value, start=1):
        yield item, f" {number}", item.plain()


def _from_csv(node: Node, folder: Path, space: Space) -> Iterator[Row]:
    path = path_from(folder, node.value)
    try:
        check_file(path, _MOST_BYTES)
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            table = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except Invalid as err:
        raise Invalid(f"{path} {err}", err.fix, code="C402") from err
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        reason = err.strerror if isinstance(err, OSError) else err
        raise Invalid(f"{path} cannot be read: {reason}", code="C402") from err
    if len(table) < 2:
        raise Invalid(f"{path} has no rows", "a header of parameter names, then a row a setting", code="C402")
    header = [from_spreadsheet(name.strip()) for name in table[0][1]]
    of_report = any(name in header and name not in space for name in _of_a_report(space))
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise Invalid(f"{path} has more than one column `{twice[0]}`", "keep one of them", code="C402")
    for line, row in table[1:]:
        if len(row) > len(header):
            raise Invalid(f"line {line} of {path.name} has {len(row)} cells, the header {len(header)}", code="C402")
        cells = {name: text.strip() for name, text in zip(header, row, strict=False)}
        if of_report:
            cells = _parameters(cells, space)
        yield Node(None, Place(f"{path}:{line}")), "", _settings(cells, space)


def _of_a_report(space: Space) -> list[str]:
    """Columns by which a table that `report --format csv` has written is known."""
    return ["rank", "trial", "status", *(f"params.{p.name}" for p in space.parameters)]


def _parameters(cells: Mapping[str, str], space: Space) -> dict[str, str]:
    """The cells of a report that hold hyperparameters, which may be called `params.NAME` there."""
    names = {p.name: f"params.{p.name}" if f"params.{p.name}" in cells else p.name for p in space.parameters}
    return {name: cells[column] for name, column in names.items() if column in cells}


def _settings(cells: Mapping[str, str], space: Space) -> dict[str, Any]:
    """What the cells of a row mean; an empty one: that it does not exist there, null, or an empty text."""
    known = {name: space[name].distribution for name in cells if name in space}
    values = {name: from_cell(text, known[name]) if name in known else text for name, text in cells.items() if text}
    blank = {name: from_cell("", known[name]) for name in known if not cells[name]}
    while found := {name: blank.pop(name) for name in space.missing(values) if name in blank}:
        values |= {name: value for name, value in found.items() if not np.isnan(known[name].to_unit([value])[0])}
    return values

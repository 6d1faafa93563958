"""Reads `data:`: a built-in data set or a file of the user's, checked before anything runs."""

from pathlib import Path
from typing import Any

from hpsearch.config.keys import DATA
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.data import BUILT_IN, DataSource, problems
from hpsearch.errors import DataError

__all__ = ["read_data"]


def read_data(root: Node, folder: Path, mistakes: Mistakes) -> DataSource | None:
    """The data source; None, with a mistake noted, where the config names none that can be used."""
    node = root.get("data")
    if node is None:
        mistakes.at(root.place, "`data` is missing: what is the network trained on?", _example())
        return None
    before = len(mistakes.found)
    if isinstance(node.value, str):
        key = "name" if "." not in node.value and "/" not in node.value else "path"
        node = Node({key: node}, node.place, {key: node.place})
    values = mistakes.section(node, DATA, "data")
    if len(mistakes.found) > before or not node.is_mapping:
        return None
    values |= {key: _path(folder, values[key]) for key in ("path", "labels")}
    source = DataSource(**values)
    try:
        found = problems(source)
    except DataError as err:
        found = {"path": str(err)}
    for key, message in found.items():
        mistakes.at((node.get(key) or node).place, f"data.{key}: {message}")
    return None if found else source


def _path(folder: Path, value: Any) -> Path | None:
    return (folder / Path(value).expanduser()) if value else None


def _example() -> str:
    return f"data: digits, or another built-in one ({', '.join(BUILT_IN)}), or {{path: data.csv, target: COLUMN}}"

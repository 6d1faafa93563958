"""Reads `data:`: a built-in data set or a file of the user's, checked before anything runs."""

from pathlib import Path

from hpsearch.config.keys import DATA
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes
from hpsearch.data import BUILT_IN, DataSource, problems
from hpsearch.errors import DataError

__all__ = ["path_from", "read_data"]


def read_data(root: Node, folder: Path, mistakes: Mistakes, *, on_site: bool) -> DataSource | None:
    """The data source; None, with a mistake noted, where the config names none that can be used.

    on_site: whether the file has to be here.
    """
    node = root.get("data")
    if node is None or node.value is None:
        mistakes.at((node or root).place, "`data` is missing: what is the network trained on?", _example())
        return None
    before = len(mistakes.found)
    if isinstance(node.value, str):
        key = "name" if "." not in node.value and "/" not in node.value else "path"
        node = Node({key: node}, node.place, {key: node.place})
    values = mistakes.section(node, DATA, "data")
    if len(mistakes.found) > before or not node.is_mapping:
        return None
    for key in ("path", "labels"):
        with mistakes.noted(f"data.{key}", node.get(key) or node):
            values[key] = path_from(folder, values[key]) if values[key] else None
    if len(mistakes.found) > before:
        return None
    source = DataSource(**values)
    try:
        found = problems(source) if on_site or source.path is None else {}
    except DataError as err:
        found = {"path": str(err)}
    for key, message in found.items():
        mistakes.at((node.get(key) or node).place, f"data.{key}: {message}")
    return None if found else source


def path_from(folder: Path, text: str) -> Path:
    """The path that a config in this folder names; Invalid where there can be no such file."""
    if "\0" in text:
        raise Invalid(f"{show(text)} is no path")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as err:
        raise Invalid(f"{show(text)} names the home of a user that there is not") from err


def _example() -> str:
    return f"data: digits, or another built-in one ({', '.join(BUILT_IN)}), or {{path: data.csv, target: COLUMN}}"

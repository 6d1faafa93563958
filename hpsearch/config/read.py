"""Reads a config: text -> nodes -> checked sections -> Config, with every mistake reported at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpsearch.config.config import Config, SearchSettings
from hpsearch.config.early_stop import read_early_stop
from hpsearch.config.execution import read_execution
from hpsearch.config.keys import FOREIGN_KEYS, NAME, TOP
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node, parse
from hpsearch.config.mistakes import Mistakes
from hpsearch.config.model import read_model
from hpsearch.config.network import check_network
from hpsearch.config.override import apply_overrides
from hpsearch.config.search import read_search
from hpsearch.config.space import read_space
from hpsearch.errors import ConfigError, Mistake
from hpsearch.space import Space

__all__ = ["load_config", "read_config"]


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


def read_config(
    text: str, *, source: str, folder: Path, overrides: Sequence[str] = (), name: str = "search", on_site: bool = True
) -> Config:
    """Read and check a config; see `load_config`.

    on_site: whether it is to be run here, so that the programs and modules that it names have to be here too.
    """
    mistakes = Mistakes()
    root = parse(text.removeprefix("\ufeff"), source, mistakes.found)
    if not root.is_mapping:
        mistakes.at(root.place, f"a config is a mapping, got {show(root.plain())}", "start with `parameters:`")
        raise ConfigError(mistakes.found)
    apply_overrides(root, overrides, mistakes)
    config = _config(root, mistakes, text, folder, name, on_site)
    if mistakes.found:
        raise ConfigError(mistakes.found)
    return config


def _config(root: Node, mistakes: Mistakes, text: str, folder: Path, name: str, on_site: bool) -> Config:
    """The config; of no use where mistakes were noted."""
    top = mistakes.section(root, TOP, "", FOREIGN_KEYS)
    model = read_model(root, folder, mistakes, on_site=on_site)
    before = len(mistakes.found)
    space = read_space(root, mistakes)
    sound = len(mistakes.found) == before
    if model.name == "network":
        check_network(root, space, mistakes)
    search = read_search(root, space if sound else None, folder, mistakes)
    return Config(
        name=top["name"] or _name(name, root, mistakes),
        model=model.name,
        data=model.data,
        metric=model.metric,
        space=space,
        search=search,
        execution=read_execution(root.get("execution"), mistakes),
        text=text,
        document=_document(root, space, search),
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


def _document(root: Node, space: Space, search: SearchSettings) -> dict[str, Any]:
    """The config as plain data, each parameter in its long form, and with the points of a file in its place."""
    document = root.plain()
    if search.points:
        document["search"] = document["search"] | {"points": [dict(point) for point in search.points]}
    document["parameters"] = {parameter.name: parameter.spec() for parameter in space.parameters}
    return dict(document)

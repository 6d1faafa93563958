"""Finds the user's module: beside the config first, then in the current directory, then among what is installed."""

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

__all__ = ["load", "module_file"]


def _places(beside: Path) -> list[str]:
    return list(dict.fromkeys([str(beside.resolve()), str(Path.cwd()), *sys.path]))


def module_file(module: str, beside: Path) -> Path | None:
    """The file of a module, found without importing anything, its packages included; None where there is none."""
    places: list[str] | None = _places(beside)
    spec = None
    for name in module.split("."):
        spec = PathFinder.find_spec(name, places) if places is not None else None
        if spec is None:
            return None
        places = list(spec.submodule_search_locations) if spec.submodule_search_locations is not None else None
    return Path(spec.origin) if spec is not None and spec.origin else None


def load(path: str, beside: Path) -> Callable[..., Any]:
    """The function of `package.module:name`, imported now.

    Raises:
        Exception: whatever importing the module raises; AttributeError where it lacks the name.
    """
    module, _, name = path.partition(":")
    for place in reversed(_places(beside)[:2]):
        if place not in sys.path[:2]:
            sys.path.insert(0, place)
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function

"""How a user's function is called: by keyword, or with one mapping."""

import importlib
import inspect
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from hpsearch.objectives.folder import CARRIED
from hpsearch.objectives.recorder import STEPS

FILLED = ("seed", "trial_dir", *CARRIED)
"""Arguments that are filled where a function has them and no hyperparameter is called so."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def arguments(
    function: Callable[..., Any], params: Mapping[str, Any], filled: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments of the call.

    The hyperparameters are keywords, unless the function has one required argument that none of them is called:
    that one takes them all as a mapping.
    """
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin that does not tell
        return (), dict(params)
    named = {name for name, parameter in known.items() if parameter.kind in _NAMED}
    own = {name for name, parameter in known.items() if parameter.default is not parameter.empty}
    extra = {n: v for n, v in filled.items() if n in named and n not in params and (v is not None or n not in own)}
    needed = [n for n, p in known.items() if p.default is p.empty and p.kind in (*_NAMED, p.POSITIONAL_ONLY)]
    required = [n for n in needed if n not in named or (n not in params and n not in filled)]
    if len(required) == 1 and required[0] not in params and not named & set(params):
        by_keyword = known[required[0]].kind is inspect.Parameter.KEYWORD_ONLY
        return ((), extra | {required[0]: dict(params)}) if by_keyword else ((dict(params),), extra)
    return (), {**params, **extra}


def _places(beside: Path) -> list[str]:
    return list(dict.fromkeys([str(beside.resolve()), str(Path.cwd()), *sys.path]))


def module_file(module: str, beside: Path) -> Path | None:
    """The file of a module, found without importing anything, its packages included; None where there is none."""
    places: Sequence[str] | None = _places(beside)
    spec = None
    for name in module.split("."):
        spec = PathFinder.find_spec(name, places) if places is not None else None
        if spec is None:
            return None
        places = spec.submodule_search_locations
    return Path(spec.origin) if spec is not None and spec.origin else None


def is_beside(module: str, beside: Path) -> bool:
    """Whether a module lies where the user's own do."""
    return PathFinder.find_spec(module, _places(beside)[:2]) is not None


def load(path: str, beside: Path) -> Callable[..., Any]:
    """The function of `package.module:name`, imported now; raises what that does, or AttributeError."""
    module, _, name = path.partition(":")
    for place in reversed(_places(beside)[:2]):
        if place not in sys.path[:2]:
            sys.path.insert(0, place)
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


class Unusable(Exception):  # noqa: N818  never leaves the objectives; the trial's reason does
    """A function gave something that is neither a number nor a mapping of numbers."""


def each_report(returned: Any) -> Generator[Any, None, None]:
    """What a generator yields and, if anything, returns; of all else its one value. Closing this closes that."""
    if not inspect.isgenerator(returned):
        yield returned
        return
    last = yield from returned
    if last is not None:
        yield last


def is_truth_value(value: Any) -> bool:
    """Whether it is true or false, of Python or of any library with types of its own: no metric."""
    return isinstance(value, bool) or "bool" in str(getattr(value, "dtype", ""))


def report(given: Any, metric: str, number: Callable[[Any], Any]) -> tuple[dict[str, Any], float | None]:
    """Values by name, each read by `number`, and the step among them; Unusable where it or the metric is no number."""
    if not isinstance(given, Mapping):
        try:
            return {metric: number(given)}, None
        except (TypeError, ValueError):
            rule = f"must return or yield a number, or a mapping with `{metric}`"
            raise Unusable(f"the function {rule}, got {type(given).__name__} {given!r:.60}") from None
    values, step = {}, None
    for name, value in given.items():
        try:
            if name in STEPS and name != metric:
                step = float(value)
            else:
                values[str(name)] = number(value)
        except (TypeError, ValueError):
            if name == metric:
                raise Unusable(f"{metric} must be a number, got {value!r:.60}") from None
    return values, step

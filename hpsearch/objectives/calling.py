"""How a user's function is called: by keyword, or with one mapping."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["FILLED", "arguments"]

FILLED = ("seed", "trial_dir")
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
    extra = {name: value for name, value in filled.items() if name in named and name not in params}
    required = [
        name
        for name, parameter in known.items()
        if parameter.default is parameter.empty
        and parameter.kind in (*_NAMED, inspect.Parameter.POSITIONAL_ONLY)
        and name not in params
        and name not in filled
    ]
    if len(required) == 1 and not named & set(params):
        by_keyword = known[required[0]].kind is inspect.Parameter.KEYWORD_ONLY
        return ((), extra | {required[0]: dict(params)}) if by_keyword else ((dict(params),), extra)
    return (), {**params, **extra}

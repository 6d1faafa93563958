"""What a function returns or yields -> values by name: a number, or a mapping of metrics."""

import inspect
from collections.abc import Callable, Generator, Mapping
from typing import Any

__all__ = ["Unusable", "each_report", "report"]

_STEPS = ("epoch", "step")


class Unusable(Exception):  # noqa: N818  never leaves the objectives; the trial's reason does
    """A function gave something that is neither a number nor a mapping of numbers."""


def each_report(returned: Any) -> Generator[Any, None, None]:
    """What a generator function yields and, where it is something, returns; of any other its one value.

    Closing this generator closes the function's.
    """
    if not inspect.isgenerator(returned):
        yield returned
        return
    last = yield from returned
    if last is not None:
        yield last


def report(given: Any, metric: str, number: Callable[[Any], Any]) -> tuple[dict[str, Any], int | None]:
    """Values by name, and the step where `epoch` or `step` is among them; `number` reads one value.

    Raises:
        Unusable: it is no number and no mapping, or the metric in it is no number.
    """
    if not isinstance(given, Mapping):
        return {metric: _read(given, metric, number)}, None
    values = {}
    for name, value in given.items():
        try:
            values[str(name)] = number(value)
        except (TypeError, ValueError):
            if name == metric:
                raise Unusable(f"{metric} must be a number, got {value!r:.60}") from None
    step = next((given[name] for name in _STEPS if name in values and name != metric), None)
    kept = {name: value for name, value in values.items() if name not in _STEPS or name == metric}
    return kept, int(step) if isinstance(step, int | float) else None


def _read(given: Any, metric: str, number: Callable[[Any], Any]) -> Any:
    try:
        return number(given)
    except (TypeError, ValueError):
        rule = f"must return or yield a number, or a mapping with `{metric}`"
        raise Unusable(f"the function {rule}, got {type(given).__name__} {given!r:.60}") from None

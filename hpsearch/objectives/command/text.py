"""What any text of a program may hold: a mapping with numbers, a step, codes of a terminal."""

import ast
import json
import re
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from hpsearch.objectives.command.numerals import plain, whole_number
from hpsearch.objectives.recorder import STEPS

Report = tuple[dict[str, float], float | None]
"""Values by name, and the step where the line tells it."""

CHATTY = 65536
"""Characters; a longer line is read only where it names the ranked metric."""

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*([@-~])"  # CSI: colours, modes, moves of the cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"
)
_MOVES = "ABCDEFGHdf`ae"
_JSON = json.JSONDecoder()
_REPR = re.compile(r"(?:[a-z_]\w*\.)*(?:tensor|array|float\d*)\(([-+.\w]+)(?:,[^()]*)?\)", re.IGNORECASE)
_BOOSTED = re.compile(r"\s*\[\d+\]\t")
_DEVIATION = re.compile(r"(?<=\d)(?:\+| \+ )\d[\d.]*(?:e-?\d+)?(?=\s|$)")
_NOT_FINITE = re.compile(r"(?<![\w'\"])([-+]?(?:nan|inf))(?![\w'\"])", re.IGNORECASE)


class SlowPatternError(Exception):
    """`command.pattern` took too long on a line."""


def numbers(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a mapping by name, those in quotes too; those of a mapping inside it as `outer.inner`."""
    found: dict[str, float] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": number for inner, number in numbers(value).items()}
        elif isinstance(value, str):
            if len(value) < 100 and (said := whole_number(value)) is not None:
                found[str(name)] = said
        elif isinstance(value, int | float) and not isinstance(value, bool):
            try:
                found[str(name)] = float(value)
            except OverflowError:  # a whole number of hundreds of digits
                found[str(name)] = float("inf")
    return found


def with_step(values: Mapping[str, float], metric: str = "") -> Report:
    """The values without the step, and the step; the ranked metric is a value whatever its name."""
    steps = [value for name, value in values.items() if name.lower() in STEPS and value - value == 0]
    kept = {name: value for name, value in values.items() if name.lower() not in STEPS or name == metric}
    return kept, steps[0] if steps else None


def without_codes(line: bytes) -> str:
    """The text of a line as a terminal would show it."""
    text = plain(line.decode("utf-8", "replace"))
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub(lambda found: " " if (found[1] or "?") in _MOVES else "", text)
    if "\b" in text:
        shown: list[str] = []
        for character in text:
            if character != "\b":
                shown.append(character)
            elif shown:
                shown.pop()
        text = "".join(shown)
    return text


def without_deviations(text: str) -> str:
    """The text without the standard deviations that XGBoost and LightGBM add to the means of a cross-validation."""
    return _DEVIATION.sub("", text) if _BOOSTED.match(text) else text


def mapping_in(text: str) -> tuple[int, Mapping[str, Any], int]:
    """The first mapping of a line, JSON's or Python's, with its place; an empty one where there is none."""
    start = text.find("{")
    end = text.rfind("}") + 1
    if 0 <= start < end:
        with suppress(ValueError, RecursionError):
            found, stop = _JSON.raw_decode(text, start)
            return (start, found, stop) if isinstance(found, Mapping) else (start, {}, end)
        if end - start <= CHATTY:
            written = _NOT_FINITE.sub(r"'\1'", _REPR.sub(r"\1", text[start:end]))
            with suppress(ValueError, SyntaxError, TypeError, RecursionError, MemoryError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = ast.literal_eval(written)
                return (start, found, end) if isinstance(found, Mapping) else (start, {}, end)
    return start, {}, end


@contextmanager
def time_limit(seconds: float, message: str) -> Iterator[None]:
    """End a search of `re`, which looks at signals; Python takes them in the main thread alone.

    What is counted is this process's computing, so that a busy or suspended machine ends none. Alarms are left alone.

    Raises:
        SlowPatternError: it took longer, with this message.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(*_: object) -> None:
        raise SlowPatternError(message)

    before = signal.signal(signal.SIGVTALRM, late)
    remaining, interval = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if remaining:
            signal.setitimer(signal.ITIMER_VIRTUAL, remaining, interval)

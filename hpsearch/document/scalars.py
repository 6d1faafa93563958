"""Unquoted scalars mean what people take them to mean, and are shown as people write them.

PyYAML's own resolver reads `1e-4` as a string, `no` as false, `010` as 8 and `12:30` as 750. Here numbers are numbers,
and only true and false are booleans.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from unicodedata import category

_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_HEX = re.compile(r"[-+]?0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?\Z")
PLAIN_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
CONDITION_WORDS = frozenset({"and", "or", "not", "in", "is", "true", "false", "null", "none"})
_WORDS: dict[str, Any] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", "+.inf", ".Inf", "+.Inf", ".INF", "+.INF"], float("inf")),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], float("-inf")),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], float("nan")),
}
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # Unicode's controls, marks without width, halves of pairs, ends of lines
_FEW, _SIX, _MOST = 4, 6, 10  # digits of a number for people
_LONGEST_NUMBER = 400  # digits; no number is longer, and Python refuses to print far longer ones


def scalar(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    try:
        if _INTEGER.match(text):
            return int(text)
        if _HEX.match(text):
            return int(text, 16)
        return float(text) if _FLOAT.match(text) else text
    except ValueError:  # stray underscores
        return text


def show(value: Any) -> str:
    """A value as a message shows it: short, as YAML has it, strings in quotes."""
    text = _shown(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return repr(value) if isinstance(value, str) else str(value)


def is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold: no truth value, no infinity, no NaN."""
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and -sys.float_info.max <= value <= sys.float_info.max


def reads_as_number(text: str) -> bool:
    """Whether a text is a number, infinity and NaN among them; 1_140 is one for Python alone."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def written(value: Any) -> str:
    """A value as programs read it and a config writes it: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def quoted_name(name: str) -> str:
    """A name as conditions on columns write it: in backticks unless it is a plain word."""
    return name if PLAIN_NAME.fullmatch(name) and name.lower() not in CONDITION_WORDS else f"`{name}`"


def quoted_value(value: Any) -> str:
    """A value as conditions on columns write it: texts in quotes, all else as JSON."""
    return "'" + re.sub(r"(['\\])", r"\\\1", value) + "'" if isinstance(value, str) else written(value)


_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes the beginning of a formula to be


def for_spreadsheets(text: str) -> str:
    """A text with an apostrophe before it where a spreadsheet would calculate it."""
    formula = text.lstrip("'").startswith(_FORMULA) and isinstance(scalar(text), str)
    return f"'{text}" if formula else text


def from_spreadsheet(text: str) -> str:
    """The text that `for_spreadsheets` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def visible(text: str, keep: str = "") -> str:
    """A text that does nothing to a terminal or a line: what would move, hide or turn letters is written out, as \\x1b.

    keep: control characters that are wanted.
    """
    if text.isprintable():
        return text
    acting = (not c.isprintable() and c not in keep and category(c) in _ACTING for c in text)
    pairs = zip(text, acting, strict=True)
    return "".join(c.encode("unicode_escape").decode() if acts else c for c, acts in pairs)


def significant(number: float, digits: int = _FEW) -> str:
    """A number of so many digits; a whole one in full, as long as that is short."""
    whole = float(number).is_integer() and abs(number) < 10**7
    return str(int(number)) if whole else f"{number:.{digits}g}"


def told_apart(
    values: Sequence[float], beside: Iterable[float] = (1,), form: Callable[[float, int], str] = significant
) -> list[str]:
    """Numbers as people read them: with four digits, or the more it takes to tell them from one another.

    beside: others that none of them may look equal to, such as the ends of a range; 0.99998 is never shown as 1.
    """
    finite = {value for value in values if math.isfinite(value)}
    others = {value for value in beside if math.isfinite(value)} - finite

    def texts(numbers: Iterable[float], digits: int) -> set[str]:
        return {form(number, digits) for number in numbers}

    different = len(texts(finite, _SIX))
    few = next(digits for digits in range(_FEW, _SIX + 1) if len(texts(finite, digits)) >= different)
    apart = (digits for digits in range(few, _MOST + 1) if texts(finite, digits).isdisjoint(texts(others, digits)))
    digits = next(apart, few)
    return [form(value, digits) if math.isfinite(value) else str(value) for value in values]


def short(number: float) -> str:
    """A number as messages and short forms write it: whole ones in full, others to 10 digits."""
    whole = float(number).is_integer() and abs(number) <= 10**15
    return str(int(number)) if whole else f"{number:.10g}"


def duration(seconds: float) -> str:
    """A time for people: 850 ms, 12.3 s, 4 min 05 s, 2 h 10 min."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

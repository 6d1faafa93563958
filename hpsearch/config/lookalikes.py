"""Texts that look like a range and are none: `tune.loguniform(1e-4, 1)`, `1e-4..1`, `uniform 0 1`, `(1e-4, 1)`.

Taken for fixed values they would be passed on as they stand, in every trial, and nobody would be told.
"""

import re
from collections.abc import Sequence

_N = r"([-+]?(?:\d[\d_]*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
_NUMBERS = re.compile(rf"(?<![\w.]){_N}(?![\w.])")
_CALL = re.compile(r"(?:\s*\w*\s*[~=!:])?\s*((?:[A-Za-z_]\w*\.)*)([A-Za-z][\w -]*?)\s*[(\[{<](.*)", re.DOTALL)
_BEFORE = r"(?:from|in|between)"
_SPOKEN = re.compile(
    rf"[\s~!]*([A-Za-z]+(?:[ _-](?!{_BEFORE})[A-Za-z]+)?)\W+(?:{_BEFORE}\W+)?{_N}\W+(?:(?:to|and)\W+)?{_N}\W*"
)
_ENDS = [
    re.compile(rf"\s*{pattern}\s*", re.IGNORECASE)
    for pattern in (
        rf"{_N}\s*\.{{2,3}}\s*{_N}",
        rf"(?:from\s+)?{_N}\s*(?:\sto\s|->|\u2192|\u2013|\u2014|\s[-~]\s)\s*{_N}",
        rf"between\s+{_N}\s+and\s+{_N}",
        rf"[(\[\]]\s*{_N}\s*[,;]\s*{_N}\s*[)\[\]]",
        rf"{_N}\s*<=?\s*\w+\s*<=?\s*{_N}",
    )
]
"""Two ends without a word that says how to draw between them."""

_WORDS = {
    "uniform": "uniform u quniform suggestuniform suggestdiscreteuniform suggestfloat floatdistribution "
    "uniformdistribution uniformfloat float real linspace",
    "loguniform": "loguniform qloguniform suggestloguniform loguniformdistribution logfloat logspace geomspace "
    "reciprocal",
    "randint": "randint qrandint randrange suggestint intdistribution uniformint uniforminteger intuniform int integer "
    "range arange",
    "lograndint": "lograndint qlograndint loguniformint intloguniform logint",
    "reverseloguniform": "reverseloguniform",
}
_OURS = {word: ours for ours, words in _WORDS.items() for word in words.split()}
"""How a range is called anywhere, in small letters alone -> ours."""

_LISTS = {"choice", "categorical", "suggestcategorical", "gridsearch", "categoricaldistribution"}
_LOG = re.compile(r"\blog\s*=\s*True|['\"]log", re.IGNORECASE)
_ON_A_LOG = {"uniform": "loguniform", "randint": "lograndint"}


def meant(text: str) -> str:
    """The form that is meant, with the numbers of the text; nothing where it is a text like any other."""
    if (call := _CALL.fullmatch(text)) and (form := _called(_folded(call[2]), call[3], foreign=bool(call[1]))):
        return form
    spoken = _SPOKEN.fullmatch(text)
    # `int 8 16` may be anything.
    if spoken and ("uniform" in (word := _folded(spoken[1])) or "randint" in word) and word in _OURS:
        return _form(_OURS[word], spoken.groups()[1:])
    for pattern in _ENDS:
        if (ends := pattern.fullmatch(text)) and float(ends[1]) < float(ends[2]):
            return " or ".join(_form(name, ends.groups()) for name in _possible(*ends.groups()))
    return ""


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).lower()


def _called(word: str, inside: str, *, foreign: bool) -> str:
    """The form for what stands as a call; foreign: whether it is one of another tool's, such as `tune.uniform`."""
    if foreign and word in _LISTS:
        listed = re.search(r"\[[^\[\]]*\]", inside)
        return listed[0] if listed else "[a, b, c]"
    ours, numbers = _OURS.get(word, ""), _NUMBERS.findall(re.sub(r"(['\"]).*?\1", "", inside))
    if not ours or len(numbers) < (1 if foreign else 2):
        return ""
    if word == "logspace":  # which takes exponents
        numbers = [f"1e{number}" for number in numbers]
    if ours == "randint" and not all(map(str.isdigit, numbers)):
        ours = "uniform"
    has_step = word.startswith("q") or word in ("arange", "range", "suggestdiscreteuniform")
    return _form(_ON_A_LOG.get(ours, ours) if _LOG.search(inside) else ours, numbers[: 3 if has_step else 2])


def _form(name: str, numbers: Sequence[str]) -> str:
    return f"{name}({', '.join(numbers if len(numbers) > 1 else ('min', 'max'))})"


def _possible(low: str, high: str) -> list[str]:
    """The distributions that may be meant where only the ends are known, the likeliest first."""
    whole, wide = "." not in low + high and "e" not in (low + high).lower(), 0 < 100 * float(low) <= float(high)
    if whole:
        return ["lograndint", "randint"] if wide else ["randint", "uniform"]
    return ["loguniform", "uniform"] if wide else ["uniform"]

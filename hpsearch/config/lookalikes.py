"""Texts that look like a range and are none: `tune.loguniform(1e-4, 1)`, `1e-4..1`, `uniform 0 1`, `2**randint(3, 8)`.

Taken for fixed values they would be passed on as they stand, in every trial, and nobody would be told.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from math import exp

from hpsearch.document import short

_N = r"([-+]?(?:\d[\d_]*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
_NUMBERS = re.compile(rf"(?<![\w.]){_N}(?![\w.])")
_CALL = re.compile(r"(?:\s*\w*\s*[~=!:])?\s*((?:[A-Za-z_]\w*\.)*)([A-Za-z][\w -]*?)\s*[(\[{<](.*)", re.DOTALL)
_BEFORE = r"(?:from|in|between)"
_SPOKEN = re.compile(
    rf"[\s~!]*([A-Za-z]+(?:[ _-](?!{_BEFORE})[A-Za-z]+)?)\W+(?:{_BEFORE}\W+)?{_N}\W+(?:(?:to|and)\W+)?{_N}\W*"
)
_INNER = re.compile(r"((?:[A-Za-z_]\w*\.)*)([A-Za-z]\w*)\s*\((.*)", re.DOTALL)
_COMPUTED = re.compile(rf"\s*([-+(\d](?:[-+*/^().\d\s]|(?<=\d)[eE])*?){_INNER.pattern}", re.DOTALL)
_TO_POWERS = re.compile(rf"(1\s*-\s*)?\(?\s*{_N}\s*(?:\*\*|\^)\s*\(?\s*")
_POWER = re.compile(rf"(?<!\w)(?<!\d\.){_N}\s*(?:\*\*|\^)\s*\(?{_N}\)?(?!\w|\.\d)")
_LOW, _HIGH = (rf"(?:{words})(?:_?value|imum)?\s*[=:]\s*{_N}" for words in ("min|low|lower", "max|high|upper"))
_FRACTION = rf"(?=.*(?:\d\.|\.\d|\de)){_N}"
"""A number, where it or the other is not whole: between whole ones, `0-1`, `12:30` and `0,1` may be anything."""
_STEPS = re.compile(rf"\s*(?!\d+(?::\d\d){{2}}\s*$){_N}\s*:\s*{_N}\s*:\s*{_N}\s*")
_SET = re.compile(rf"\s*(?:\{{\s*(?P<set>{_N}(?:\s*,\s*{_N})+)\s*\}}|(?P<either>{_N}(?:\s*\|\s*{_N})+))\s*")
_ENDS = [
    re.compile(rf"\s*{pattern}\s*", re.IGNORECASE)
    for pattern in (
        rf"{_N}\s*(?:\.{{2,3}}|\u2026)\s*{_N}",
        rf"(?:from\s+)?{_N}\s*(?:\sto\s|->|\u2192|\u2013|\u2014|\s[-~]\s)\s*{_N}",
        rf"between\s+{_N}\s+and\s+{_N}",
        rf"[(\[\]<]\s*{_N}\s*[,;]\s*{_N}\s*[)\[\]>]",
        rf"{_N}\s*(?:<=?|\u2264)\s*\w+\s*(?:<=?|\u2264)\s*{_N}",
        rf"\{{?\s*{_LOW}\s*[,;\s]\s*{_HIGH}\s*\}}?",
        rf"{_FRACTION}\s*[-~:,]\s*{_N}",
        rf"{_N},\s+{_N}",
    )
]
"""Two ends without a word that says how to draw between them."""

_WORDS = {
    "uniform": "uniform u quniform suggestuniform suggestdiscreteuniform suggestfloat floatdistribution "
    "uniformdistribution uniformfloat float real linspace interval",
    "loguniform": "loguniform qloguniform suggestloguniform loguniformdistribution logfloat logspace geomspace "
    "reciprocal",
    "randint": "randint qrandint randrange suggestint intdistribution uniformint uniforminteger intuniform int integer "
    "range arange",
    "lograndint": "lograndint qlograndint loguniformint intloguniform logint",
    "reverseloguniform": "reverseloguniform",
}
_OURS = {word: ours for ours, words in _WORDS.items() for word in words.split()}
"""How a range is called anywhere, in small letters alone -> ours."""

_LISTS = {"choice", "categorical", "suggestcategorical", "gridsearch", "categoricaldistribution", "oneof"}
_BELLS = {"n", "normal", "gaussian", "gauss", "truncnorm", "truncatednormal"}
_AROUND = {"tag", "sort", "shuffle", "float", "int", "round"}
"""What may stand around a range, as a call of its own."""

_LOG = re.compile(r"\blog\s*=\s*True|['\"]log|\A\s*log\s*,", re.IGNORECASE)
_LN = re.compile(rf"\blog\(\s*{_N}\s*\)")
_ON_A_LOG = {"uniform": "loguniform", "randint": "lograndint"}
_WHOLE = {"uniform": "randint", "loguniform": "lograndint"}
_MOST_LISTED = 12


def meant(text: str) -> str:
    """The form that is meant, with the numbers of the text; nothing where it is a text like any other."""
    if (call := _CALL.fullmatch(text)) and (form := _called(_folded(call[2]), call[3], tool=call[1])):
        return form
    if (computed := _COMPUTED.fullmatch(text)) and (form := _computed(*computed.groups())):
        return form
    text = _POWER.sub(_power, text)
    spoken = _SPOKEN.fullmatch(text)
    # `int 8 16` may be anything.
    if spoken and ("uniform" in (word := _folded(spoken[1])) or "randint" in word) and word in _OURS:
        return _form(_OURS[word], spoken.groups()[1:])
    if spoken and word in ("log", "logscale") and float(spoken[2]) < float(spoken[3]):
        return _form("loguniform", spoken.groups()[1:])
    if steps := _STEPS.fullmatch(text):  # start:stop:step, or start:step:stop
        low, *others = steps.groups()
        return _form("uniform", [low, *sorted(others, key=float, reverse=True)])
    if listed := _SET.fullmatch(text):
        return f"[{listed['set'] or ', '.join(_NUMBERS.findall(text))}]"
    for pattern in _ENDS:
        if (ends := pattern.fullmatch(text)) and float(ends[1]) < float(ends[2]):
            return " or ".join(_form(name, ends.groups()) for name in _possible(*ends.groups()))
    return ""


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).lower()


def _called(word: str, inside: str, *, tool: str) -> str:
    """The form for what stands as a call; tool: whose it is, as `tune.` of `tune.uniform`, or nothing."""
    if word in _LISTS and (tool or "," in inside):
        listed = re.search(r"\[[^\[\]]*\]", inside)
        return listed[0] if listed else "[a, b, c]" if tool else f"[{inside.rstrip(' )]}>')}]"
    inner = _INNER.search(inside) if word in _AROUND else None
    if inner and (form := _called(_folded(inner[2]), inner[3], tool=inner[1])):
        name, bracket, rest = form.partition("(")
        name = _ON_A_LOG.get(name, name) if _LOG.search(inside) else name
        return (_WHOLE.get(name, name) if word in ("int", "round") else name) + bracket + rest
    ours, numbers = _OURS.get(word, ""), _NUMBERS.findall(re.sub(r"(['\"]).*?\1", "", inside))
    if word in _BELLS and len(numbers) == 2:  # where nearly all of it lies
        mean, deviation = map(float, numbers)
        return _form("uniform", [short(mean - 2 * deviation), short(mean + 2 * deviation)])
    if not ours or len(numbers) < (1 if tool else 2):
        return ""
    if word == "logspace":  # which takes exponents
        numbers = [f"1e{number}" for number in numbers]
    if "loguniform" in word and (tool == "hp." or float(numbers[0]) < 0):  # hyperopt's, which takes natural logarithms
        plain = {found[1] for found in _LN.finditer(inside)}
        with suppress(OverflowError):
            numbers = [number if number in plain else f"{exp(float(number)):.4g}" for number in numbers[:2]]
    if ours == "randint" and not all(map(str.isdigit, numbers)):
        ours = "uniform"
    has_step = word.startswith("q") or word in ("arange", "range", "suggestdiscreteuniform")
    return _form(_ON_A_LOG.get(ours, ours) if _LOG.search(inside) else ours, numbers[: 3 if has_step else 2])


def _computed(before: str, module: str, name: str, inside: str) -> str:
    """The form for what computes with the draws of a range, as `10**uniform(-4, 0)` does."""
    plain = _called(_folded(name), inside, tool=module)
    ours, numbers = plain.partition("(")[0], [float(number) for number in _NUMBERS.findall(plain)[:2]]
    if ours not in _OURS.values() or len(numbers) < 2:
        return ""
    powers, from_1 = _TO_POWERS.fullmatch(before), re.fullmatch(r"1\s*-\s*", before)
    if powers and (base := float(powers[2])) > 1:
        with suppress(OverflowError):
            low, high = (base**number for number in numbers)
            count = int(numbers[1] - numbers[0]) + 1
            if ours == "randint" and count <= _MOST_LISTED and not powers[1]:
                return f"[{', '.join(short(low * base**i) for i in range(count))}]"
            return _ends_of_powers(low, high, from_1=bool(powers[1]), whole=ours == "randint")
    return _ends_of_powers(*numbers, from_1=True) if from_1 and ours == "loguniform" else plain


def _ends_of_powers(low: float, high: float, *, from_1: bool, whole: bool = False) -> str:
    if from_1:
        return _form("reverseloguniform", [short(1 - high), short(1 - low)])
    return _form("lograndint" if whole else "loguniform", [short(low), short(high)])


def _power(found: re.Match[str]) -> str:
    """A power as a number: 10^-4 is 1e-4."""
    base, exponent = found.groups()
    with suppress(ArithmeticError):
        value = float(base) ** float(exponent)
        if not isinstance(value, complex):
            return f"{value:g}"
    return found[0]


def _form(name: str, numbers: Sequence[str]) -> str:
    return f"{name}({', '.join(numbers if len(numbers) > 1 else ('min', 'max'))})"


def _possible(low: str, high: str) -> list[str]:
    """The distributions that may be meant where only the ends are known, the likeliest first."""
    whole, wide = "." not in low + high and "e" not in (low + high).lower(), 0 < 100 * float(low) <= float(high)
    if whole:
        return ["lograndint", "randint"] if wide else ["randint", "uniform"]
    return ["loguniform", "uniform"] if wide else ["uniform"]

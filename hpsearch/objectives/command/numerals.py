"""Numbers as people and programs of all countries write them; what could mean two things is not read at all."""

import re

_GROUPED = r"[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.\d+)?|[1-9]\d{0,2}(?:,\d{3})+\.\d+"  # 1,234,567 and 1,234.5
_POINTS = r"[1-9]\d{0,2}(?:\.\d{3})+,\d+"  # 1.234,5
_MARKS = r"[1-9]\d{0,2}(?:(?:_\d{3})+|(?:['\u2019]\d{3})+|(?:[\u00a0\u202f]\d{3})+)(?:[.,]\d+)?"  # 1_234 and 1'234.5
_COMMA = r"(?:0|\d{4,}|\d{1,3}(?!,\d{3}(?!\d))),\d+(?:e[-+]?\d+)?|\d,\d{3}e[-+]?\d+"  # 0,31 and 1,5; never 1,234
_PLAIN = r"(?!\d{1,3}(?: \d{3})+(?!\d))(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+|d[-+]\d+)?"  # 1.5D-02 is Fortran's
_WORDS = r"nan|inf(?:inity)?"
# What may not follow, as the number would be the half of something: of a word, a date, a time of day, a longer number,
# a sum, a power, a fraction, a list, or of `0.31 -> 0.25`.
_END = (
    r"(?![\w#^]|\(\d{1,4}\)e[-+]?\d|[.,:\-\u2013\u2014]\d|\.{1,3}[\w#]|\s?/\s?[-+.]?\d|\s?(?:out )?of\s\d"
    r"|:\s{1,4}[-+]?\.?\d(?!\d{0,2}%\|)"
    r"|\s?[+x\u00d7*\u00b7\u22c5]\s?\^?[.\d]|\s[ed][-+]\d|\s?(?:-|=)?[>\u2192]\s?[-+.]?\d"
    r"|(?:[,;]\s|\s{1,8}\|?\s?)[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s{0,8}(?:[,;)\]]|$))"
)
_SIGNED = rf"[-+]?(?:{_GROUPED}|{_POINTS}|{_MARKS}|{_COMMA}|{_PLAIN}|{_WORDS}){_END}"
USUAL = (
    r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
    r"(?=[,;|)\]}\"'%]{0,3}(?:$|(?<![.\d])\s{0,4}[a-ce-np-wyz_\"'(\[{]|\s{1,4}[a-ce-np-wyz_\"'(\[{]))"
)
"""The form of nearly all numbers, quick to find; its end is sure, as a word or the line's end follows."""

_WRAPPER = r"(?:(?:[a-z_]\w*\.)*(?:tensor|array|devicearray|b?float\d*|decimal)\()"  # tensor(0.3), np.float64(0.3)

VALUE = (
    rf"(?P<wrapper>{_WRAPPER})?(?P<open>[\[(]{{1,3}})?[\"'`*]{{0,2}}"
    rf"(?P<number>{_SIGNED})"
    r"(?(open)[\"'`]?\s?[\])])(?(wrapper)[\"'\])]*(?:\)|,\s?[a-z_]+=))"
)
"""A number with what programs put around it: quotes, brackets, `tensor(...)`."""

_FULL = re.compile(rf"\s*{VALUE}[\"'`*]{{0,2}}\s?%?\s*[,;]?\s*", re.IGNORECASE)
_FRACTION = re.compile(
    r"(?P<open>\()?(\d{1,15})(?:\.0+)?\s?(?:/|(?:out )?of\s)\s?(\d{1,15})(?:\.0+)?(?![\w/]|[.,:\-]\d)(?(open)\s?\))"
)
_LIKE_A_NUMBER = re.compile(
    rf"{_WRAPPER}?[^\w\s.]{{0,3}}[-+]?\.?\d(?![\w.,\-=]*\.[a-z])", re.IGNORECASE
)  # no file's name such as loss=0.31.ckpt
_FOREIGN = str.maketrans({"\u2212": "-", "\uff1a": ":", "\uff1d": "=", "\u066b": ".", "\u066c": "'"})

# A value behind a space alone counts where what follows is the line's end, a comma or the next name and number.
_ENDS = re.compile(r"\s?%?\s*(?:\.?\s*$|[,;|)\]\u2502]|-\s|:\s{1,4}\d{1,3}%\|)")  # the last: tqdm's bar
_NEXT = re.compile(r"\s?%?\s+(?:[^\W\d][\w./\-@]*\s{0,8}){1,2}[:=]?\s{0,8}[-+.]?\d")
# What stands in the place of a value that could not be computed.
NO_VALUE = re.compile(
    r"(?:[\"'`(\[<]{0,2}(?:tensor\()?(?:[*?#]{1,80}|[-+]?\u221e|-{1,3}|[\u2013\u2014]|\.{2,}|\u2026"
    r"|none|null|nil|n\.?/?a\.?|undefined|unknown|missing|diverged|overflow|failed|error)[\"'`)\]>.!]{0,3}"
    r"|<nan>|(?:not|too)\s\w{1,40}|\[\]|\(\)|''|\"\")(?!\w)\s{0,8}(?:$|[,;|)\]}(]|[-\u2013]\s|[^\W\d][\w.\-/]{0,40}\s?[=:])",
    re.IGNORECASE,
)
SOME_WORD = re.compile(r"[\"'<(]?[^\W\d]\w{0,40}[\"'>).!]{0,3}\s{0,8}(?:$|[,;|)\]}])")
"""A word alone in the place of a value: behind other values it says that there is none any more."""

# What makes another value of a number: a second one, or a count of times.
PAIRED = re.compile(
    r"\s{0,8}%?\s{0,8}(?:[-\u2013\u2014~\u2026]|\.{2,3}|(?:vs\.?|versus|to|and|or|until)\s)\s{0,8}\d[\d.]*%?\s*(?:$|[,;()\]])"
    r"|\s{0,8}(?:days?|h(?:ours?)?|m(?:in(?:utes?)?)?)\s{1,8}\d[\d.]{0,20}\s?(?:h(?:ours?)?|m(?:in)?|m?s|sec(?:onds?)?)\b"
    r"|\s{1,8}times(?![\w./'-])(?!\s{0,8}[=:]|\s{1,8}[-+]?\.?\d)"
    r"|\s{0,8}\((?:out )?of\s"
    r"|\s?(?:\([a-z ]{1,40}\)|[a-z]{1,20})\s?[,;/]\s?\d[\d.]*%?(?:\s?\(|\s[a-z]{1,20}\s?(?:$|[,;]))",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s?(%|(?:s|sec(?:ond)?s?|bytes?|Hz|percent|pct)(?![\w=:]))")

# Units that programs choose by the size of the value, so that another trial may have another one: 900 k and 1.2 M,
# 800 ms and 2.5 s; and s/it, which is it/s where that is small.
_PREFIXES = "[fpnu\u00b5\u03bcmkKMGTPE]"
_MEASURES = r"(?:s|Hz|m|g|J|W|Wh|V|A|eV|N|Pa|FLOPS?|FLOP|OPS?|bits?|bytes?|[Bb])"
_SCALED = re.compile(
    rf"(?:\s?(?:\u00b1|\+/?-)\s?\d[\d.]{{0,20}})?\s{{0,8}}[\[(]?(?:in\s)?(?P<unit>(?:{_PREFIXES}i?{_MEASURES}|[cd]m|\u2030"
    r"|[kKMG]i?[A-Za-z]{1,10}(?=/s)|kcal"
    r"|[x\u00d7*]\s?1e[-+]?\d{1,2}|(?:[x\u00d7*]\s?)?10\s?(?:\^|\*\*|[\u00b2\u00b3\u00b9\u2070-\u207b])[-+\d\u00b2\u00b3\u00b9\u2070-\u207b]{0,3}"
    r"|(?i:[kmgtpe]i?b(?:ytes?|its?|ps)?|(?:milli|kilo|mega|giga|tera|[kmgt]ibi)\s?[a-z]{0,12}|(?:micro|nano|[mun\u00b5])\s?sec(?:ond)?s?"
    r"|minutes?|mins|hours?|hrs?|days?|weeks?|months?|years?|(?:hundred|thousand|[mbt]illion)s?|[mbt]n|ml[nd]|mio|mrd|lakh|crore|pp[mbt])"
    r"|s(?:ec(?:onds?)?)?(?=\s?/\s?[a-z]))(?![\w'-]|\.\w)(?!\s{0,8}[=:])"
    # One letter, or what is the least as well, is a name where a number follows.
    rf"|(?:(?:{_PREFIXES}|B)i?|min|[hd])(?![\w'-]|\.\w|(?<=[mB])/)(?!\s{{0,8}}[=:]|\s{{1,8}}[-+]?\.?\d))"
)


def plain(text: str) -> str:
    """The text with signs of other scripts (minus, colon, Arabic points) as ASCII has them."""
    return text if text.isascii() else text.translate(_FOREIGN)


def number(token: str) -> float:
    """What a token that VALUE matched as its `number` means."""
    try:
        return float(token)
    except ValueError:
        pass
    bare = re.sub(r"['\u2019_\u00a0\u202f]", "", token).lower()
    if "," in bare and (bare.count(",") > 1 or bare.find(",") < bare.find(".")):
        bare = bare.replace(",", "")
    elif "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    return float(bare.replace("d", "e"))


def whole_number(text: str) -> float | None:
    """The number that all of the text is, a percent sign aside; None where it is none."""
    found = _FULL.fullmatch(plain(text))
    return number(found["number"]) if found else None


def fraction(text: str, at: int = 0) -> float | None:
    """`9876/10000` at this place as 0.9876; None where no fraction within 0 and 1 stands there."""
    found = _FRACTION.match(text, at)
    if not found or not 0 <= int(found[2]) <= int(found[3]) or int(found[3]) == 0:
        return None
    return int(found[2]) / int(found[3])


def like_a_number(text: str, at: int = 0) -> bool:
    """Whether what stands there begins as a number does, readable or not."""
    return _LIKE_A_NUMBER.match(text, at) is not None


def stands_alone(text: str, at: int, end: int) -> bool:
    """Whether the value between these places, behind a space alone, is one for sure: no `loss 5 times`."""
    return bool(_ENDS.match(text, end) or (not text[at:end].isdigit() and _NEXT.match(text, end)))


def unit_behind(text: str, at: int) -> str:
    """The unit of a value that ends there; an empty one for none."""
    return found[1] if (found := _UNIT.match(text, at)) else ""


def scale_behind(text: str, at: int) -> str:
    """The unit of a value that ends there, where programs choose it by the value's size; an empty one for none."""
    return found["unit"] if (found := _SCALED.match(text, at)) else ""

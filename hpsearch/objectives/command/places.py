"""What tells two values of one name apart: the words before and behind a value, and what it stands within."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BEFORE = 160
"""Characters in front of a name that are looked at."""

_NUMBERED = r"(?:top|class|rank|client|worker|gpu|head|task|fold|run|seed|repeat|split|label|cv)"
_NAMED = r"(?:model|dataset|subset|split|phase|stage|mode|class|label|client)"
APART = re.compile(rf"{_NUMBERED}s?|{_NAMED}|partition|set", re.IGNORECASE)
"""Names of what a program has several of."""

_PART = r"(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|dev|eval(?:uation)?)"
PART = re.compile(_PART, re.IGNORECASE)
"""Names of the parts of the data."""

_PARTS = re.compile(rf"(?<![\w./\-]){_PART}(?![\w./\-])", re.IGNORECASE)
_LABELS = re.compile(
    rf"(?<!\w)(?:{_NUMBERED}(?:\s?[#:=]\s?|[\s-])?\d{{1,4}}(?![\w%]|[.,]\d|\s?[KMGT]i?B)"
    rf"|{_NAMED}\s?[=:]\s?[\"']?[^\W\d][\w.\-]*)",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(
    rf"(?<!\w)({_NUMBERED}[\s#-]\d{{1,3}}|[^\W\d][\w.'-]*)"
    r"(?:[\"'`*]?\s{1,8}(?:[-\u2013]\s|of\s(?:the\s)?)?|[:|>]{1,2}\s{0,2}|[\])]\s?)[\"'`*(\[]{0,2}$",
    re.IGNORECASE,
)
_COUNTER = r"(?:epoch|ep|e|step|iter(?:ation)?|it|batch|round|gen(?:eration)?|episode|update|cycle|game)"
COUNTER = re.compile(_COUNTER, re.IGNORECASE)
"""Names of what goes on from one report to the next."""

_COUNTED = re.compile(rf"(?<!\w){_COUNTER}\s?#?\d+(?:\s?(?:/|of)\s?\d+)?(?!\w)", re.IGNORECASE)
_OUTCOME = re.compile(r"(?:Final|Overall)\s\w+|Results?|Summary|Scores?|Metrics|Report|Performance")  # no key of YAML
_SAYS_NOTHING = re.compile(
    rf"debug|info|notice|warn(?:ing)?|error|critical|{_COUNTER}\d*"
    r"|an?|the|and|or|with|at|of|for|to|in|on|is|has|now|nan|inf|none|[mun]?s|secs?|mins?|h|[kmgt]i?b",
    re.IGNORECASE,
)
_LABEL = rf"{_PART}|macro|micro|weighted|samples|mean|avg|average|std|median|{_NUMBERED}[\s#-]?\d{{1,4}}"
_BEHIND = re.compile(
    rf"\s{{0,8}}%?\s{{0,8}}(?:(?:\u00b1|\+/?-)\s?[\d.]{{1,20}}%?\s{{0,8}})?(?:[(\[]\s?(?P<bracket>{_LABEL})\b[^()\[\]\d:=]{{0,40}}[)\]]"
    rf"|(?:on|for|over)\s(?:the\s)?(?P<on>{_LABEL})\b|[-\u2013]?\s?(?P<bare>{_PART})\s?(?:$|[,;/|]))",
    re.IGNORECASE,
)
# A line that only names what follows: a mapping within, or a section of the output.
_OPENS = re.compile(
    r"(\s*)(?:-\s)?[\"']?([^\W\d][\w .\-/]{0,60}?)[\"']?\s{0,8}:\s{0,8}(?:[{\[]|[&!|>]\S{0,40})?\s{0,8}(?:#\s?\w.*)?"
)
_UNCLOSED = re.compile(r"(\s*).*[\"']([^\"']{1,60})[\"']\s*:\s*\{[^{}]*")
_ITEM = re.compile(r"(\s+)\{\s*")
_HEADING = re.compile(
    rf"[\W_]*(?:evaluat\w+\s+(?:on|for)\s+(?:the\s+)?)?({_PART}|{_NUMBERED}\s?#?\d{{1,4}}(?:\s?(?:/|of)\s?\d{{1,4}})?)"
    r"(?:\s+(?:set|data|results?|metrics|phase|scores?))?[\W_]*",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\s*(-\s)?[\"']?(fold|split|(?:data|sub)set|phase|client|class|(?(1)(?:name|model)))[\"']?\s?[=:]\s?[\"']?([\w.\-]{1,40})[\"',]{0,2}\s*",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\s*[|\u2502]\s*(\w+)/\s*[|\u2502]\s*[|\u2502]\s*")  # | rollout/    |      |
_HEADS = (b"train", b"test", b"val", b"dev", b"fold", b"class", b"rank", b"/ ", b"{")
_LONGEST = 200  # characters of a line that names what follows
_LOGGER = re.compile(r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]*:")


@dataclass(frozen=True)
class Place:
    """How a report of the ranked metric is written: the words before, behind and around it, and how plain it is."""

    words: tuple[str, ...]
    shown: str
    rank: tuple[bool, bool] = (True, True)
    unit: str = ""


@dataclass
class Surroundings:
    """What the lines to come stand within, as the lines so far tell."""

    metric: str
    group: str = ""
    _section: str = ""
    _fresh: int | None = None  # the indentation of the section's heading, right behind it
    _set: dict[str, str] = field(default_factory=dict)  # by lines such as `dataset: mnist`
    _outer: list[tuple[int, str]] = field(default_factory=list)  # indentation and name of what is open
    _items: int = 0

    def opens(self, text: str) -> str | None:
        """Keep track of what the lines to come stand within; the name where the line says no more than that."""
        indentation = len(text) - len(text.lstrip())
        deeper = indentation + text.startswith("- ", indentation)  # YAML's lists need no indentation
        while text.strip() and self._outer and deeper <= self._outer[-1][0]:
            self._outer.pop()
        if text.strip():
            if self._fresh is not None and deeper > self._fresh:  # the heading is a key of YAML or JSON
                self._outer.append((self._fresh, self._section))
                self._section = ""
            self._fresh = None
        if len(text) <= _LONGEST:
            if told := _SET.fullmatch(text):
                self._set[told[2].casefold()] = f"{told[2]} {told[3]}".casefold()
                return None
            if group := _GROUP.fullmatch(text):
                self.group = group[1].casefold()
                return group[1]
            if heading := _HEADING.fullmatch(text):
                self._section, self._fresh = heading[1].casefold(), indentation
                return heading[1]
            if item := _ITEM.fullmatch(text):
                self._outer.append((len(item[1]), self.item()))
                return ""
        if (found := _OPENS.fullmatch(text) or _UNCLOSED.fullmatch(text)) is None:
            return None
        name = _COUNTED.sub("", found[2]).strip()
        says_nothing = _SAYS_NOTHING.fullmatch(name) or (_OUTCOME.fullmatch(name) and text.rstrip().endswith(":"))
        self._outer.append((indentation, "" if says_nothing else name.casefold()))
        return found[2]

    def item(self) -> str:
        """The label of the next part of a list that goes over several lines."""
        self._items += 1
        return f"item {self._items}"

    def place(self, before: str, *, behind: str = "", separated: bool = True, unit: str = "") -> Place:
        """Where a value stands whose name has this text in front, and this label behind it."""
        before = _LOGGER.sub("", before[-BEFORE:])
        told = _PARTS.search(self.metric) or PART.fullmatch(behind)
        parts = [] if told else _PARTS.findall(before)[-1:]
        word = _WORD_BEFORE.search(before[-40:])
        direct = word[1] if word and not _SAYS_NOTHING.fullmatch(word[1]) else ""
        labels = _LABELS.findall(before)[-1:]
        within = " ".join(name for _, name in self._outer).strip()
        inner = tuple(part.casefold() for part in (*(parts or [""]), direct, *(labels or [""]), within))
        around, shown = self._heading(), ""
        for each in (around, within, *labels, direct, *parts, behind):
            shown += f" {each}" if each and f" {each}".casefold() not in shown.casefold() else ""
        words = (*inner, around, behind.casefold())
        return Place(words, f"{shown} {self.metric}".strip(), (not any(inner), separated), unit)

    def cell(self, label: str, unit: str = "") -> Place:
        """Where the value of a table's row with this label stands: all rows are as plain."""
        around = self._heading()
        shown = " ".join(filter(None, (around, label, self.metric)))
        return Place(("", label, "", "", around, ""), shown, unit=unit)

    def _heading(self) -> str:
        return " ".join([self._section, *self._set.values()]).strip()


def label_of(document: Mapping[str, Any]) -> str:
    """What tells a document from others of its kind: `split train`, `fold 1`."""
    apart = {name: value for name, value in document.items() if APART.fullmatch(str(name))}
    return " ".join(f"{name} {value}" for name, value in apart.items() if isinstance(value, str | int))


def label_behind(text: str, at: int) -> str:
    """The label of a value that ends there, as in `acc: 0.9 (test)`; an empty one for none."""
    found = _BEHIND.match(text, at)
    return found["bracket"] or found["on"] or found["bare"] if found else ""


def may_open(text: bytes) -> bool:
    """Whether any line of the text, in small letters, may name what follows."""
    return any(head in text for head in _HEADS)

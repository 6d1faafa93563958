"""What can go wrong, for a person to read: every error that hpsearch raises on purpose.

HpsearchError               shown without a traceback; `exit_code` is the command's, `code` is for `hpsearch explain`
├── ConfigError             every mistake of a config at once, each with file, line and column
├── DataError               a data set that cannot be read or used
├── StoreError              a run folder that cannot be opened, written or read
│   ├── RunLockedError           another process is writing to this run
│   └── ConfigChangedError       the run was started with another config or other data
├── UsageError              a command that asks for something that is not there
├── BrokenRuleError         a value that breaks a rule: the text says the rule and the value, `fix` what to write
├── NoResultError           no trial of the run has succeeded: there is nothing to go by
├── SearchFailedError       trials fail, one like the other: going on would waste time
└── JobLostError            a batch gave no results; caught by the search, which tries again or notes the failure
    ├── WorkerDiedError          its process died
    ├── JobOutOfMemoryError      its process was killed for memory
    ├── JobTimedOutError         it ran past its time and was killed
    └── CheckpointLostError      what it goes on from is not there, or is not what was written
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_FAILED = re.compile(r"(.*) \[(R\d{3})\]", re.DOTALL)


def coded(text: str, code: str) -> str:
    """A text with its code, if it has one, at the end of its first line."""
    first, newline, rest = text.partition("\n")
    colon = ":" if newline and first.endswith(":") else ""
    return f"{first.removesuffix(colon)} [{code}]{colon}{newline}{rest}" if code else text


def uncoded(text: str) -> tuple[str, str]:
    """Why a trial failed, without its code, and the code; empty where it has none."""
    found = _FAILED.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


class HpsearchError(Exception):
    """An error for people: its text says where, the rule, the value and the fix; `code` is of this kind of error."""

    exit_code = 1
    code = ""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code or self.code

    @property
    def codes(self) -> list[str]:
        """What `hpsearch explain` may be asked for."""
        return [self.code] if self.code else []

    def shown(self) -> str:
        """Its text with its code."""
        return coded(str(self), self.code)


class DataError(HpsearchError):
    """A data set that cannot be read or used; `key` is the one of a config's `data:` to look at."""

    exit_code = 2
    code = "D102"

    def __init__(self, message: str, key: str = "path", *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.key = key


class StoreError(HpsearchError):
    """A run folder that cannot be opened, written or read."""

    code = "S104"


class RunLockedError(StoreError):
    """Another process is writing to this run."""

    code = "S101"


class ConfigChangedError(StoreError):
    """The run was started with another config or with other data."""

    exit_code = 2
    code = "S102"


class UsageError(HpsearchError):
    """A command that asks for something that is not there."""

    exit_code = 2
    code = "U101"


class BrokenRuleError(HpsearchError):
    """A value that breaks a rule: the text says the rule and the value, `fix` what to write instead."""

    exit_code = 2
    code = "C106"

    def __init__(self, message: str, fix: str = "", *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.fix = fix


class SearchFailedError(HpsearchError):
    """Trials fail, one like the other: going on would waste time; `reason` is the code of their failure, or empty."""

    code = "R101"

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def codes(self) -> list[str]:
        """That of the failures first."""
        return [code for code in (self.reason, self.code) if code]


class NoResultError(HpsearchError):
    """No trial of the run has succeeded, so there is nothing to go by."""

    code = "R111"


class JobLostError(HpsearchError):
    """A batch gave no results."""


class WorkerDiedError(JobLostError):
    """The process that trained a batch died."""

    code = "R110"


class JobOutOfMemoryError(JobLostError):
    """The process that trained a batch was killed because memory ran out."""

    code = "R107"


class JobTimedOutError(JobLostError):
    """A batch ran past its time and was killed."""

    code = "R108"


class CheckpointLostError(JobLostError):
    """The checkpoint that a job goes on from is not there, or is not what was written."""

    code = "R112"


@dataclass(frozen=True)
class Place:
    """Where something stands: line and column count from 1; both 0 where the source has no lines.

    source: a file, or an option of the command line; text: the line, of which `width` characters are meant.
    """

    source: str
    line: int = 0
    column: int = 0
    text: str = ""
    width: int = 1


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in a config: what and what to write instead; empty when the rule says it all."""

    place: Place
    message: str
    fix: str = ""
    code: str = BrokenRuleError.code

    def __str__(self) -> str:
        """The mistake as a compiler would print it."""
        place, where, lines = self.place, self.place.source, []
        if place.line:
            where = f"{where}:{place.line}:{place.column}"
            # A tab keeps its width under the caret when it stays a tab.
            indent = "".join("\t" if letter == "\t" else " " for letter in place.text[: place.column - 1])
            number = f"{place.line:>4}"
            lines = [f"{number} | {place.text}", f"{' ' * len(number)} | {indent}{'^' * place.width}"]
        return "\n".join(
            [coded(f"{where}: {self.message}", self.code), *lines, *(f"  {line}" for line in self.fix.splitlines())]
        )


class ConfigError(HpsearchError):
    """Every mistake of one config, in the order of its lines."""

    exit_code = 2

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.place.line, mistake.place.column))
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        super().__init__("\n\n".join([*map(str, self.mistakes), f"{count}; nothing was run."]))

    @property
    def codes(self) -> list[str]:
        """Those of the mistakes, each once."""
        return list(dict.fromkeys(mistake.code for mistake in self.mistakes))


def _nearest(word: str, known: Iterable[str]) -> str:
    """The known name that is close to a mistyped one; empty where none is."""
    folded = {name.lower().replace("-", "_"): name for name in known}
    close = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str], called: str = "known") -> str:
    """`did you mean X?` where one known name is close, else the list of them, `called` so; empty: no list."""
    names = list(known)
    if close := _nearest(word, names):
        return f"did you mean `{close}`?"
    return f"{called}: {', '.join(names)}" if names and called else ""


def by_word(table: Mapping[T, str]) -> dict[str, T]:
    """What is said here -> their words for it becomes their word -> what is said here."""
    return {word: ours for ours, words in table.items() for word in words.split()}

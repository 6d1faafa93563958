"""What only a shell does, which would reach the program of a command as arguments: `>`, `|`, `&&`, `$NAME`."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

from hpsearch.document import Invalid, show

_OPERATOR = re.compile(r"\d*>>?(?:&\d)?|&>>?|<{1,3}|\|[|&]?|&&?|;;?")
_REDIRECTION = re.compile(r"(?:\d*>>?|&>>?)[\w./~{$&-].*|<[\w./~{-][^>]*")
_JOINED = re.compile(r"[^;&|]+[;&|]")  # as in `{x};`
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
_OWN_VARIABLE = re.compile(rf"{_VARIABLE.pattern}(?:[/:].*)?")
_COMMAND = re.compile(r"`|\$\(")
_QUOTED = re.compile(r"""\\.|'[^']*'|("(?:\\.|[^"\\])*")""", re.DOTALL)
_SHELLS = re.compile(r"(?:ba|z|da|k|fi)?sh")
_CONTINUED = re.compile(r"(?<!\\)\\\n")


def joined_lines(text: str) -> str:
    """The text as one line where a backslash at the end of a line says so."""
    return _CONTINUED.sub(" ", text)


def refuse_in_text(text: str, words: Sequence[str], names: Collection[str]) -> None:
    """Raise Invalid where a command that is written as a text has what only a shell does, outside of quotes."""
    bare = _QUOTED.sub("_", text)
    for word in bare.split():
        if word == "#" or any(form.fullmatch(word) for form in (_OPERATOR, _REDIRECTION, _JOINED)):
            raise _invalid(word, text, "or, where the program is to have it as an argument, put quotes around it")
    # Within "" a shell puts variables in too; but one that is run itself may do it.
    open_to_it = bare if _runs_shell(words) else _QUOTED.sub(lambda found: found[1] or "_", text)
    if found := _VARIABLE.search(open_to_it) or _COMMAND.search(open_to_it):
        raise _invalid(found[0], text, "or, where it means itself, put '' around it", _placeholder(found[0], names))


def refuse_in_words(words: Sequence[str], names: Collection[str]) -> None:
    """Raise Invalid where a word of a list is what only a shell acts upon, and none is run."""
    if _runs_shell(words):
        return
    for word in words:
        if _OPERATOR.fullmatch(word) or _OWN_VARIABLE.fullmatch(word):
            itself = f"or, where the program is to have it as an argument, write a text: command: program '{word}'"
            raise _invalid(word, " ".join(words), itself, _placeholder(word, names))


def refuse_variable(value: str) -> None:
    """Raise Invalid where the value of a variable of the environment names another one, which stays a text."""
    if _OWN_VARIABLE.fullmatch(value):
        raise Invalid(f"{show(value)}: no variables are put in here", "write the value itself", code="C303")


def _runs_shell(words: Sequence[str]) -> bool:
    return any(_SHELLS.fullmatch(Path(a).name) and re.fullmatch(r"-\w*c", b) for a, b in pairwise(words))


def _placeholder(word: str, names: Collection[str]) -> str:
    found = _VARIABLE.match(word)
    near = [name for name in names if found and name.lower() == found[1].lower()]
    return f"{{{near[0]}}} is the value of the hyperparameter" if near else ""


def _invalid(word: str, text: str, itself: str, instead: str = "") -> Invalid:
    rule = f"{show(word)} is for a shell, and none runs the command"
    one_line = " ".join(text.split())
    script = f"write one: [sh, -c, {show(one_line)}]" if len(one_line) <= 50 else 'write one: [sh, -c, "..."]'
    return Invalid(rule, "\n".join(line for line in (instead, script, itself) if line), code="C303")

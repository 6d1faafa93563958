"""Reads `command:`: the user's own program, with every placeholder checked against the parameters."""

import re
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from hpsearch.config.keys import COMMAND
from hpsearch.document import Invalid, Mistakes, Node, show
from hpsearch.errors import did_you_mean
from hpsearch.objectives.command.running import CommandSettings, found_program
from hpsearch.objectives.command.template import ALL, BUILT_IN, FILES, CommandLine, placeholders

_EXAMPLE = 'command: [python, train.py, --lr, "{lr}"]'
_INTERPRETERS = re.compile(r"python[\d.]*|sh|bash|zsh|Rscript|julia|node|perl|ruby")
_MACROS = re.compile(r"\$\{[^{}]*\}")


def read_command(
    node: Node, parameters: Node, metric: str, folder: Path | None, mistakes: Mistakes
) -> CommandSettings | None:
    """The command; None, with a mistake noted, where nothing could be run.

    Args:
        node: what stands after `command:`.
        parameters: the parameters of the config, whose names are the placeholders.
        metric: the ranked metric, which a pattern has to find.
        folder: of the config, where the script is looked for; None not to look for anything.
        mistakes: takes in what is wrong.
    """
    before = len(mistakes.found)
    line_node = node.get("line") if node.is_mapping else node
    values = mistakes.section(node if node.is_mapping else None, COMMAND, "command")
    words: tuple[tuple[str, Node], ...] = ()
    with mistakes.noted("command", line_node or node):
        words = _words(line_node)
        if folder is not None:
            _check_files(words, folder)
    extra = _environment(node)
    names = list(parameters.keys)
    for text, place in (*words, *extra):
        with mistakes.noted("command", place):
            _check_placeholders(text, names)
    if len(mistakes.found) == before:
        _check_use([text for text, _ in (*words, *extra)], parameters, mistakes)
    pattern = values["pattern"]
    if pattern is not None and node.get("pattern") is not None:
        with mistakes.noted("command.pattern", node.value["pattern"]):
            _check_pattern(pattern, metric)
    if len(mistakes.found) > before:
        return None
    line = CommandLine(tuple(text for text, _ in words), values["booleans"])
    return CommandSettings(line, pattern, values["metrics_file"], values["environment"] or {})


def _words(node: Node | None) -> tuple[tuple[str, Node], ...]:
    """The words of the command with their places; those of a text share one."""
    if node is None or node.value in (None, "", []):
        raise Invalid("has no `line`: what is run?", _EXAMPLE)
    if node.is_list:
        words = tuple((_word(item), item) for item in node.value)
    elif isinstance(node.value, str):
        try:
            words = tuple((word, node) for word in shlex.split(node.value))
        except ValueError as err:
            raise Invalid(f"cannot be split into words: {err}", "or write it as a list of words") from err
    else:
        raise Invalid(f"must be a list of words or a text, got {show(node.plain())}", _EXAMPLE)
    return words


def _check_files(words: Sequence[tuple[str, Node]], folder: Path) -> None:
    """The program has to be there, and the script that an interpreter is given."""
    program, place = words[0]
    if not placeholders(program) and found_program(program) is None:
        raise Invalid(f"there is no program {show(program)} here or on PATH", _EXAMPLE, place)
    script, place = words[1] if len(words) > 1 else ("", place)
    named = _INTERPRETERS.fullmatch(Path(program).name) and script and not script.startswith("-")
    if named and not placeholders(script) and not any((each / script).exists() for each in (Path(), folder)):
        looked = f"it is looked for in the current directory and in {folder.resolve()}"
        raise Invalid(f"there is no file {show(script)}", looked, place)


def _word(node: Node) -> str:
    """A word as it stands in the file, so that 1e-3 stays 1e-3."""
    value: Any = node.value
    if isinstance(value, int | float):
        return node.place.text[node.place.column - 1 :][: node.place.width].strip() or str(value)
    if not isinstance(value, str):
        raise Invalid(f"each word must be a text, got {show(node.plain())}", "quote it", node)
    if "\0" in value:
        raise Invalid("a word cannot hold a zero byte", "", node)
    return value


def _environment(node: Node) -> list[tuple[str, Node]]:
    section = node.get("environment")
    return (
        [(str(item.value), item) for _, item in section.items()] if section is not None and section.is_mapping else []
    )


def _check_placeholders(word: str, names: Collection[str]) -> None:
    if word in ALL:
        return
    macro = _MACROS.search(word)
    if macro:
        raise Invalid(f"unknown word {show(word)}", f"{' or '.join(ALL)}, as a word of its own")
    for name in placeholders(word):
        if name not in names and name not in BUILT_IN:
            hint = did_you_mean(name, [*names, *BUILT_IN])
            raise Invalid(f"no parameter {{{name}}}", f"{hint}\nbraces that mean themselves are written {{{{ and }}}}")


def _check_use(words: Collection[str], parameters: Node, mistakes: Mistakes) -> None:
    """Note the parameters that never reach the program; without any placeholder it reads them from HPSEARCH_PARAMS."""
    used = {name for word in words for name in placeholders(word)}
    if any(word in ALL for word in words) or used & set(FILES) or not used & set(parameters.keys):
        return
    for name, place in parameters.keys.items():
        if name not in used:
            fix = f'add --{name} "{{{name}}}" to the command, or "${{args}}" for all parameters'
            mistakes.at(place, f"parameters.{name}: the command never uses it", fix)


def _check_pattern(pattern: str, metric: str) -> None:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as err:
        raise Invalid(f"{show(pattern)} is no regular expression: {err}") from err
    groups = compiled.groupindex
    if metric not in groups and (groups or compiled.groups != 1):
        name = metric if metric.isidentifier() else "NAME"
        raise Invalid(f"{show(pattern)} has no group `{metric}`", rf"for example: '{name}=(?P<{name}>\S+)'")

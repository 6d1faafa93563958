"""Reads `command:`: the user's own program, with every placeholder checked against the parameters."""

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from hpsearch.document import Invalid, Key, Mistakes, Node, given, show
from hpsearch.errors import did_you_mean
from hpsearch.objectives.command.program import LINE_SCHEMA, Program, found_program
from hpsearch.objectives.command.shell import joined_lines, refuse_in_text, refuse_in_words, refuse_variable
from hpsearch.objectives.command.template import ALL, BUILT_IN, FILES, CommandLine, argument, lone_brace, placeholders
from hpsearch.objectives.folder import RUN, TRIAL, variables
from hpsearch.objectives.objective import Objective, ObjectiveSettings
from hpsearch.space import Space
from hpsearch.trial import Job, Metric, Trial

_EXAMPLE = 'command: [python, train.py, --lr, "{lr}"]'
_LONGEST = 120_000  # bytes; Linux gives a program words and variables of at most 128 KiB each
_INTERPRETERS = re.compile(r"python[\d.]*|sh|bash|zsh|Rscript|julia|node|perl|ruby")
_MACROS = re.compile(r"\$\{([^{}:]*)[^{}]*\}")
_INSTEAD = {
    "args_json_file": '"{params_file:json}" is the path of a JSON file with all parameters',
    "env": "leave it out: the program is looked for on PATH and has the environment that hpsearch has",
    "envvar": "leave it out: the program has the environment that hpsearch has, and `environment:` adds to it",
    "interpreter": "write the interpreter itself, such as python",
    "program": "write the name of the script itself, such as train.py",
}
"""Words that W&B has and we have not -> what does the same here."""


@dataclass(frozen=True)
class CommandSettings(ObjectiveSettings):
    """A program of the user's own."""

    program: Program
    name: ClassVar[str] = "command"
    keys: ClassVar[Mapping[str, Key]] = {
        "command": Key(
            "what is trained: a program of yours, as a list of words, a text, or a mapping", schema=LINE_SCHEMA
        )
    }
    sections: ClassVar[Mapping[str, type]] = {"command": Program}
    example: ClassVar[str] = f"{_EXAMPLE}        a program of yours"
    keeps_time: ClassVar[bool] = True

    @classmethod
    def read(cls, root: Node, metric: str, folder: Path, mistakes: Mistakes, *, on_site: bool) -> Self | None:
        """The command, with every placeholder checked against the parameters; see ObjectiveSettings."""
        node, before = root.value["command"], len(mistakes.found)
        line_node = node.get("line") if node.is_mapping else node
        values = mistakes.section(node if node.is_mapping else None, Program, "command")
        section, parameters = node.get("environment"), root.get("parameters") or Node({}, root.place)
        words: list[tuple[str, Node]] = []
        with mistakes.noted("command", line_node or node):
            words = _words(line_node)
            if on_site:
                _check_files(words, folder)
                _check_shell(words, line_node, list(parameters.keys))
        extra = [(str(item.value), item) for _, item in section.value.items()] if section and section.is_mapping else []
        for word, place in (*words, *extra):
            with mistakes.noted("command", place):
                _check_placeholders(word, list(parameters.keys))
                if on_site and (brace := lone_brace(word)):
                    rule = f"{show(word)}: the {brace} is not {'closed' if brace == '{' else 'opened'}"
                    raise Invalid(
                        rule,
                        "{NAME} is a hyperparameter; braces that mean themselves are written {{ and }}",
                        code="C302",
                    )
        for value, place in extra if on_site else ():
            with mistakes.noted("command.environment", place):
                refuse_variable(value)
        for name, place in section.keys.items() if section and extra else ():
            if not name or set(name) & {"=", "\0"}:
                mistakes.at(place, f"command.environment: {show(name)} is no name of a variable")
        if len(mistakes.found) == before:
            _check_use([word for word, _ in (*words, *extra)], parameters, mistakes)
        if values["pattern"] is not None:
            with mistakes.noted("command.pattern", node.value["pattern"]):
                _check_pattern(values["pattern"], metric)
        if len(mistakes.found) > before:
            return None
        return cls(Program(**values | {"line": tuple(word for word, _ in words)}))

    @classmethod
    def check(cls, root: Node, space: Space, mistakes: Mistakes) -> None:
        """Note the values that no program can be given."""
        node, longest = root.get("parameters") or Node({}, root.place), 0
        for name, distribution in ((p.name, p.distribution) for p in space.parameters):
            values = distribution.grid(2 if distribution.scale else distribution.size or 1)
            texts = [argument(value) for value in values]
            if any("\0" in each for each in texts):
                mistakes.at(
                    node.value[name].place, f"parameters.{name}: a program cannot be given a zero byte", code="C303"
                )
            longest += len(name) + max(len(each.encode()) for each in texts)
        if longest > _LONGEST:
            rule = f"parameters: the values of a trial are up to {longest:,} bytes, a program takes {_LONGEST:,}"
            mistakes.at(node.place, rule, "pass the path of a file that holds them", code="C303")

    def identity(self) -> Mapping[str, Any]:
        """The words and all that is read or set beside them."""
        rest = {key: value for key, value in given(self.program).items() if key not in ("line", "booleans")}
        return {"command": {"line": CommandLine(self.program.line, self.program.booleans), **rest}}

    @property
    def booleans(self) -> str:
        """As the config says; see ObjectiveSettings."""
        return self.program.booleans

    def command(self, trial: Trial, run: Path, beside: Path) -> tuple[Mapping[str, str], list[str]]:
        """As the search ran it, without the marks by which it finds its processes."""
        from hpsearch.objectives.command.running import CommandObjective

        job = Job(trial, start=trial.branch)
        _, words, own = CommandObjective(self.program, Metric(""), run, beside).prepared(job)
        return own | {
            name: value for name, value in variables(run, job).items() if value and name not in (RUN, TRIAL)
        }, words

    def objective(
        self,
        metric: Metric,
        run: Path,
        beside: Path,
        timeout: float | None,
        network: str | None = None,  # noqa: ARG002
    ) -> Objective:
        """A run of the program for each trial."""
        from hpsearch.objectives.command.running import CommandObjective

        return CommandObjective(self.program, metric, run, beside, timeout)


def _words(node: Node | None) -> list[tuple[str, Node]]:
    """The words of the command with their places; those of a text share one."""
    if node is None or node.value in (None, []) or not str(node.value).strip():
        raise Invalid("has no `line`: what is run?", _EXAMPLE, code="C105")
    if node.is_list:
        return [(_word(item), item) for item in node.value]
    if not isinstance(node.value, str):
        raise Invalid(f"must be a list of words or a text, got {show(node.plain())}", _EXAMPLE)
    try:
        return [(word, node) for word in shlex.split(joined_lines(node.value))]
    except ValueError as err:
        raise Invalid(f"cannot be split into words: {err}", "or write it as a list of words", code="C303") from err


def _check_files(words: Sequence[tuple[str, Node]], folder: Path) -> None:
    """The program has to be there, and the script that an interpreter is given."""
    program, place = words[0]
    if not placeholders(program) and found_program(program) is None:
        raise Invalid(f"there is no program {show(program)} here or on PATH", _EXAMPLE, place, code="C301")
    script, place = words[1] if len(words) > 1 else ("", place)
    named = _INTERPRETERS.fullmatch(Path(program).name) and script and not script.startswith("-")
    if named and not placeholders(script) and not any((each / script).exists() for each in (Path(), folder)):
        looked = f"it is looked for in the current directory and in {folder.resolve()}"
        raise Invalid(f"there is no file {show(script)}", looked, place, code="C301")


def _check_shell(words: Sequence[tuple[str, Node]], node: Node | None, names: Collection[str]) -> None:
    plain = [word for word, _ in words]
    if node is not None and isinstance(node.value, str):
        refuse_in_text(joined_lines(node.value), plain, names)
    else:
        refuse_in_words(plain, names)


def _word(node: Node) -> str:
    """A word as it stands in the file, so that 1e-3 stays 1e-3."""
    value: Any = node.value
    if isinstance(value, int | float):
        return node.place.text[node.place.column - 1 :][: node.place.width].strip() or str(value)
    if not isinstance(value, str):
        raise Invalid(f"each word must be a text, got {show(node.plain())}", "quote it", node, code="C303")
    return value


def _check_placeholders(word: str, names: Collection[str]) -> None:
    if "\0" in word:
        raise Invalid("a program cannot be given a zero byte", "leave it out", code="C303")
    if word in ALL:
        return
    if macro := _MACROS.search(word):
        ours = f"{', '.join(ALL)} stand for all parameters, each as a word of its own"
        raise Invalid(f"unknown word {show(word)}", _INSTEAD.get(macro.group(1), ours), code="C302")
    for name in placeholders(word):
        if name not in names and name not in BUILT_IN:
            hint = did_you_mean(name, [*names, *BUILT_IN])
            raise Invalid(
                f"no parameter {{{name}}}",
                f"{hint}\nbraces that mean themselves are written {{{{ and }}}}",
                code="C302",
            )


def _check_use(words: Collection[str], parameters: Node, mistakes: Mistakes) -> None:
    """Note the parameters that never reach the program; without any placeholder it reads them from HPSEARCH_PARAMS."""
    used = {name for word in words for name in placeholders(word)}
    if any(word in ALL for word in words) or used & {*FILES} or not used & {*parameters.keys}:
        return
    for name, place in parameters.keys.items():
        if name not in used:
            fix = f'add --{name} "{{{name}}}" to the command, or "${{args}}" for all parameters'
            mistakes.at(place, f"parameters.{name}: the command never uses it", fix, code="C302")


def _check_pattern(pattern: str, metric: str) -> None:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as err:
        raise Invalid(f"{show(pattern)} is no regular expression: {err}", code="C304") from err
    groups = compiled.groupindex
    if metric not in groups and (groups or compiled.groups != 1):
        name = metric if metric.isidentifier() else "NAME"
        raise Invalid(
            f"{show(pattern)} has no group `{metric}`", rf"for example: '{name}=(?P<{name}>\S+)'", code="C304"
        )

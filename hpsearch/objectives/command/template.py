"""A command as the config writes it, and the arguments that it becomes for a trial: never text for a shell.

    [python, train.py, --lr, "{lr}"]        placeholders are hyperparameters by name
    python train.py --lr {lr}               split like a shell splits it, and run without one
    [python, train.py, "${args}"]           --lr=0.01 --layers=2
    [python, train.py, "{params_file}"]     a YAML file with the hyperparameters; {params_file:json}: JSON

A hyperparameter that does not exist in a trial, or is null in it, takes its argument with it, and the option before
that. Braces themselves are written {{ and }}.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hpsearch.document import written
from hpsearch.objectives.folder import CARRIED

BOOLEANS = ("pair", "value", "presence")
"""How a true and a false become a flag: --bn/--no-bn; --bn=true/--bn=false; --bn/nothing."""

ARGS, NO_HYPHENS, NO_BOOLEANS, AS_JSON = ("${args}", "${args_no_hyphens}", "${args_no_boolean_flags}", "${args_json}")
ALL = (ARGS, NO_HYPHENS, NO_BOOLEANS, AS_JSON)
"""Words that become all hyperparameters, as W&B has them.

They are --lr=0.01 --bn=true; lr=0.01 bn=true; --lr=0.01 --bn, where --bn stands for true and nothing for false; and one
word of JSON.
"""

FILES = ("params_file", "params_file:yaml", "params_file:json")
BUILT_IN = (*FILES, "trial", "seed", "trial_dir", *CARRIED)
"""Placeholders that are no hyperparameters; a hyperparameter of the same name comes first."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def placeholders(word: str) -> list[str]:
    """Names of the placeholders in a word."""
    return [found.group(1) for found in _PLACEHOLDER.finditer(word) if found.group(1) is not None]


def lone_brace(word: str) -> str:
    """The first brace of a word that belongs to no placeholder and stands alone; empty where there is none."""
    return next((found[0] for found in re.finditer(r"[{}]", _PLACEHOLDER.sub("", word))), "")


def text(value: Any) -> str:
    """A value as programs read it: true and false in small letters, lists as JSON, null as an empty text."""
    return "" if value is None else written(value)


def argument(value: Any) -> str:
    """A value as an argument: a negative number in plain digits.

    Before Python 3.14 argparse takes -5e-05 for an option, and -0.00005 for the number that it is.
    """
    plain = text(value)
    return format(Decimal(plain), "f") if isinstance(value, float) and value < 0 else plain


@dataclass(frozen=True)
class CommandLine:
    """The words of a command, and how its flags are written."""

    words: tuple[str, ...]
    booleans: str = "value"

    def arguments(self, params: Mapping[str, Any], built_in: Mapping[str, str]) -> list[str]:
        """The program and its arguments for one trial; built_in: values of the other placeholders."""
        there = {name: value for name, value in params.items() if value is not None}
        known = {*there, *(name for name in built_in if name not in params)}
        line: list[str] = []
        for word in self.words:
            names = placeholders(word)
            alone = word[1:-1] if names == [word[1:-1]] else None
            if word in ALL:
                line += [text(dict(params))] if word == AS_JSON else self._all(word, there)
            elif not known.issuperset(names):
                if alone and len(line) > 1 and line[-1].startswith("-") and "=" not in line[-1]:
                    line.pop()  # the option before an argument that does not exist goes with it
            elif alone and self.booleans != "value" and isinstance(there.get(alone), bool):
                line += _flag(alone, there[alone], self.booleans)
            else:
                line.append(fill(word, there, built_in, argument))
        return line

    def _all(self, word: str, params: Mapping[str, Any]) -> Iterator[str]:
        booleans = {NO_BOOLEANS: "presence", NO_HYPHENS: "value"}.get(word, self.booleans)
        hyphens = "" if word == NO_HYPHENS else "--"
        for name, value in params.items():
            if isinstance(value, bool) and booleans != "value":
                yield from _flag(name, value, booleans)
            else:
                yield f"{hyphens}{name}={argument(value)}"


def _flag(name: str, value: bool, booleans: str) -> list[str]:
    if value:
        return [f"--{name}"]
    return [f"--no-{name}"] if booleans == "pair" else []


def fill(word: str, params: Mapping[str, Any], built_in: Mapping[str, str], write: Callable[[Any], str] = text) -> str:
    """A word with its placeholders replaced; a hyperparameter that does not exist leaves nothing."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group()[0]
        return write(params[name]) if name in params else built_in.get(name, "")

    return _PLACEHOLDER.sub(value, word)


def params_files(folder: Path, names: Collection[str]) -> dict[str, Path]:
    """Where the files are that the placeholders among `names` ask for, by placeholder."""
    return {name: folder / f"params.{'json' if name.endswith('json') else 'yaml'}" for name in FILES if name in names}


def write_params(paths: Iterable[Path], params: Mapping[str, Any]) -> None:
    """Write these files."""
    plain = json.loads(json.dumps(dict(params)))  # YAML knows no subclasses of numbers
    for path in paths:
        dump = json.dumps(plain, indent=2) if path.suffix == ".json" else yaml.safe_dump(plain, sort_keys=False)
        path.write_text(dump, encoding="utf-8")

"""A command as the config writes it, and the arguments that it becomes for a trial: never text for a shell.

    [python, train.py, --lr, "{lr}"]        placeholders are hyperparameters by name
    python train.py --lr {lr}               split like a shell splits it, and run without one
    [python, train.py, "${args}"]           --lr=0.01 --layers=2
    [python, train.py, "{params_file}"]     a YAML file with the hyperparameters; {params_file:json}: JSON

A hyperparameter that does not exist in a trial takes its argument with it, and the option before that. Braces
themselves are written {{ and }}.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hpsearch.document import written

BOOLEANS = ("pair", "value", "presence")
"""How a true and a false become a flag: --bn/--no-bn; --bn=true/--bn=false; --bn/nothing."""

ALL = ("${args}", "${args_no_hyphens}")
"""Words that become all hyperparameters: --lr=0.01 --layers=2, and lr=0.01 layers=2."""

FILES = ("params_file", "params_file:yaml", "params_file:json")
BUILT_IN = (*FILES, "trial", "seed", "trial_dir")
"""Placeholders that are no hyperparameters; a hyperparameter of the same name comes first."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def placeholders(word: str) -> list[str]:
    """Names of the placeholders in a word."""
    return [found.group(1) for found in _PLACEHOLDER.finditer(word) if found.group(1) is not None]


def text(value: Any) -> str:
    """A value as an argument: true and false in small letters, lists as JSON, nothing as an empty text."""
    return "" if value is None else written(value)


@dataclass(frozen=True)
class CommandLine:
    """The words of a command, and how its flags are written."""

    words: tuple[str, ...]
    booleans: str = "value"

    def arguments(self, params: Mapping[str, Any], built_in: Mapping[str, str]) -> list[str]:
        """The program and its arguments for one trial; built_in: values of the other placeholders."""
        line: list[str] = []
        for word in self.words:
            names = placeholders(word)
            alone = word[1:-1] if names == [word[1:-1]] else None
            if word in ALL:
                line += self._all(params, "--" if word == ALL[0] else "")
            elif any(name not in params and name not in built_in for name in names):
                if alone and len(line) > 1 and line[-1].startswith("-") and "=" not in line[-1]:
                    line.pop()  # the option before an argument that does not exist goes with it
            elif alone and self.booleans != "value" and isinstance(params.get(alone), bool):
                line += self._flag(alone, params[alone])
            else:
                line.append(fill(word, params, built_in))
        return line

    def _all(self, params: Mapping[str, Any], hyphens: str) -> Iterator[str]:
        for name, value in params.items():
            if isinstance(value, bool) and hyphens and self.booleans != "value":
                yield from self._flag(name, value)
            else:
                yield f"{hyphens}{name}={text(value)}"

    def _flag(self, name: str, value: bool) -> list[str]:
        if value:
            return [f"--{name}"]
        return [f"--no-{name}"] if self.booleans == "pair" else []


def fill(word: str, params: Mapping[str, Any], built_in: Mapping[str, str]) -> str:
    """A word with its placeholders replaced; a hyperparameter that does not exist leaves nothing."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group()[0]
        return text(params[name]) if name in params else built_in.get(name, "")

    return _PLACEHOLDER.sub(value, word)


def write_params(folder: Path, names: Sequence[str], params: Mapping[str, Any]) -> dict[str, str]:
    """Write the files that the placeholders among `names` ask for; placeholder -> path."""
    paths: dict[str, str] = {}
    plain = json.loads(json.dumps(dict(params)))  # YAML knows no subclasses of numbers
    for name in [name for name in FILES if name in names]:
        path = folder / ("params.json" if name.endswith("json") else "params.yaml")
        dump = json.dumps(plain, indent=2) if name.endswith("json") else yaml.safe_dump(plain, sort_keys=False)
        path.write_text(dump, encoding="utf-8")
        paths[name] = str(path)
    return paths

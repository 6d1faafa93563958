"""Writes the reference from the tables that the reader of a config goes by, and from the help of the commands.

Writes the page of errors too, from the table that `hpsearch explain` goes by.

python docs/reference.py            # print both
python docs/reference.py --write    # put them into docs/reference.md and docs/errors.md
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from hpsearch.cli import COMMANDS, cli
from hpsearch.codes import GROUPS, Explanation
from hpsearch.config.keys import PARAMETER, TOP, sections
from hpsearch.document import Key
from hpsearch.nn import Hyperparameter
from hpsearch.objectives import HYPERPARAMETERS

HEAD = """\
# Reference

Written by `python docs/reference.py --write` from the tables that the reader of a config goes by and from the help of
the commands; a test compares. What the words mean is in [config.md](config.md),
[network.md](network.md) and [commands.md](commands.md).
"""


ERRORS = """\
# Errors

Each message ends its first line with a code in brackets, such as [C104]. `hpsearch explain C104` prints what stands
here: what the code means, why the rule is there, what to do, and an example. Codes stay what they are from version to
version. In the data of a report, `error_code` is that of a trial (`hpsearch report --where 'error_code == "R109"'`).

Written by `python docs/reference.py --write` from the tables in [hpsearch/codes](../hpsearch/codes/__init__.py); tests
compare, and run the examples.
"""


def errors() -> str:
    """The page of errors as Markdown."""
    parts = [
        "\n".join([f"## {title}\n", *(_explained(code, each) for code, each in codes.items())])
        for title, codes in GROUPS.items()
    ]
    return "\n".join([ERRORS, *parts]).rstrip() + "\n"


def _explained(code: str, each: Explanation) -> str:
    examples = {"wrong": each.wrong, "right": each.right}
    shown = [f"{title}:\n\n```\n{text}\n```\n" for title, text in examples.items() if text]
    return "\n".join(
        [f"### {code}: {each.title}\n", f"{_wrapped(each.cause)}\n", f"{_wrapped(f'Fix: {each.fix}')}\n", *shown]
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def reference() -> str:
    """The reference as Markdown."""
    parts = {
        "Keys of a config": _config(),
        "Hyperparameters of the built-in network": _network(),
        "Commands": _commands(),
    }
    text = "\n".join([HEAD, *("\n".join([f"## {title}\n", *lines, ""]) for title, lines in parts.items())])
    return f"{text.rstrip()}\n"


def _config() -> Iterator[str]:
    yield "| key | meaning | default |"
    yield "|---|---|---|"
    yield from _rows("", TOP, {})
    for section, (keys, defaults) in sections().items():
        yield from _rows(f"{section}.", keys, defaults)
    for name, key in PARAMETER.items():
        yield f"| `{name}` | of a parameter: {_escaped(key.doc)} | |"


def _rows(prefix: str, keys: Mapping[str, Key], defaults: Mapping[str, Any]) -> Iterator[str]:
    for name, key in keys.items():
        value = defaults.get(name)
        default = "" if value in (None, (), {}) else f"`{json.dumps(value)}`".replace('"', "")
        yield f"| `{prefix}{name}` | {_escaped(key.doc)} | {default} |"


def _network() -> Iterator[str]:
    yield "| hyperparameter | meaning | default | tier | has an effect |"
    yield "|---|---|---|---|---|"
    for name, known in HYPERPARAMETERS.items():
        default = "" if known.default is None else json.dumps(known.default).strip('"')
        yield f"| `{name}` | {_escaped(_meaning(known))} | {default} | {known.tier or '-'} | {_used(known)} |"


def _meaning(known: Hyperparameter) -> str:
    words = ", ".join(json.dumps(option).strip('"') for option in known.options)
    return f"{known.doc}: {words}" if words else known.doc


def _used(known: Hyperparameter) -> str:
    pairs = [f"{name} is {' or '.join(json.dumps(v) for v in values)}" for name, values in known.used.items()]
    return "where " + " and ".join(pairs).replace('"', "") if pairs else "always"


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is None:
            raise LookupError(name)
        arguments = [_argument(p) for p in command.params if isinstance(p, click.Argument)]
        yield f"### `{' '.join(['hpsearch', name, *arguments])}`\n"
        yield f"{_text(command.help or '')}\n"
        options = [p for p in command.params if isinstance(p, click.Option)]
        if options:
            yield "| option | meaning | default |\n|---|---|---|"
            yield "\n".join(f"| {_option(p)} | {_escaped(p.help or '')} | {_default(p)} |" for p in options) + "\n"


def _argument(param: click.Argument) -> str:
    word = (param.name or "").upper() + ("..." if param.nargs < 0 else "")
    return word if param.required else f"[{word}]"


def _text(help_text: str) -> str:
    """A docstring whose example, which stands behind a mark of click's, is a block of code."""
    paragraphs = [re.sub(r"^\x08\s*", "", p) for p in re.split(r"\n\s*\n", cleandoc(help_text))]
    return "\n\n".join(_example(p) if p.startswith("Example:") else p for p in paragraphs)


def _example(paragraph: str) -> str:
    lines = [re.sub("^ {2}", "", line) for line in paragraph.splitlines()[1:]]
    return "\n".join(["```sh", *lines, "```"])


def _option(param: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in [*param.opts, *param.secondary_opts])
    if param.is_flag:
        return names
    choices = getattr(param.type, "choices", ())
    return f"{names} {_escaped(param.metavar or '|'.join(choices) or _KINDS.get(param.type.name, 'TEXT'))}"


_KINDS = {"integer range": "NUMBER", "float range": "NUMBER", "file": "FILE", "directory": "FOLDER"}


def _default(param: click.Option) -> str:
    variable = f" or `${param.envvar}`" if param.show_envvar else ""
    return f"`{param.default}`{variable}" if param.show_default else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for name, text in {"reference.md": reference(), "errors.md": errors()}.items():
        if "--write" in sys.argv:
            Path(__file__).with_name(name).write_text(text, encoding="utf-8")
        else:
            print(text, end="")

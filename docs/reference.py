"""Writes README's reference of config keys and hyperparameters from the tables that the reader goes by.

python docs/reference.py            # print it
python docs/reference.py --write    # put it into README.md
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hpsearch.config.keys import PARAMETER, TOP, sections
from hpsearch.document import Key
from hpsearch.nn import Hyperparameter
from hpsearch.objectives import HYPERPARAMETERS

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- reference: docs/reference.py writes what follows -->", "<!-- end of reference -->"


def reference() -> str:
    """The reference as Markdown."""
    return "\n".join([*_config(), "", *_network()])


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


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def written(readme: str) -> str:
    """README with the reference as it is now."""
    head, _, rest = readme.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{reference()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    if "--write" in sys.argv:
        README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(reference())

"""What a config says of a program, and where the program is: what reading a config and running it share."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from hpsearch.document import Key, OneOf, Text, Words
from hpsearch.objectives.command.template import BOOLEANS

_WORD_OR_WORDS = {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}

LINE_SCHEMA: Mapping[str, Any] = {"anyOf": [{"type": "string"}, _WORD_OR_WORDS]}
"""JSON Schema of a command: a text, or a list of words."""


@dataclass(frozen=True)
class Program:
    """What a config says of a program."""

    line: Annotated[
        tuple[str, ...],
        Key(
            "the program and its arguments; {NAME} is the value of a hyperparameter, ${args} all of them",
            schema=LINE_SCHEMA,
            required=True,
        ),
    ]
    booleans: Annotated[
        str, Key("flags of true and false: --bn/--no-bn, --bn=true, or --bn/nothing", OneOf(BOOLEANS))
    ] = "value"
    pattern: Annotated[
        str | None, Key("regular expression whose named groups are metrics", Text(form="a regular expression"))
    ] = None
    metrics_file: Annotated[
        str | None, Key("JSON file of metrics that the program writes into its HPSEARCH_DIR", Text(form="a path"))
    ] = None
    environment: Annotated[
        Mapping[str, str], Key("more environment variables, placeholders allowed", Words(Text(form="a text")))
    ] = field(default_factory=dict)


def found_program(word: str) -> str | None:
    """Where a program is; None where there is none. Python is found even where PATH does not name it."""
    return shutil.which(word) or (sys.executable if word in ("python", "python3") else None)

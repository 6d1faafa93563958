"""What a config is written in: YAML text -> nodes with their places, kinds of values, declared keys, mistakes."""

from hpsearch.document.keys import Key, Mistakes
from hpsearch.document.kinds import (
    Boolean,
    Duration,
    Either,
    Integer,
    Invalid,
    Kind,
    ListOf,
    Number,
    OneOf,
    Text,
    Words,
    read_duration,
)
from hpsearch.document.nodes import Node, Place, parse
from hpsearch.document.scalars import is_number, scalar, show

__all__ = [
    "Boolean",
    "Duration",
    "Either",
    "Integer",
    "Invalid",
    "Key",
    "Kind",
    "ListOf",
    "Mistakes",
    "Node",
    "Number",
    "OneOf",
    "Place",
    "Text",
    "Words",
    "is_number",
    "parse",
    "read_duration",
    "scalar",
    "show",
]

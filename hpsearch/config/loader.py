"""YAML text -> a tree of nodes that remember their place; scalars mean what people take them to mean.

PyYAML's own resolver reads `1e-4` as a string, `no` as false, `010` as 8 and `12:30` as 750, and lets the second
of two equal keys win. Here numbers are numbers, only true and false are booleans, and a key stands once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from hpsearch.errors import ConfigError, Mistake

__all__ = ["Node", "Place", "parse"]

_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_HEX = re.compile(r"[-+]?0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", "+.inf", ".Inf"], float("inf")),
    **dict.fromkeys(["-.inf", "-.Inf"], float("-inf")),
    **dict.fromkeys([".nan", ".NaN"], float("nan")),
}
_TAG = "tag:yaml.org,2002:"
_MOST_NODES = 200_000  # a few lines of nested aliases can stand for billions of nodes


@dataclass(frozen=True)
class Place:
    """Where something stands: line and column count from 1; both 0 where the source has no lines."""

    source: str
    line: int = 0
    column: int = 0
    text: str = ""
    width: int = 1

    def mistake(self, message: str, fix: str = "") -> Mistake:
        """A mistake at this place."""
        return Mistake(message, fix, self.source, self.line, self.column, self.text, self.width)


@dataclass
class Node:
    """A scalar, a list of nodes or a mapping of nodes, with its place and those of its keys."""

    value: Any
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, list)

    def plain(self) -> Any:
        """The tree as plain Python data."""
        if self.is_mapping:
            return {key: node.plain() for key, node in self.value.items()}
        if self.is_list:
            return [node.plain() for node in self.value]
        return self.value

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The entries of a mapping."""
        return iter(self.value.items())

    def get(self, key: str) -> "Node | None":
        """The entry of a mapping, or None."""
        found = self.value.get(key) if self.is_mapping else None
        return found if isinstance(found, Node) else None


def parse(text: str, source: str, mistakes: list[Mistake] | None = None) -> Node:
    """Read one YAML document; where `mistakes` is given, what does not stop the reading is noted there.

    Raises:
        ConfigError: the text is no YAML; or, without `mistakes`, it holds an unknown tag or repeats a key.
    """
    reader = _Reader(text, source)
    root = reader.read()
    if mistakes is None and reader.mistakes:
        raise ConfigError(reader.mistakes)
    if mistakes is not None:
        mistakes += reader.mistakes
    return root


def scalar(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        if _INTEGER.match(text):
            return int(text)
        if _HEX.match(text):
            return int(text, 16)
        return float(text) if _FLOAT.match(text) else text
    except ValueError:  # a number of thousands of digits, or stray underscores
        return text


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.lines = text.splitlines()
        self.text = text
        self.source = source
        self.mistakes: list[Mistake] = []
        self._open: set[int] = set()
        self._count = 0

    def read(self) -> Node:
        try:
            root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as err:
            mark = err.problem_mark or err.context_mark
            place = self.place(mark, mark) if mark else Place(self.source)
            reason = ", ".join(part for part in (err.context, err.problem) if part)
            raise ConfigError([place.mistake(f"this is not YAML: {reason}", _hint(err, place))]) from err
        except (yaml.YAMLError, RecursionError) as err:
            reason = "nested too deeply" if isinstance(err, RecursionError) else " ".join(str(err).split())
            raise ConfigError([Place(self.source).mistake(f"this is not YAML: {reason}")]) from err
        if root is not None:
            return self.node(root)
        return Node({}, Place(self.source, 1, 1, self.lines[0] if self.lines else ""))

    def place(self, start: yaml.Mark, end: yaml.Mark) -> Place:
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        width = end.column - start.column if end.line == start.line else len(text.rstrip()) - start.column
        return Place(self.source, start.line + 1, start.column + 1, text, max(1, width))

    def node(self, raw: yaml.Node) -> Node:
        place = self.place(raw.start_mark, raw.end_mark)
        self._count += 1
        if id(raw) in self._open or self._count > _MOST_NODES:
            what = (
                "an alias stands inside its own anchor" if id(raw) in self._open else "the aliases stand for too much"
            )
            if not self.mistakes or self.mistakes[-1].message != what:
                self.mistakes.append(place.mistake(what))
            return Node(None, place)
        self._open.add(id(raw))
        try:
            if isinstance(raw, yaml.MappingNode):
                return self.mapping(raw, place)
            if isinstance(raw, yaml.SequenceNode):
                return Node([self.node(item) for item in raw.value], place)
            assert isinstance(raw, yaml.ScalarNode)  # noqa: S101  YAML has three kinds of nodes
            return Node(self.scalar(raw, place), place)
        finally:
            self._open.discard(id(raw))

    def mapping(self, raw: yaml.MappingNode, place: Place) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        merged: list[Node] = []
        for key_node, value_node in raw.value:
            key_place = self.place(key_node.start_mark, key_node.end_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(key_place.mistake("a key must be a name", "quote it, or give it a name"))
                continue
            key, value = str(key_node.value), self.node(value_node)
            if key == "<<" and key_node.style is None:
                merged += value.value if value.is_list else [value]
            elif key in entries:
                first = f"first written in line {keys[key].line}"
                self.mistakes.append(key_place.mistake(f"`{key}` stands twice; {first}", "keep one of the two"))
            else:
                entries[key], keys[key] = value, key_place
        for node in merged:
            if node.is_mapping:
                entries = {**node.value, **entries}
                keys = {**node.keys, **keys}
        return Node(entries, place, keys)

    def scalar(self, raw: yaml.ScalarNode, place: Place) -> Any:
        text = str(raw.value)
        if raw.style in ("'", '"', "|", ">"):
            return text
        explicit = self.text[raw.start_mark.index : raw.start_mark.index + 1] == "!"
        if not explicit:
            return scalar(text)
        if raw.tag == _TAG + "str":
            return text
        if raw.tag in (_TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null"):
            return scalar(text)
        self.mistakes.append(place.mistake(f"unknown tag {raw.tag}", "leave the tag out"))
        return None


def _hint(err: yaml.MarkedYAMLError, place: Place) -> str:
    if "\t" in place.text:
        return "YAML indents with spaces, not with tabs"
    if "mapping values are not allowed" in str(err.problem):
        return "a `:` inside a value needs quotes around the value"
    return ""

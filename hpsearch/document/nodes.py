"""YAML text -> a tree of nodes that remember their place; scalars mean what people take them to mean.

PyYAML lets the second of two equal keys win, follows aliases without end and knows tags that make Python objects.
Here a key stands once, and a tag is a mistake.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from hpsearch.document.scalars import scalar
from hpsearch.errors import ConfigError, Mistake, Place

_TAG = "tag:yaml.org,2002:"
_VALUE_TAGS = {_TAG + name for name in ("int", "float", "bool", "null")}
_COLLECTION_TAGS = {"", _TAG + "map", _TAG + "seq"}
_MOST_NODES = 200_000  # a few lines of nested aliases can stand for billions of nodes
_DEEPEST = 60
_TOO_DEEP = "nested too deeply"
_HINTS = {
    "mapping values are not allowed": "a `:` inside a value needs quotes around the value, "
    "and lines of one mapping the same indentation",
    "expected ',' or": "a bracket is not closed, or a comma is missing",
    "quoted.*found unexpected end of stream": "a quote is not closed",
}
"""What PyYAML says, as a pattern -> what to do."""


@dataclass
class Node:
    """A scalar, a list of nodes or a mapping of nodes, with its place and those of its keys."""

    value: Any
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, place: Place) -> "Node":
        """The tree of plain Python data, all of it at one place."""
        if isinstance(value, dict):
            return cls({key: cls.of(item, place) for key, item in value.items()}, place, dict.fromkeys(value, place))
        return cls([cls.of(item, place) for item in value], place) if isinstance(value, list) else cls(value, place)

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

    def get(self, key: str) -> "Node | None":
        """The entry of a mapping, or None."""
        found = self.value.get(key) if self.is_mapping else None
        return found if isinstance(found, Node) else None


def parse(text: str, source: str, mistakes: list[Mistake] | None = None) -> Node:
    """Read one YAML document, or raise ConfigError; what does not stop the reading goes to `mistakes` where given."""
    reader = _Reader(text, source)
    root = reader.read()
    # What stands under an anchor is read again for each of its aliases.
    found = list(dict.fromkeys(reader.mistakes))
    if mistakes is not None:
        mistakes += found
    elif found:
        raise ConfigError(found)
    return root


def yaml_lines(values: Mapping[str, Any]) -> list[str]:
    """`name: value` for each entry, in a line that the reader takes back unchanged."""
    style: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "width": 10**6, "allow_unicode": True}
    return [yaml.dump({name: value}, Dumper=_Dumper, **style).strip()[1:-1] for name, value in values.items()]


class _Dumper(yaml.SafeDumper):
    """Writes texts that look like something else in quotes: PyYAML's own rules take 08 and 1e5 for texts."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's signature
        """A list that stands twice is written twice."""
        return True

    def text(self, value: str) -> yaml.ScalarNode:
        """The node of a text."""
        # Double quotes keep a line break within the line.
        style = '"' if len(value.splitlines()) > 1 or value[-1:].isspace() else None if scalar(value) == value else "'"
        return self.represent_scalar(_TAG + "str", value, style=style)


_Dumper.add_representer(str, _Dumper.text)


class _Loader(yaml.SafeLoader):
    """Leaves untagged nodes without a tag, so that what an untagged scalar means is decided here."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:  # noqa: ARG002  PyYAML's signature
        """No tag."""
        return ""


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.lines = text.splitlines()
        self.text = text
        self.source = source
        self.mistakes: list[Mistake] = []
        self._open: list[int] = []
        self._count = 0

    def read(self) -> Node:
        try:
            root = yaml.compose(self.text, Loader=_Loader)
        except (yaml.YAMLError, RecursionError) as err:
            raise ConfigError([self._unreadable(err)]) from err
        return self.node(root) if root else Node({}, Place(self.source, 1, 1, "".join(self.lines[:1])))

    def _unreadable(self, err: Exception) -> Mistake:
        if isinstance(err, yaml.MarkedYAMLError):
            mark = err.problem_mark or err.context_mark
            place, began = self.place(mark, mark) if mark else Place(self.source), err.context_mark
            since = f" (which began in line {began.line + 1})" if began and mark and began.line < mark.line else ""
            reason = ", ".join(part for part in ((err.context or "") + since, err.problem) if part)
            hints = [hint for words, hint in _HINTS.items() if re.search(words, reason)]
            fix = "YAML indents with spaces, not with tabs" if "\t" in place.text else "".join(hints[:1])
            return Mistake(place, f"this is not YAML: {reason}", fix, "C102")
        if isinstance(err, yaml.reader.ReaderError):
            before = self.text[: err.position].splitlines() or [""]
            text = "".join(letter if letter.isprintable() else "?" for letter in self.lines[len(before) - 1])
            place = Place(self.source, len(before), len(before[-1]) + 1, text)
            return Mistake(place, f"this is not YAML: a control character, U+{err.character:04X}", "delete it", "C102")
        return Mistake(Place(self.source), f"this is not YAML: {_TOO_DEEP}", "", "C102")

    def place(self, start: yaml.Mark, end: yaml.Mark) -> Place:
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        width = end.column - start.column if end.line == start.line else len(text.rstrip()) - start.column
        return Place(self.source, start.line + 1, start.column + 1, text, max(1, width))

    def node(self, raw: yaml.Node) -> Node:
        place = self.place(raw.start_mark, raw.end_mark)
        self._count += 1
        rules = {
            "an alias stands inside its own anchor": id(raw) in self._open,
            "the aliases stand for too much": self._count > _MOST_NODES,
            _TOO_DEEP: len(self._open) > _DEEPEST,
        }
        if refused := next((rule for rule, broken in rules.items() if broken), ""):
            if not self.mistakes or self.mistakes[-1].message != refused:
                self.mistakes.append(Mistake(place, refused, "", "C102"))
            return Node(None, place)
        self._open.append(id(raw))
        read = self.read_node(raw, place)
        self._open.pop()
        return read

    def read_node(self, raw: yaml.Node, place: Place) -> Node:
        if isinstance(raw, yaml.ScalarNode):
            return Node(self.scalar(raw, place), place)
        if raw.tag not in _COLLECTION_TAGS:
            self.unknown_tag(raw, place)
        if isinstance(raw, yaml.MappingNode):
            return self.mapping(raw, place)
        return Node([self.node(item) for item in raw.value], place)

    def mapping(self, raw: yaml.MappingNode, place: Place) -> Node:
        read = Node({}, place)
        merged: list[Node] = []
        for key_node, value_node in raw.value:
            key_place = self.place(key_node.start_mark, key_node.end_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(Mistake(key_place, "a key must be a name", "quote it, or give it a name", "C102"))
                continue
            key, value = str(key_node.value), self.node(value_node)
            if key == "<<" and key_node.style is None:
                merged += value.value if value.is_list else [value]
            elif key in read.keys:
                first = f"first written in line {read.keys[key].line}"
                self.mistakes.append(
                    Mistake(key_place, f"`{key}` stands twice; {first}", "keep one of the two", "C103")
                )
            else:
                read.value[key], read.keys[key] = value, key_place
        for node in merged:
            if node.is_mapping:
                read = Node({**node.value, **read.value}, place, {**node.keys, **read.keys})
            else:
                self.mistakes.append(Mistake(node.place, "`<<` merges a mapping, this is none", "<<: *anchor", "C102"))
        return read

    def scalar(self, raw: yaml.ScalarNode, place: Place) -> Any:
        text = str(raw.value)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self.mistakes.append(
                Mistake(place, "half of a character stands alone", "write the character itself", "C102")
            )
            return ""
        if raw.tag == _TAG + "str" or (raw.style and not raw.tag):
            return text
        value = scalar(text)
        if raw.tag and (raw.tag not in _VALUE_TAGS or isinstance(value, str)):
            self.unknown_tag(raw, place)
        return value

    def unknown_tag(self, raw: yaml.Node, place: Place) -> None:
        tag = str(raw.tag).replace(_TAG, "!!")
        self.mistakes.append(Mistake(place, f"the tag {tag} has no meaning here", "leave the tag out", "C102"))

"""Keys of a config, declared where their values live, and the mistakes that are found while they are read.

A section of a config is a dataclass whose fields are `Annotated` with a `Key`: the reader, the JSON Schema, the
reference and the defaults all go by it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, get_type_hints

from hpsearch.document.kinds import Invalid, Kind
from hpsearch.document.nodes import Node
from hpsearch.document.scalars import show
from hpsearch.errors import Mistake, Place, did_you_mean


@dataclass(frozen=True)
class Key:
    """One key: what it means, in a line, and what its value must be, unless the value has a reader of its own.

    schema: JSON Schema of the value, where its kind does not say it; required: whether its section is nothing without.
    """

    doc: str
    kind: Kind | None = None
    schema: Mapping[str, Any] | None = None
    required: bool = False


@cache
def keys_of(record: type) -> Mapping[str, Key]:
    """The keys that a dataclass declares, in the order of its fields."""
    hints = get_type_hints(record, include_extras=True).items()
    return {name: key for name, hint in hints for key in getattr(hint, "__metadata__", ()) if isinstance(key, Key)}


@cache
def defaults_of(record: type) -> Mapping[str, Any]:
    """The values that the fields of a dataclass have by default; None where there is none."""
    made = {f.name: f.default_factory() for f in fields(record) if f.default_factory is not MISSING}
    return made | {f.name: None if f.default is MISSING else f.default for f in fields(record) if f.name not in made}


class Mistakes:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def at(self, place: Place, message: str, fix: str = "", *, code: str = Mistake.code) -> None:
        """Note a mistake, by default one of a value that is not of its kind."""
        self.found.append(Mistake(place, message, fix, code))

    @contextmanager
    def noted(self, where: str, node: Node) -> Iterator[None]:
        """Turn each Invalid of the block, and each file that cannot be looked for, into a mistake with its place."""
        try:
            yield
        except* (Invalid, OSError) as group:
            for err in group.exceptions:
                if isinstance(err, OSError):
                    self.at(node.place, f"{where}: {err.strerror}", code="C101")
                elif isinstance(err, Invalid):
                    self.at((err.node or node).place, f"{where}: {err}", err.fix, code=err.code)

    def section(self, node: Node | None, record: type, where: str) -> dict[str, Any]:
        """The values of a section by the dataclass that declares it: defaults where a key is absent or wrong."""
        return {**defaults_of(record), **self.mapping(node, keys_of(record), where)}

    def mapping(
        self, node: Node | None, keys: Mapping[str, Key], where: str, foreign: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The values that a mapping gives rightly, of those keys that have a kind."""
        values: dict[str, Any] = {}
        if node is None:
            return values
        if not node.is_mapping:
            empty = f"leave `{where}` out, or write what belongs under it" if node.value is None else ""
            self.at(node.place, f"{where} must be a mapping, got {show(node.plain())}", empty)
            return values
        for name, value in node.value.items():
            dotted = f"{where}.{name}" if where else name
            if name not in keys:
                instead = (foreign or {}).get(name)
                fix = f"write `{instead}`" if instead else did_you_mean(name.rpartition(".")[2], keys)
                self.at(node.keys[name], f"unknown key `{dotted}`", fix, code="C104")
            elif (kind := keys[name].kind) is not None:
                with self.noted(dotted, value):
                    values[name] = kind.read(value)
        return values


def given(settings: Any) -> dict[str, Any]:
    """The fields of a section that are set."""
    return {field.name: value for field in fields(settings) if (value := getattr(settings, field.name)) is not None}


def section_schema(keys: Mapping[str, Key]) -> dict[str, Any]:
    """JSON Schema of a mapping with these keys and no others."""
    values = {name: key.schema or (key.kind.schema() if key.kind else {}) for name, key in keys.items()}
    properties = {name: {"description": key.doc, **values[name]} for name, key in keys.items()}
    required = [name for name, key in keys.items() if key.required]
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})

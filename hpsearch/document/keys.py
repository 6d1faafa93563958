"""Collects mistakes while a config is read, so that all of them are reported at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hpsearch.document.kinds import Invalid, Kind
from hpsearch.document.nodes import Node, Place
from hpsearch.document.scalars import show
from hpsearch.errors import Mistake, did_you_mean


@dataclass(frozen=True)
class Key:
    """One key. `kind` is None where the value has a reader of its own."""

    doc: str
    kind: Kind | None = None
    default: Any = None


class Mistakes:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def at(self, place: Place, message: str, fix: str = "") -> None:
        """Note a mistake."""
        self.found.append(place.mistake(message, fix))

    @contextmanager
    def noted(self, where: str, node: Node) -> Iterator[None]:
        """Turn each Invalid of the block into a mistake at its own node, or at this one."""
        try:
            yield
        except* Invalid as group:
            for err in group.exceptions:
                own = err.node if isinstance(err, Invalid) else None
                self.at((own or node).place, f"{where}: {err}", getattr(err, "fix", ""))

    def section(
        self, node: Node | None, keys: Mapping[str, Key], where: str, foreign: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The values of a mapping by its table: defaults where a key is absent or wrong."""
        values: dict[str, Any] = {name: key.default for name, key in keys.items() if key.kind}
        if node is None:
            return values
        if not node.is_mapping:
            empty = f"leave `{where}` out, or write what belongs under it" if node.value is None else ""
            self.at(node.place, f"{where} must be a mapping, got {show(node.plain())}", empty)
            return values
        for name, value in node.items():
            dotted = f"{where}.{name}" if where else name
            if name not in keys:
                self._unknown(node.keys[name], dotted, keys, (foreign or {}).get(name))
            elif (kind := keys[name].kind) is not None:
                with self.noted(dotted, value):
                    values[name] = kind.read(value)
        return values

    def _unknown(self, place: Place, dotted: str, keys: Mapping[str, Key], instead: str | None) -> None:
        name = dotted.rpartition(".")[2]
        self.at(place, f"unknown key `{dotted}`", f"write `{instead}`" if instead else did_you_mean(name, keys))

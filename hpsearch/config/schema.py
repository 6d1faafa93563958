"""The config as JSON Schema, which editors use to complete and check what is typed."""

from collections.abc import Iterable
from typing import Any

from hpsearch.config.keys import (
    COMMAND,
    CONFIRM,
    DATA,
    EARLY_STOP,
    EXECUTION,
    FUNCTION,
    METRIC,
    PARAMETER,
    SEARCH,
    TOP,
    Key,
)
from hpsearch.config.parameters import NAMES
from hpsearch.space import DISTRIBUTIONS
from hpsearch.stopping import RULES

__all__ = ["json_schema"]

_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_ANY_LIST: dict[str, Any] = {"type": "array", "minItems": 1}
_LINE: dict[str, Any] = {"anyOf": [{"type": "string"}, {**_ANY_LIST, "items": {"type": ["string", "number"]}}]}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config."""
    sections: dict[str, dict[str, Any]] = {
        "data": {"anyOf": [{"type": "string"}, _mapping(DATA)]},
        "metric": {"anyOf": [{"type": "string"}, _mapping(METRIC, required=["name"])]},
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": _parameter()},
        "search": _mapping(
            SEARCH, {"points": {"anyOf": [{"type": "string"}, _ANY_LIST]}, "confirm": _mapping(CONFIRM)}
        ),
        "execution": _mapping(EXECUTION),
        "command": {"anyOf": [_LINE, _mapping(COMMAND, {"line": _LINE}, ["line"])]},
        "function": {"anyOf": [{"type": "string"}, _mapping(FUNCTION, required=["path"])]},
        "early_stop": {"anyOf": [{"enum": list(RULES)}, _mapping(EARLY_STOP, required=["rule"])]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hpsearch config",
        **_mapping(TOP, sections, required=["parameters"]),
        "oneOf": [{"required": [key]} for key in ("model", "command", "function")],
    }


def _mapping(
    keys: dict[str, Key], own: dict[str, dict[str, Any]] | None = None, required: list[str] | None = None
) -> dict[str, Any]:
    properties = {
        name: {"description": key.doc, **(own or {}).get(name, key.kind.schema() if key.kind else {})}
        for name, key in keys.items()
    }
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _parameter() -> dict[str, Any]:
    """A bare value, a list, or the long form of a range, a list or a fixed value."""
    own: dict[str, dict[str, Any]] = {
        "distribution": {"enum": [*NAMES, "values", "value"]},
        "values": _ANY_LIST,
        "when": {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [_SCALAR, _ANY_LIST]}},
        "limits": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    }
    long = _mapping(PARAMETER, own)
    forms = [_form(DISTRIBUTIONS, "min", "max"), _form(("choice", "ordinal", "values"), "values"), _form((), "value")]
    forms[0]["required"].append("distribution")
    bare = {"type": ["string", "number", "boolean"]}
    return {"anyOf": [bare, _ANY_LIST, {**long, "anyOf": forms}]}


def _form(names: Iterable[str], *required: str) -> dict[str, Any]:
    """What the long form needs where `distribution` is one of these, or is left out."""
    return {"required": list(required), "properties": {"distribution": {"enum": list(names) or ["value"]}}}

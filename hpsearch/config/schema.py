"""The config as JSON Schema, which editors use to complete and check what is typed."""

from typing import Any

from hpsearch.config.keys import DATA, EXECUTION, METRIC, PARAMETER, SEARCH, TOP, Key
from hpsearch.config.parameters import NAMES

__all__ = ["json_schema"]

_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_ANY_LIST: dict[str, Any] = {"type": "array", "minItems": 1}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config."""
    sections: dict[str, dict[str, Any]] = {
        "data": {"anyOf": [{"type": "string"}, _mapping(DATA)]},
        "metric": {"anyOf": [{"type": "string"}, _mapping(METRIC, required=["name"])]},
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": _parameter()},
        "search": _mapping(SEARCH, {"points": {"anyOf": [{"type": "string"}, _ANY_LIST]}}),
        "execution": _mapping(EXECUTION),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hpsearch config",
        **_mapping(TOP, sections, required=["model", "parameters"]),
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
    own: dict[str, dict[str, Any]] = {
        "distribution": {"enum": [*NAMES, "values", "value"]},
        "values": _ANY_LIST,
        "when": {"type": "object", "additionalProperties": {"anyOf": [_SCALAR, _ANY_LIST]}},
        "limits": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    }
    return {"anyOf": [_SCALAR, _ANY_LIST, _mapping(PARAMETER, own)]}

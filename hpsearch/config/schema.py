"""The config as JSON Schema, which editors use to complete and check what is typed."""

from collections.abc import Iterable, Mapping
from typing import Any

from hpsearch.config.keys import ANY_LIST, PARAMETER, TOP, sections
from hpsearch.document import section_schema
from hpsearch.objectives import OBJECTIVES
from hpsearch.space import DISTRIBUTIONS, LISTED

_SHORT: Mapping[str, Any] = {"data": {"type": "string"}, "metric": {"type": "string"}}
"""What may stand in the place of a section; that of an objective's key is in the key itself."""


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config."""
    schema = section_schema(TOP)
    properties = schema["properties"]
    for name, (keys, _) in sections().items():
        if name in properties:
            short = _SHORT.get(name) or TOP[name].schema or _rule_alone(name)
            mapping = section_schema(keys)
            properties[name] |= {"anyOf": [short, mapping]} if short else mapping
    properties["parameters"] |= {"type": "object", "minProperties": 1, "additionalProperties": _parameter()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hpsearch config",
        **schema,
        "oneOf": [{"required": [key]} for key in OBJECTIVES],
    }


def _rule_alone(name: str) -> dict[str, Any]:
    """A section that may be given by its rule's name alone."""
    rule = sections()[name][0].get("rule")
    return rule.kind.schema() if rule and rule.kind else {}


def _parameter() -> dict[str, Any]:
    """A bare value, a list, or the long form of a range, a list or a fixed value."""
    forms = [_form(DISTRIBUTIONS, "min", "max", "distribution"), _form(LISTED, "values"), _form((), "value")]
    bare = {"type": ["string", "number", "boolean"]}
    return {"anyOf": [bare, ANY_LIST, {**section_schema(PARAMETER), "anyOf": forms}]}


def _form(names: Iterable[str], *required: str) -> dict[str, Any]:
    """What the long form needs where `distribution` is one of these, or is left out."""
    return {"required": list(required), "properties": {"distribution": {"enum": list(names) or ["value"]}}}

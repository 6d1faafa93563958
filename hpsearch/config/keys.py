"""Every key that a config may have, section by section; the reader, the JSON Schema and the reference go by these.

What a key means, must be and is by default stands where its value lives: in the dataclass of its section.
"""

from collections.abc import Mapping
from typing import Any

from hpsearch.config.base import FREE
from hpsearch.config.config import ExecutionSettings, SearchSettings
from hpsearch.document import Key, Number, OneOf, Text, defaults_of, keys_of, section_schema
from hpsearch.methods import METHODS, ReplicateSettings
from hpsearch.objectives import OBJECTIVES
from hpsearch.space import DISTRIBUTIONS, LISTED
from hpsearch.stopping import EarlyStop

_SCALAR: Mapping[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_ANY_LIST: Mapping[str, Any] = {"type": "array", "minItems": 1}
_ALL_OF = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [_SCALAR, _ANY_LIST]}}
_WHEN = {"anyOf": [{"type": "string"}, _ALL_OF, {"type": "array", "minItems": 1, "items": _ALL_OF}]}
_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_SHORT: Mapping[str, Any] = {"data": {"type": "string"}, "metric": {"type": "string"}}
"""What may stand in the place of a section; that of an objective's key is in the key itself."""

NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`")

METRIC = {
    "name": Key("which metric", Text(r"[\s\S]*\S[\s\S]*", "the name of a metric"), required=True),
    "goal": Key("`maximize` or `minimize`", OneOf(("maximize", "minimize"))),
    "at": Key("the value that counts: a trial's `last` one, by default, or its `best`", OneOf(("last", "best"))),
}

TOP = {
    "base": Key("another config, of which this one says only what is different", Text(form="a path")),
    "name": Key("name of the run and of its folder under runs/; the file's name by default", NAME),
    **{name: key for objective in OBJECTIVES.values() for name, key in objective.keys.items()},
    "metric": Key("what trials are ranked by: a name, or {name, goal}"),
    "parameters": Key("the hyperparameters: name -> distribution", required=True),
    "search": Key("how the space is searched"),
    "execution": Key("where and how trials run"),
    "early_stop": Key("when a trial that has fallen behind is given up"),
}

PARAMETER = {
    "distribution": Key(
        "uniform, loguniform, reverseloguniform, randint, lograndint, choice or ordinal",
        schema={"enum": [*DISTRIBUTIONS, *LISTED, "value"]},
    ),
    "min": Key("lower end, included", Number()),
    "max": Key("upper end, included", Number()),
    "step": Key("distance between values", Number(above=0)),
    "values": Key("the values of a choice or an ordinal", schema=_ANY_LIST),
    "value": Key("one fixed value"),
    "when": Key(
        "other parameter -> its values for which this one exists, or `>= 2`, `!= sgd`; any of a list of such mappings; "
        "or in words",
        schema=_WHEN,
    ),
    "limits": Key("[lowest, highest] that `zoom` may widen the range to", schema=_PAIR),
}


def search_keys() -> Mapping[str, Key]:
    """The keys of `search:`, those of each method's own among them."""
    own = {name: key for method in METHODS.values() for name, key in keys_of(method.Settings).items()}
    common = dict(keys_of(SearchSettings))
    confirm = {"confirm": common.pop("confirm")}
    return common | own | confirm


def sections() -> Mapping[str, tuple[Mapping[str, Key], Mapping[str, Any]]]:
    """Sections that are mappings -> their keys, and the defaults of these."""
    records = {name: record for objective in OBJECTIVES.values() for name, record in objective.sections.items()}
    found = {name: (keys_of(record), defaults_of(record)) for name, record in records.items()}
    found |= {"metric": (METRIC, {}), "search": (search_keys(), defaults_of(SearchSettings))}
    rest = {"search.confirm": ReplicateSettings, "execution": ExecutionSettings, "early_stop": EarlyStop}
    return found | {name: (keys_of(record), defaults_of(record)) for name, record in rest.items()}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config, which editors use to complete and check what is typed."""
    schema = section_schema(TOP)
    properties = schema["properties"]
    for name, (keys, _) in sections().items():
        if name in properties:
            rule = keys["rule"].kind if "rule" in keys else None  # a rule's name alone may stand for its section
            short = _SHORT.get(name) or TOP[name].schema or (rule and rule.schema())
            mapping = section_schema(keys)
            properties[name] = {"description": TOP[name].doc, **({"anyOf": [short, mapping]} if short else mapping)}
    properties["parameters"] |= {"type": "object", "minProperties": 1, "additionalProperties": _parameter()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hpsearch config",
        **schema,
        "patternProperties": {f"^{FREE}": {}},
        "oneOf": [{"required": [key]} for key in OBJECTIVES],
    }


def _parameter() -> dict[str, Any]:
    """A bare value, a list, or the long form of a range, a list or a fixed value."""
    # What the long form needs where `distribution` is one of these, or is left out.
    needs = {("min", "max", "distribution"): [*DISTRIBUTIONS], ("values",): [*LISTED], ("value",): ["value"]}
    forms = [{"required": [*keys], "properties": {"distribution": {"enum": names}}} for keys, names in needs.items()]
    bare = {"type": ["string", "number", "boolean"]}
    return {"anyOf": [bare, _ANY_LIST, {**section_schema(PARAMETER), "anyOf": forms}]}

"""Every key that a config may have, section by section; the reader, the JSON Schema and README go by these.

What a key means, must be and is by default stands where its value lives: in the dataclass of its section.
"""

from collections.abc import Mapping
from typing import Any

from hpsearch.config.config import ExecutionSettings, SearchSettings
from hpsearch.document import Key, Number, OneOf, Text, defaults_of, keys_of
from hpsearch.methods import METHODS, ReplicateSettings
from hpsearch.objectives import OBJECTIVES
from hpsearch.space import DISTRIBUTIONS, LISTED
from hpsearch.stopping import EarlyStop

SCALAR: Mapping[str, Any] = {"type": ["string", "number", "boolean", "null"]}
ANY_LIST: Mapping[str, Any] = {"type": "array", "minItems": 1}
_WHEN = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [SCALAR, ANY_LIST]}}
_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}

NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`")

METRIC = {
    "name": Key("which metric", Text(form="the name of a metric"), required=True),
    "goal": Key("`maximize` or `minimize`", OneOf(("maximize", "minimize"))),
}

TOP = {
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
    "values": Key("the values of a choice or an ordinal", schema=ANY_LIST),
    "value": Key("one fixed value"),
    "when": Key("other parameter -> its values for which this one exists", schema=_WHEN),
    "limits": Key("[lowest, highest] that `zoom` may widen the range to", schema=_PAIR),
}


def search_keys() -> Mapping[str, Key]:
    """The keys of `search:`, those of each method's own among them."""
    own = {name: key for method in METHODS.values() for name, key in keys_of(method.Settings).items()}
    common = dict(keys_of(SearchSettings))
    confirm = common.pop("confirm")
    return common | own | {"confirm": confirm}


def sections() -> Mapping[str, tuple[Mapping[str, Key], Mapping[str, Any]]]:
    """Sections that are mappings -> their keys, and the defaults of these."""
    records = {name: record for objective in OBJECTIVES.values() for name, record in objective.sections.items()}
    found = {name: (keys_of(record), defaults_of(record)) for name, record in records.items()}
    found["metric"] = (METRIC, {})
    found["search"] = (search_keys(), defaults_of(SearchSettings))
    rest = {"search.confirm": ReplicateSettings, "execution": ExecutionSettings, "early_stop": EarlyStop}
    return found | {name: (keys_of(record), defaults_of(record)) for name, record in rest.items()}

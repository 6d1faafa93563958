"""The forms of a parameter, all of which become the long form with our own words.

Words of other tools are accepted where they mean the same, and refused with an explanation where they do not.
"""

import re

from hpsearch.config.keys import PARAMETER
from hpsearch.document import Invalid, Node, parse, show
from hpsearch.errors import ConfigError, by_word, did_you_mean
from hpsearch.methods import DEFAULT_METHOD
from hpsearch.space import DISTRIBUTIONS, LISTED

SPELLINGS = by_word({"min": "low lower", "max": "high upper", "values": "choices categories options", "step": "q"})
"""Keys of a parameter elsewhere -> ours."""

PARAMETER_KEYS = by_word(
    {
        "`distribution: loguniform`": "log log_scale",
        "`distribution: uniform`, `loguniform` or `reverseloguniform`": "scale",
        "`distribution: ...`": "type dist prior",
        "`min: ...` and `max: ...`": "bounds range",
        "`min: ...` and `max: ...` with `distribution: uniform`; there are no bell curves here": "mu mean sigma std",
        "the parameters themselves one level up: they do not nest": "parameters",
        "`when: {other: [values]}`": "condition depends_on",
    }
)
"""Other keys of a parameter elsewhere -> what to write here."""

ALIASES = by_word(
    {
        "loguniform": "log_uniform_values q_log_uniform_values qloguniform",
        "lograndint": "log_uniform_int qlograndint",
        "randint": "int_uniform qrandint",
        "uniform": "q_uniform quniform",
        "reverseloguniform": "reverse_loguniform reverse_log_uniform",
        "choice": "categorical",
        "value": "constant fixed",
    }
)
"""Distributions elsewhere -> ours."""

REFUSED = by_word(
    {
        (
            "elsewhere its min and max are exponents, so the same numbers would mean another range",
            "write `loguniform` with the values themselves: loguniform(0.0001, 1), not (-4, 0)",
        ): "log_uniform q_log_uniform",
        (
            "in the tools that have it this is a log-uniform draw under another name, not 1 - 10^r",
            "for values near 1, such as momentum, use `reverseloguniform`; else `loguniform`",
        ): "inv_log_uniform inv_log_uniform_values",
        (
            "a bell curve spends most trials where you already believe the answer is",
            "use `uniform` or `loguniform` with the ends of the range",
        ): "normal q_normal log_normal lognormal randn q_log_normal",
        ("which scale?", "use `uniform`, `loguniform` or `reverseloguniform`"): "float log",
        ("which scale?", "use `randint` or `lograndint`"): "int integer",
    }
)
"""Distributions elsewhere -> why not, and what to write instead."""

FOREIGN_KEYS = by_word(
    {
        "search: {trials: ...}": "n_trials num_samples n_iter max_evals max_trials run_cap count trials",
        f"search: {{method: {DEFAULT_METHOD}}}": "method sampler algorithm strategy",
        "search: {seed: ...}": "seed random_state",
        "metric: {name: ..., goal: maximize}": "direction goal objective_metric",
        "command: [python, train.py, ...]": "program script cmd",
        "function: module:name": "objective target",
        "early_stop: {rule: halving}": "early_terminate scheduler",
        "early_stop: {rule: median}": "pruner",
        "parameters:": "search_space space param_distributions hyperparameters params",
        "parameters:, with `search: {method: grid}`": "param_grid",
        "execution: {workers: ...}": "n_jobs num_workers workers",
        "execution: {timeout: 30m}": "timeout",
        "data:": "dataset",
    }
)
"""Keys of other tools -> what to write here."""

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.DOTALL)
_BEGUN = re.compile(r"\s*([A-Za-z_]\w*)\s*(\(|\Z)")
_KEYWORD = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)\Z", re.DOTALL)


def long_form(node: Node, problems: list[Invalid]) -> dict[str, Node]:
    """Key -> node, whatever the form; `problems` takes what is wrong with the keys."""
    if node.value is None:
        raise Invalid("has no value", "a value, a [list], or a range such as loguniform(1e-4, 1)")
    if isinstance(node.value, str):
        node = _short(node)
    if not node.is_mapping:
        return {"values" if node.is_list else "value": node}
    fields: dict[str, Node] = {}
    for key, value in node.value.items():
        ours = SPELLINGS.get(key, key)
        place = Node(None, node.keys[key])
        if ours in fields:
            problems.append(Invalid(f"`{ours}` is given twice, once as `{key}`", "keep one of the two", place))
        elif ours not in PARAMETER:
            fix = f"write {PARAMETER_KEYS[key]}" if key in PARAMETER_KEYS else did_you_mean(key, PARAMETER)
            problems.append(Invalid(f"a parameter has no key `{key}`", fix, place))
        fields.setdefault(ours, value)
    return fields


def _short(node: Node) -> Node:
    """The mapping that a short form stands for, or the plain value; Invalid where it begins like one and is none."""
    if call := _CALL.match(node.value):
        fields = _called(node, *call.groups())
        return Node(fields, node.place, dict.fromkeys(fields, node.place))
    begun = _BEGUN.match(node.value)
    name, bracket = begun.groups() if begun else ("", "")
    if bracket and name in (*DISTRIBUTIONS, *LISTED, *ALIASES, *REFUSED):
        fix = "close it; and in one line with others, inside { }, put the short form in quotes: 'loguniform(1e-4, 1)'"
        raise Invalid(f"{show(node.value)} has no closing bracket", fix)
    if name in DISTRIBUTIONS:
        raise Invalid(f"{name} needs `min` and `max`", f"{name}(min, max); for the word itself: {{value: {name}}}")
    return node


def _called(node: Node, name: str, inside: str) -> dict[str, Node]:
    positional: list[Node] = []
    fields: dict[str, Node] = {"distribution": Node(name, node.place)}
    for argument in _read(node, inside):
        keyword = _KEYWORD.match(argument.value) if isinstance(argument.value, str) else None
        if not keyword:
            positional.append(argument)
            continue
        key, text = keyword.groups()
        _put(fields, SPELLINGS.get(key, key), _read(node, text), node)
    if name in LISTED or ALIASES.get(name) in LISTED:
        # choice([32, 64]) is what Python's tools write; a choice of one list would be no choice.
        only_list = len(positional) == 1 and positional[0].is_list
        return fields | {"values": positional[0] if only_list else Node(positional, node.place)}
    if len(positional) > 3:
        raise Invalid(f"{name} takes min, max and perhaps a step, got {len(positional)} values")
    for key, value in zip(("min", "max", "step"), positional, strict=False):
        _put(fields, key, [value], node)
    return fields


def _put(fields: dict[str, Node], key: str, values: list[Node], short: Node) -> None:
    if key in fields or len(values) != 1:
        raise Invalid(f"{show(short.value)}: `{key}` needs one value")
    fields[key] = values[0]


def _read(node: Node, inside: str) -> list[Node]:
    try:
        return list(Node.of(parse(f"[{inside}]", "").plain(), node.place).value)
    except ConfigError as err:
        rule = f"cannot read what stands between the brackets of {show(node.value)}"
        raise Invalid(rule, "values with commas between them, or the long form: {distribution: ..., ...}") from err

"""The forms of a parameter, all of which become the long form with our own words.

Words of other tools are accepted where they mean the same, and refused with an explanation where they do not.
"""

import difflib
import json
import re
from typing import Any

from hpsearch.config.keys import PARAMETER
from hpsearch.config.lookalikes import meant
from hpsearch.document import Invalid, Node, is_number, parse, scalar, show, written, yaml_lines
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
        ): "normal q_normal log_normal lognormal randn q_log_normal qnormal qlognormal gaussian gauss norm",
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

_KNOWN = {*DISTRIBUTIONS, *LISTED, *ALIASES, *REFUSED}
_NO_NAME = re.compile(r"[^\w.-]+")
_FOREIGN_CALL = re.compile(r"\s*(?:[A-Za-z_]\w*\.)+(\w+)\(")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.DOTALL)
_BEGUN = re.compile(r"\s*([A-Za-z_]\w*)\s*(\(|\Z)")
_KEYWORD = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)\Z", re.DOTALL)


def long_form(name: str, node: Node, problems: list[Invalid]) -> dict[str, Node]:
    """Key -> node, whatever the form; `problems` takes what is wrong with the keys."""
    if node.value is None:
        raise Invalid("has no value", "a value, a [list], or a range such as loguniform(1e-4, 1)", code="C105")
    if isinstance(node.value, str):
        node = _short(node)
    # A list of one text says that the text itself is meant.
    if node.is_list and (ranges := [item for item in node.value if _is_range(item, alone=len(node.value) == 1)]):
        rule = f"a list is a choice between its values, and {show(ranges[0].plain())} is a range"
        raise Invalid(rule, _branches(name, node), code="C206")
    if not node.is_mapping:
        return {"values" if node.is_list else "value": node}
    fields: dict[str, Node] = {}
    for key, value in node.value.items():
        ours = SPELLINGS.get(key, key)
        place = Node(None, node.keys[key])
        if ours in fields:
            rule = f"`{ours}` is given twice, once as `{key}`"
            problems.append(Invalid(rule, "keep one of the two", place, code="C103"))
        elif ours not in PARAMETER:
            long = "`distribution: ...` with `min: ...` and `max: ...`" if key in _KNOWN else ""
            instead = PARAMETER_KEYS.get(key, long)
            fix = f"write {instead}" if instead else did_you_mean(key, PARAMETER)
            problems.append(Invalid(f"a parameter has no key `{key}`", fix, place, code="C104"))
        fields.setdefault(ours, value)
    return fields


def _is_range(item: Node, *, alone: bool) -> bool:
    """Whether a value of a list looks like the range of a parameter."""
    if isinstance(item.value, str):
        foreign, begun = _FOREIGN_CALL.match(item.value), _BEGUN.match(item.value)
        ours = begun is not None and begun[2] == "(" and ALIASES.get(begun[1], begun[1]) in DISTRIBUTIONS
        return not alone and (ours or bool(foreign and meant(item.value)))
    keys = {SPELLINGS.get(key, key) for key in item.keys} if item.is_mapping else set()
    return keys <= {*PARAMETER, *PARAMETER_KEYS} and bool(keys & {"distribution", "min", "max", "values", "when"})


def _branches(name: str, node: Node) -> str:
    """How to write a list of ranges: a parameter for each, and what each of them depends on."""
    itself = "or, for a choice between these values themselves: {values: [...]}"
    if len(node.value) == 1:
        return f"leave out the brackets of the list\n{itself}"
    lines, chooser = [], ""
    for number, item in enumerate(node.value, start=1):
        form = meant(item.value).partition(" or ")[0] if isinstance(item.value, str) else ""
        long = _short(Node(form or item.value, item.place)) if isinstance(item.value, str) else item
        fields = dict(long.plain()) if long.is_mapping else {"value": long.plain()}
        when, end = fields.get("when"), str(number)
        if not when:
            chooser = f"{name}_branch"
            fields["when"] = {chooser: number}
        elif isinstance(when, dict):
            end = "_".join(written(value) for values in when.values() for value in _listed(values))
        lines += yaml_lines({f"{name}_{_NO_NAME.sub('_', end)}": fields})
    first = [f"{chooser}: [{', '.join(map(str, range(1, len(node.value) + 1)))}]"] if chooser else []
    return "\n".join(["a parameter for each, which exists where its `when` holds:", *first, *lines, itself])


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _short(node: Node) -> Node:
    """The mapping that a short form stands for, or the plain value; Invalid where it begins like one and is none."""
    call = _CALL.match(node.value)
    if call and _is_distribution(*call.groups()) and not ("," not in call[2] and meant(node.value)):
        fields = _called(node, *call.groups())
        return Node(fields, node.place, dict.fromkeys(fields, node.place))
    if (foreign := _FOREIGN_CALL.match(node.value)) and foreign[1] in REFUSED:
        raise Invalid(f"distribution `{foreign[1]}`: {REFUSED[foreign[1]][0]}", REFUSED[foreign[1]][1], code="C202")
    begun = _BEGUN.match(node.value)
    name, bracket = begun.groups() if begun else ("", "")
    if bracket and not call and name in _KNOWN:
        fix = "close it; and in one line with others, inside { } or [ ], put it in quotes: 'loguniform(1e-4, 1)'"
        raise Invalid(f"{show(node.value)} has no closing bracket", fix, code="C205")
    if form := meant(node.value):
        itself = json.dumps(node.value, ensure_ascii=False)
        fix = f"{form}\nor, where the text itself is meant: {{value: {itself}}}"
        raise Invalid(f"{show(node.value)} looks like a range and is none", fix, code="C205")
    if name in DISTRIBUTIONS:
        fix = f"{name}(min, max); for the word itself: {{value: {name}}}"
        raise Invalid(f"{name} needs `min` and `max`", fix, code="C105")
    return node


def _is_distribution(name: str, inside: str) -> bool:
    """Whether a call is one of a distribution, perhaps misspelt; `resnet(50)` is a text like any other."""
    numbers = [value for part in inside.split(",") if is_number(value := scalar(part.strip()))]
    close = difflib.get_close_matches(name.lower(), DISTRIBUTIONS, n=1, cutoff=0.75)
    return name in _KNOWN - {*REFUSED} or ((bool(close) or name in REFUSED) and len(numbers) > 1)


def _called(node: Node, name: str, inside: str) -> dict[str, Node]:
    _refuse_decimal_comma(node, ALIASES.get(name, name), inside)
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
        raise Invalid(f"{name} takes min, max and perhaps a step, got {len(positional)} values", code="C205")
    for key, value in zip(("min", "max", "step"), positional, strict=False):
        _put(fields, key, [value], node)
    return fields


def _refuse_decimal_comma(node: Node, name: str, inside: str) -> None:
    """Raise Invalid where a comma may stand in a number of a range, as in `0,5, 1` and `0,001`."""
    if name not in DISTRIBUTIONS:
        return
    spaced, whole = re.search(r",\s|;", inside), DISTRIBUTIONS[name][1]
    within = r"(?<=\d),\s*(?=0\d)" + (r"|(?<=\d),(?=\d+(?![.\w]))" if spaced and not whole else "")
    if re.search(within, inside):
        rule = f"{show(node.value)}: does the comma divide two numbers, or stand in one for the point?"
        dividing = re.sub(r"(?<=, )0+(?=\d)", "", re.sub(r"\s*[,;]\s*", ", ", inside))
        point = re.sub(within, ".", inside).replace(";", ",")
        fix = f"{name}({point})\nor, where it divides, with a space behind it: {name}({dividing})"
        raise Invalid(rule, fix, code="C205")


def _put(fields: dict[str, Node], key: str, values: list[Node], short: Node) -> None:
    if key in fields or len(values) != 1:
        raise Invalid(f"{show(short.value)}: `{key}` needs one value", code="C205")
    fields[key] = values[0]


def _read(node: Node, inside: str) -> list[Node]:
    try:
        return list(Node.of(parse(f"[{inside}]", "").plain(), node.place).value)
    except ConfigError as err:
        rule = f"cannot read what stands between the brackets of {show(node.value)}"
        fix = "values with commas between them, or the long form: {distribution: ..., ...}"
        raise Invalid(rule, fix, code="C205") from err

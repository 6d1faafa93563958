"""The `parameters:` of a config: long form, short form and bare values -> distributions."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hpsearch.config.foreign import ALIASES, PARAMETER_KEYS, REFUSED, SPELLINGS
from hpsearch.config.keys import PARAMETER
from hpsearch.document import Invalid, Node, is_number, parse, show
from hpsearch.errors import ConfigError, did_you_mean
from hpsearch.space import DISTRIBUTIONS, LISTED, Distribution, Parameter, SpaceError, distribution_from

NAMES = (*DISTRIBUTIONS, "choice", "ordinal")
_NUMBERS = ("min", "max", "step")


def read_parameter(name: str, node: Node) -> Parameter:
    """The hyperparameter that the node declares.

    Raises:
        ExceptionGroup: of Invalid, one for each thing that is wrong.
        Invalid: it declares no distribution that could be.
    """
    problems = _Problems()
    fields = _fields(node, problems)
    kind, when = "", {}
    if "distribution" in fields or not problems:  # else what is missing may be the key that is misspelt
        with problems.noted():
            kind = _kind(fields)
    for key in _NUMBERS:
        with problems.noted():
            _check_number(key, fields)
    with problems.noted():
        when = read_when(fields.get("when"))
    if problems:
        raise ExceptionGroup(name, problems)
    distribution = _distribution(kind, fields)
    return Parameter(name, distribution, when, _limits(fields.get("limits"), distribution))


class _Problems(list[Invalid]):
    """What is wrong with one parameter."""

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except Invalid as err:
            self.append(err)


def _fields(node: Node, problems: _Problems) -> dict[str, Node]:
    """The long form of any form: key -> node."""
    if node.value is None:
        raise Invalid("has no value", "a value, a [list], or a range such as loguniform(1e-4, 1)")
    if node.is_list:
        return {"values": node}
    if not node.is_mapping:
        short = short_fields(node) if isinstance(node.value, str) else None
        problems += [_unknown(key, node) for key in short or () if key not in PARAMETER]
        return short or {"value": node}
    fields: dict[str, Node] = {}
    for key, value in node.items():
        ours = SPELLINGS.get(key, key)
        place = Node(None, node.keys[key])
        if ours in fields:
            problems.append(Invalid(f"`{ours}` is given twice, once as `{key}`", "keep one of the two", place))
        elif ours not in PARAMETER:
            problems.append(_unknown(key, place))
        fields.setdefault(ours, value)
    return fields


def _unknown(key: str, place: Node) -> Invalid:
    fix = f"write {PARAMETER_KEYS[key]}" if key in PARAMETER_KEYS else did_you_mean(key, PARAMETER)
    return Invalid(f"a parameter has no key `{key}`", fix, place)


def _kind(fields: dict[str, Node]) -> str:
    """The name of the distribution, as it is called here."""
    if "distribution" not in fields:
        implied = [key for key in ("value", "values") if key in fields]
        if implied:
            return implied[0]
        raise Invalid("needs a distribution: which scale is right?", _scale_hint(fields))
    node = fields["distribution"]
    given = node.value if isinstance(node.value, str) else show(node.plain())
    name = ALIASES.get(given, given)
    if name in REFUSED:
        raise Invalid(f"distribution `{name}`: {REFUSED[name][0]}", REFUSED[name][1], node)
    if name not in (*DISTRIBUTIONS, *LISTED, "value"):
        raise Invalid(f"unknown distribution `{given}`", did_you_mean(given, NAMES), node)
    if given.startswith("q") and name in DISTRIBUTIONS:
        _check_quantum(given, name, fields, node)
    return name


def _check_quantum(given: str, name: str, fields: dict[str, Node], node: Node) -> None:
    """Elsewhere q rounds to multiples of q, here steps start at min: the same only where min is a multiple."""
    step, low = (fields[key].value if key in fields else None for key in ("step", "min"))
    if step is None:
        raise Invalid(f"{given} needs `q`", f"add `step: ...`, or use `{name}` for a range without steps", node)
    if is_number(step) and is_number(low) and step > 0 and abs(low / step - round(low / step)) > 1e-9:
        rule = f"{given} gives multiples of q, and min={show(low)} is none of q={show(step)}"
        raise Invalid(rule, f"use `{name}` with `step: {show(step)}`, whose values are min, min + step, ...", node)


def _scale_hint(fields: dict[str, Node]) -> str:
    low, high = (fields[key].value if key in fields else None for key in ("min", "max"))
    whole = isinstance(low, int) and isinstance(high, int)
    names = "`randint` or `lograndint`" if whole else "`uniform`, `loguniform` or `reverseloguniform`"
    return f"add `distribution:` with {names}; or `values: [...]`, or `value: ...`"


def _check_number(key: str, fields: dict[str, Node]) -> None:
    kind = PARAMETER[key].kind
    if key in fields and kind:
        try:
            kind.read(fields[key])
        except Invalid as err:
            raise Invalid(f"{key} {err}", err.fix, fields[key]) from err


def _distribution(kind: str, fields: dict[str, Node]) -> Distribution:
    spec = _spec(kind, fields)
    try:
        return distribution_from(spec)
    except SpaceError as err:
        key = "step" if str(err).startswith("step") else "min"
        raise Invalid(str(err), err.fix, fields.get(key) or fields.get("values")) from err


def _spec(kind: str, fields: dict[str, Node]) -> dict[str, Any]:
    """The fields as `Distribution.spec` writes them, where no field stands among them that has no meaning there."""
    if kind == "value":
        return {"value": _without_nan(_only(fields, "value", kind))}
    if kind not in LISTED:
        return {"distribution": kind, **_numbers(kind, fields)}
    values = _only(fields, "values", kind)
    if not values.is_list:
        fix = "" if values.is_mapping else f"values: [{show(values.value).strip(chr(39))}]"
        raise Invalid(f"values must be a list, got {show(values.plain())}", fix, values)
    return {"distribution": kind, "values": [_without_nan(item) for item in values.value]}


def _without_nan(node: Node) -> Any:
    if node.value != node.value:
        raise Invalid("NaN is no setting: it equals nothing, not even itself", "", node)
    return node.plain()


def _only(fields: dict[str, Node], key: str, name: str) -> Node:
    """The field, where no field stands beside it that has no meaning there."""
    extra = [other for other in fields if other not in (key, "distribution", "when")]
    if extra:
        raise Invalid(f"{name} takes no `{extra[0]}`", f"remove `{extra[0]}`", fields[extra[0]])
    if key not in fields:
        raise Invalid(f"{name} needs `{key}`")
    return fields[key]


def _numbers(name: str, fields: dict[str, Node]) -> dict[str, float]:
    listed = fields.get("values") or fields.get("value")
    if listed:
        rule = f"{name} takes `min` and `max`, no list of values and no single one"
        raise Invalid(rule, "leave `distribution` out for a choice", listed)
    absent = [key for key in ("min", "max") if key not in fields]
    if absent:
        raise Invalid(f"{name} needs `{'` and `'.join(absent)}`", f"{name}(min, max)")
    return {key: fields[key].value for key in _NUMBERS if key in fields}


def read_when(node: Node | None) -> dict[str, tuple[Any, ...]]:
    """The conditions of a parameter: other parameter -> its values; Invalid where they are none."""
    if node is None:
        return {}
    if not node.is_mapping or not node.value:
        raise Invalid(f"when must be a mapping, got {show(node.plain())}", "when: {optimizer: [adam]}", node)
    when = {key: tuple(value.plain()) if value.is_list else (value.plain(),) for key, value in node.items()}
    for key, values in when.items():
        if not values:
            fix = f"list the values of {key} for which this parameter exists, or leave `when` out"
            raise Invalid(f"when names no value of `{key}`, so this parameter would never exist", fix, node.get(key))
    return when


def _limits(node: Node | None, distribution: Distribution) -> tuple[float, float] | None:
    if node is None:
        return None
    if distribution.scale is None:
        raise Invalid("limits are for ranges of numbers", "remove `limits`", node)
    given = [item.value for item in node.value] if node.is_list else []
    low, high = given if len(given) == 2 and all(map(is_number, given)) else (float("inf"), float("-inf"))
    lowest, highest = distribution.ends
    if not low <= lowest < highest <= high:
        fix = f"limits: [{lowest:g}, {highest:g}], or wider"
        rule = f"limits must be [lowest, highest] around {lowest:g} to {highest:g}, got {show(node.plain())}"
        raise Invalid(rule, fix, node)
    try:
        distribution_from({"distribution": distribution.name, "min": low, "max": high})
    except SpaceError as err:
        raise Invalid(f"limits: {err}", err.fix, node) from err
    return float(low), float(high)


_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.DOTALL)
_BEGUN = re.compile(r"\s*([A-Za-z_]\w*)\s*(\(|\Z)")
_KEYWORD = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)\Z", re.DOTALL)


def short_fields(node: Node) -> dict[str, Node] | None:
    """The fields of the long form; None where the text is no short form but a plain value.

    Raises:
        Invalid: it begins like a short form and is none.
    """
    call = _CALL.match(node.value)
    if call:
        return _fields_short(node, *call.groups())
    begun = _BEGUN.match(node.value)
    if begun and begun.group(1) in (*DISTRIBUTIONS, *LISTED, *ALIASES, *REFUSED) and begun.group(2) == "(":
        fix = "close it; and in one line with others, inside { }, put the short form in quotes: 'loguniform(1e-4, 1)'"
        raise Invalid(f"{show(node.value)} has no closing bracket", fix)
    if begun and begun.group(1) in DISTRIBUTIONS:
        name = begun.group(1)
        raise Invalid(f"{name} needs `min` and `max`", f"{name}(min, max); for the word itself: {{value: {name}}}")
    return None


def _fields_short(node: Node, name: str, inside: str) -> dict[str, Node]:
    positional: list[Node] = []
    fields: dict[str, Node] = {"distribution": Node(name, node.place)}
    for argument in _read(node, inside):
        keyword = _KEYWORD.match(argument.value) if isinstance(argument.value, str) else None
        if not keyword:
            positional.append(argument)
            continue
        key = SPELLINGS.get(keyword.group(1), keyword.group(1))
        value = _read(node, keyword.group(2))
        if key in fields or len(value) != 1:
            raise Invalid(f"{show(node.value)}: `{key}` needs one value")
        fields[key] = value[0]
    if name in LISTED or ALIASES.get(name) in LISTED:
        # choice([32, 64]) is what Python's tools write; a choice of one list would be no choice.
        only_list = len(positional) == 1 and positional[0].is_list
        return fields | {"values": positional[0] if only_list else Node(positional, node.place)}
    return _with_ends(node, name, fields, positional)


def _with_ends(node: Node, name: str, fields: dict[str, Node], positional: list[Node]) -> dict[str, Node]:
    if len(positional) > 3:
        raise Invalid(f"{name} takes min, max and perhaps a step, got {len(positional)} values")
    for key, value in zip(("min", "max", "step"), positional, strict=False):
        if key in fields:
            raise Invalid(f"{show(node.value)}: `{key}` needs one value")
        fields[key] = value
    return fields


def _read(node: Node, inside: str) -> list[Node]:
    """The values between two brackets."""
    try:
        values = parse(f"[{inside}]", "").moved(node.place).value
    except ConfigError as err:
        rule = f"cannot read what stands between the brackets of {show(node.value)}"
        raise Invalid(rule, "values with commas between them, or the long form: {distribution: ..., ...}") from err
    return list(values)

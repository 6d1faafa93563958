"""The `parameters:` of a config: long form, short form and bare values -> distributions."""

import re
from typing import Any

from hpsearch.config.foreign import ALIASES, REFUSED, SPELLINGS
from hpsearch.config.keys import PARAMETER
from hpsearch.config.kinds import Invalid, show
from hpsearch.config.loader import Node, parse
from hpsearch.errors import ConfigError, did_you_mean
from hpsearch.space import DISTRIBUTIONS, Choice, Distribution, Fixed, Numeric, Ordinal, Parameter, SpaceError

__all__ = ["NAMES", "read_parameter"]

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.DOTALL)
_KEYWORD = re.compile(r"\s*(\w+)\s*=\s*(.+)\Z", re.DOTALL)
_LISTED: dict[str, type[Choice]] = {"choice": Choice, "values": Choice, "ordinal": Ordinal}
NAMES = (*DISTRIBUTIONS, "choice", "ordinal")


def read_parameter(name: str, node: Node) -> Parameter:
    """The hyperparameter that the node declares.

    Raises:
        Invalid: it declares none that could be.
    """
    fields = _fields(node)
    distribution = _distribution(node, fields)
    limits = fields.get("limits")
    return Parameter(name, distribution, _when(fields.get("when")), _limits(limits, distribution) if limits else None)


def _fields(node: Node) -> dict[str, Node]:
    """The long form of any form: key -> node."""
    if node.is_list:
        return {"values": node}
    if node.is_mapping:
        return {SPELLINGS.get(key, key): value for key, value in node.items()}
    call = _CALL.match(node.value) if isinstance(node.value, str) else None
    return _call_fields(node, *call.groups()) if call else {"value": node}


def _call_fields(node: Node, name: str, inside: str) -> dict[str, Node]:
    """`loguniform(1e-4, 1, step=0.1)` -> the fields of the long form."""
    try:
        arguments = parse(f"[{inside}]", "").value
    except ConfigError as err:
        raise Invalid(f"cannot read what stands between the brackets of {show(node.value)}") from err
    positional: list[Node] = []
    fields: dict[str, Node] = {"distribution": Node(name, node.place)}
    for argument in arguments:
        keyword = _KEYWORD.match(argument.value) if isinstance(argument.value, str) else None
        if keyword:
            value = parse(f"[{keyword.group(2)}]", "").value[0].value
            fields[SPELLINGS.get(keyword.group(1), keyword.group(1))] = Node(value, node.place)
        else:
            positional.append(Node(argument.value, node.place))
    if name in _LISTED:
        fields["values"] = Node(positional, node.place)
    else:
        fields |= dict(zip(("min", "max", "step"), positional, strict=False))
        if len(positional) > 3:
            raise Invalid(f"{name} takes min, max and perhaps a step, got {len(positional)} values")
    return fields


def _distribution(node: Node, fields: dict[str, Node]) -> Distribution:
    for key in fields:
        if key not in PARAMETER:
            place = fields[key] if key in node.keys else None
            raise Invalid(f"has no key `{key}`", did_you_mean(key, PARAMETER), place)
    name = _name(fields)
    try:
        if name == "value":
            return Fixed(_only(fields, "value", "value").plain())
        if name in _LISTED:
            values = _only(fields, "values", name)
            if not values.is_list:
                raise Invalid(f"values must be a list, got {show(values.plain())}", f"values: [{values.value}]", values)
            return _LISTED[name](tuple(values.plain()))
        return _numeric(name, fields)
    except SpaceError as err:
        raise Invalid(str(err), err.fix, _culprit(fields)) from err


def _culprit(fields: dict[str, Node]) -> Node | None:
    return fields.get("min") or fields.get("values")


def _only(fields: dict[str, Node], key: str, name: str) -> Node:
    """The field, where no field stands beside it that has no meaning there."""
    extra = [other for other in fields if other not in (key, "distribution", "when")]
    if extra:
        raise Invalid(f"{name} takes no `{extra[0]}`", f"remove `{extra[0]}`", fields[extra[0]])
    if key not in fields:
        raise Invalid(f"{name} needs `{key}`")
    return fields[key]


def _name(fields: dict[str, Node]) -> str:
    if "distribution" not in fields:
        implied = [key for key in ("value", "values") if key in fields]
        if implied:
            return implied[0]
        raise Invalid("needs a distribution: which scale is right?", _scale_hint(fields))
    node = fields["distribution"]
    name = str(node.value)
    name = ALIASES.get(name, name)
    if name in REFUSED:
        raise Invalid(f"distribution `{name}`: {REFUSED[name][0]}", REFUSED[name][1], node)
    if name not in DISTRIBUTIONS and name not in _LISTED and name != "value":
        raise Invalid(f"unknown distribution {show(node.value)}", did_you_mean(name, NAMES), node)
    return name


def _scale_hint(fields: dict[str, Node]) -> str:
    low, high = (fields[key].value if key in fields else None for key in ("min", "max"))
    whole = isinstance(low, int) and isinstance(high, int)
    names = "`randint` or `lograndint`" if whole else "`uniform`, `loguniform` or `reverseloguniform`"
    return f"add `distribution:` with {names}; or `values: [...]`, or `value: ...`"


def _numeric(name: str, fields: dict[str, Node]) -> Numeric:
    if "values" in fields or "value" in fields:
        raise Invalid(f"{name} takes `min` and `max`, no list of values", "leave `distribution` out for a choice")
    absent = [key for key in ("min", "max") if key not in fields]
    if absent:
        raise Invalid(f"{name} needs `{'` and `'.join(absent)}`", f"{name}(min, max)")
    numbers = {key: _number(key, fields[key]) for key in ("min", "max", "step") if key in fields}
    return Numeric(name, numbers["min"], numbers["max"], numbers.get("step"))


def _number(key: str, node: Node) -> Any:
    try:
        kind = PARAMETER[key].kind
        return kind.read(node) if kind else node.value
    except Invalid as err:
        raise Invalid(f"{key} {err}", err.fix, node) from err


def _when(node: Node | None) -> dict[str, tuple[Any, ...]]:
    if node is None:
        return {}
    if not node.is_mapping or not node.value:
        raise Invalid(f"when must be a mapping, got {show(node.plain())}", "when: {optimizer: [adam]}", node)
    return {key: tuple(value.plain()) if value.is_list else (value.plain(),) for key, value in node.items()}


def _limits(node: Node, distribution: Distribution) -> tuple[float, float]:
    if not isinstance(distribution, Numeric):
        raise Invalid("limits are for ranges of numbers", "remove `limits`", node)
    ends = [item.value for item in node.value] if node.is_list else []
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(numbers) != 2 or len(ends) != 2 or not numbers[0] <= distribution.min < distribution.max <= numbers[1]:
        rule = f"limits must be [lowest, highest] around {distribution.min:g} to {distribution.max:g}"
        raise Invalid(f"{rule}, got {show(node.plain())}", "", node)
    try:
        Numeric(distribution.name, *numbers)
    except SpaceError as err:
        raise Invalid(f"limits: {err}", err.fix, node) from err
    return float(numbers[0]), float(numbers[1])

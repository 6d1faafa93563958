"""Reads `parameters:` into a Space, and checks how parameters depend on one another."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from hpsearch.config.forms import ALIASES, REFUSED, long_form
from hpsearch.config.keys import PARAMETER
from hpsearch.document import Invalid, Mistakes, Node, Number, is_number, parse, short, show
from hpsearch.errors import ConfigError, did_you_mean
from hpsearch.space import (
    DISTRIBUTIONS,
    LISTED,
    Condition,
    Conditions,
    Distribution,
    Fixed,
    Numeric,
    Parameter,
    Space,
    SpaceError,
)

_NAME = re.compile(r"[^\s=,;(){}\[\]'\"`]+")
_EXAMPLE = "parameters:\n  learning_rate: loguniform(1e-4, 1)"
_ANY_OF = "when: [{optimizer: adam}, {layers: '>= 2'}] where any of several is to hold"
_PIECES = re.compile(r"""'[^']*'|"[^"]*"|\[[^\]]*\]|\bor\b|\band\b|\s+|[^\s'"\[]+|.""", re.DOTALL)
_WORDS = re.compile(
    r"\s*`?(?P<name>[^\s=<>!`()]+)`?\s*(?P<sign>==|!=|>=|<=|>|<|\bin\b)\s*(?P<operand>[^\s=<>!].*?)\s*", re.DOTALL
)
_NAMES = (*DISTRIBUTIONS, "choice", "ordinal")
_NUMBERS = {name: key.kind for name, key in PARAMETER.items() if isinstance(key.kind, Number)}  # min, max and step


def read_space(root: Node, mistakes: Mistakes) -> Space:
    """The space that the config declares: what is left of it where mistakes are noted."""
    node = root.get("parameters")
    if node is None or not node.is_mapping or not node.value:
        empty = "is empty" if node else "is missing"
        problem = f"must be a mapping, got {show(node.plain())}" if node and node.value else empty
        mistakes.at((node or root).place, f"`parameters` {problem}: what is searched?", _EXAMPLE, code="C105")
        return Space(())
    before = len(mistakes.found)
    parameters: dict[str, Parameter] = {}
    for name, value in node.value.items():
        with mistakes.noted(f"parameters.{name}", value):
            if not _NAME.fullmatch(name):
                rule = f"{show(name)} is no name of a parameter"
                raise Invalid(rule, "no spaces, brackets, quotes, commas or `=` in it", Node(None, node.keys[name]))
            parameters[name] = read_parameter(name, value)
    _check_conditions(node, parameters, mistakes)
    if len(mistakes.found) > before:
        # Without conditions, since those may name what could not be read.
        return Space(tuple(Parameter(p.name, p.distribution) for p in parameters.values()))
    space = Space(tuple(parameters.values()))
    if not space.searched:
        mistakes.at(node.place, "every parameter is fixed: nothing to search", _EXAMPLE, code="C210")
    return space


def _check_conditions(node: Node, parameters: dict[str, Parameter], mistakes: Mistakes) -> None:
    parents: dict[str, list[str]] = {}
    for name, value in node.value.items():
        with suppress(Invalid):  # the `when` even of a parameter that is wrong elsewhere
            whens = read_when(value.get("when"))
            parents[name] = [parent for each in whens for parent in each]
            for conditions, place in zip(whens, _alternatives(value.get("when")), strict=True):
                for parent, condition in conditions.items():
                    with mistakes.noted(f"parameters.{name}.when", Node(None, place.keys[parent])):
                        _check_condition(parent, condition, node, parameters)
    told: set[str] = set()
    for name in parents:
        circle = _circle(name, parents)
        if circle and name not in told:
            told |= {*circle}
            rule = f"parameters.{name}.when: goes in a circle: {' -> '.join(circle)}"
            place = node.value[name].get("when") or node.value[name]
            mistakes.at(place.place, rule, "let one of them exist always", code="C208")


def _check_condition(parent: str, condition: Condition, node: Node, parameters: dict[str, Parameter]) -> None:
    """Raise Invalid where it names no parameter, or what that one never is."""
    if parent not in node.value:
        fix = _ANY_OF if parent in ("or", "any", "and", "all", "not") else did_you_mean(parent, node.value)
        raise Invalid(f"unknown parameter `{parent}`", fix, code="C209")
    if parent not in parameters:
        return
    distribution = parameters[parent].distribution
    if distribution.size is None and condition.sign in ("in", "!="):
        rule = f"{parent} is {distribution}, which practically never takes one certain value"
        fix = f"let it depend on a choice, give {parent} listed values, or compare: {parent}: '> 0.1'"
        raise Invalid(rule, fix, code="C208")
    listed = condition.named if condition.sign in ("in", "!=") else ()
    units = distribution.to_unit(list(listed))
    if never := [value for value, unit in zip(listed, units, strict=True) if unit != unit]:
        known = distribution.grid(distribution.size or 1) if distribution.scale is None else []
        fix = did_you_mean(str(never[0]), map(str, known), called="") or f"{parent} is {distribution}"
        raise Invalid(f"{parent} is never {' or '.join(map(show, never))}", fix, code="C208")
    if condition.within(distribution) is None:
        raise Invalid(f"{parent} is never {condition}", f"{parent} is {distribution}", code="C208")


def _circle(start: str, parents: dict[str, list[str]]) -> list[str]:
    """The parents from `start` back to itself, where there is such a way; else nothing."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for parent in parents.get(way[-1], ()):
            if parent == start:
                return [*way, start]
            if parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    return []


def read_parameter(name: str, node: Node) -> Parameter:
    """The hyperparameter that the node declares; Invalid, or a group of them, where it declares none that could be."""
    problems = _Problems()
    fields = long_form(name, node, problems)
    kind = ""
    when: tuple[Conditions, ...] = ()
    if "distribution" in fields or not problems:  # else what is missing may be the key that is misspelt
        with problems.noted():
            kind = _kind(fields)
    for key in [key for key in _NUMBERS if key in fields]:
        with problems.noted(f"{key} ", fields[key]):
            _NUMBERS[key].read(fields[key])
    with problems.noted():
        when = read_when(fields.get("when"))
    if problems:
        raise ExceptionGroup(name, problems)
    distribution = _distribution(kind, fields)
    return Parameter(name, distribution, when, _limits(fields.get("limits"), distribution))


class _Problems(list[Invalid]):
    """What is wrong with one parameter."""

    @contextmanager
    def noted(self, of: str = "", node: Node | None = None) -> Iterator[None]:
        try:
            yield
        except Invalid as err:
            self.append(Invalid(f"{of}{err}", err.fix, err.node or node, code=err.code))


def _kind(fields: dict[str, Node]) -> str:
    """The name of the distribution, as it is called here."""
    if "distribution" not in fields:
        for key in ("value", "values"):
            if key in fields:
                return key
        whole = all(key in fields and isinstance(fields[key].value, int) for key in ("min", "max"))
        names = "`randint` or `lograndint`" if whole else "`uniform`, `loguniform` or `reverseloguniform`"
        fix = f"add `distribution:` with {names}; or `values: [...]`, or `value: ...`"
        raise Invalid("needs a distribution: which scale is right?", fix, code="C201")
    node = fields["distribution"]
    given = node.value if isinstance(node.value, str) else show(node.plain())
    name = ALIASES.get(given, given)
    if name in REFUSED:
        raise Invalid(f"distribution `{name}`: {REFUSED[name][0]}", REFUSED[name][1], node, code="C202")
    if name not in (*DISTRIBUTIONS, *LISTED, "value"):
        raise Invalid(f"unknown distribution `{given}`", did_you_mean(given, _NAMES), node, code="C202")
    if given.startswith("q") and name in DISTRIBUTIONS:
        _check_quantum(given, name, fields, node)
    return name


def _check_quantum(given: str, name: str, fields: dict[str, Node], node: Node) -> None:
    """Elsewhere q rounds to multiples of q, here steps start at min: the same only where min is a multiple."""
    step, low = (fields[key].value if key in fields else None for key in ("step", "min"))
    if step is None:
        fix = f"add `step: ...`, or use `{name}` for a range without steps"
        raise Invalid(f"{given} needs `q`", fix, node, code="C204")
    if is_number(step) and is_number(low) and step > 0 and abs(low / step - round(low / step)) > 1e-9:
        rule = f"{given} gives multiples of q, and min={show(low)} is none of q={show(step)}"
        fix = f"use `{name}` with `step: {show(step)}`, whose values are min, min + step, ..."
        raise Invalid(rule, fix, node, code="C204")


def _distribution(kind: str, fields: dict[str, Node]) -> Distribution:
    try:
        if kind in DISTRIBUTIONS:
            numeric = Numeric(kind, **_numbers(kind, fields))
            numeric.check_precision()
            return numeric
        values = _listed(kind, fields)
        return LISTED[kind](tuple(values)) if kind in LISTED else Fixed(values)
    except SpaceError as err:
        key = "step" if str(err).startswith("step") else "min"
        raise Invalid(str(err), err.fix, fields.get(key) or fields.get("values"), code=err.code) from err


def _listed(kind: str, fields: dict[str, Node]) -> Any:
    """The listed values or the fixed one, where no field stands beside them that has no meaning there."""
    key = "values" if kind in LISTED else "value"
    if extra := [other for other in fields if other not in (key, "distribution", "when")]:
        raise Invalid(f"{kind} takes no `{extra[0]}`", f"remove `{extra[0]}`", fields[extra[0]], code="C108")
    if key not in fields:
        raise Invalid(f"{kind} needs `{key}`", code="C105")
    node = fields[key]
    if kind in LISTED and not node.is_list:
        fix = "" if node.is_mapping else f"values: [{show(node.value).strip(chr(39))}]"
        raise Invalid(f"values must be a list, got {show(node.plain())}", fix, node, code="C206")
    for item in node.value if kind in LISTED else [node]:
        if item.value != item.value:
            raise Invalid("NaN is no setting: it equals nothing, not even itself", "", item, code="C206")
    return node.plain()


def _numbers(name: str, fields: dict[str, Node]) -> dict[str, float]:
    if listed := fields.get("values") or fields.get("value"):
        rule = f"{name} takes `min` and `max`, no list of values and no single one"
        raise Invalid(rule, "leave `distribution` out for a choice", listed, code="C108")
    if absent := [key for key in ("min", "max") if key not in fields]:
        raise Invalid(f"{name} needs `{'` and `'.join(absent)}`", f"{name}(min, max)", code="C105")
    return {key: fields[key].value for key in _NUMBERS if key in fields}


def read_when(node: Node | None) -> tuple[dict[str, Condition], ...]:
    """The conditions of a parameter, any of which is to hold; Invalid where they are none."""
    return tuple(map(_read_conditions, _alternatives(node)))


def _alternatives(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if isinstance(node.value, str):
        return [Node(each, node.place, dict.fromkeys(each, node.place)) for each in _in_words(node)]
    alternatives: list[Node] = node.value if node.is_list else [node]
    if not alternatives or not all(each.is_mapping and each.value for each in alternatives):
        rule = f"when must be a mapping, or a list of mappings, got {show(node.plain())}"
        raise Invalid(rule, f"when: {{optimizer: [adam]}}\n{_ANY_OF}", node, code="C207")
    return alternatives


def _in_words(node: Node) -> list[dict[str, Node]]:
    """What a text such as `optimizer == adam and layers >= 2 or width > 8` says: any of its parts is to hold."""
    parts: list[dict[str, Node]] = [{}]
    text = ""
    for piece in [*_PIECES.findall(node.value), "or"]:
        if piece not in ("or", "and"):
            text += piece
            continue
        name, condition = _condition_in_words(text, node)
        if name in parts[-1]:
            rule = f"when: `{name}` stands twice in what is to hold together"
            raise Invalid(rule, "one condition for each parameter; list the values that are meant", node, code="C207")
        parts[-1][name] = condition
        text = ""
        if piece == "or":
            parts.append({})
    return parts[:-1]


def _condition_in_words(text: str, node: Node) -> tuple[str, Node]:
    words = _WORDS.fullmatch(text)
    if words is None:
        rule = f"when: {show(text.strip() or node.value)} is no condition"
        raise Invalid(rule, f"when: optimizer == adam and layers >= 2\n{_ANY_OF}", node, code="C207")
    sign, operand = words["sign"], words["operand"]
    return words["name"], Node.of(parse(operand, "").plain() if sign == "in" else f"{sign} {operand}", node.place)


def _read_conditions(node: Node) -> dict[str, Condition]:
    when = {}
    for key, value in node.value.items():
        if value.value == []:
            fix = f"list the values of {key} for which this parameter exists, or leave `when` out"
            rule = f"when names no value of `{key}`, so this parameter would never exist"
            raise Invalid(rule, fix, value, code="C208")
        try:
            when[key] = Condition.from_spec(value.plain())
        except SpaceError as err:
            raise Invalid(f"when: {key}: {err}", err.fix, value, code="C207") from err
        except ConfigError as err:
            rule = f"when: {key}: cannot read {show(value.plain())}"
            raise Invalid(rule, "such as '>= 2'", value, code="C207") from err
    return when


def _limits(node: Node | None, distribution: Distribution) -> tuple[float, float] | None:
    if node is None:
        return None
    if distribution.scale is None:
        raise Invalid("limits are for ranges of numbers", "remove `limits`", node, code="C108")
    given = [item.value for item in node.value] if node.is_list else []
    low, high = given if len(given) == 2 and all(map(is_number, given)) else (float("inf"), float("-inf"))
    lowest, highest = distribution.ends
    if not low <= lowest < highest <= high:
        fix = f"limits: [{short(lowest)}, {short(highest)}], or wider"
        rule = f"limits must be [lowest, highest] around {short(lowest)} to {short(highest)}, got {show(node.plain())}"
        raise Invalid(rule, fix, node, code="C203")
    try:
        Numeric(distribution.name, low, high).check_precision()
    except SpaceError as err:
        raise Invalid(f"limits: {err}", err.fix, node, code=err.code) from err
    return float(low), float(high)

"""Conditions: for which values of another one a parameter exists."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import ge, gt, le, lt
from typing import Any, Self

from hpsearch.document import is_number, parse, written, yaml_lines
from hpsearch.space.categorical import value_key
from hpsearch.space.distribution import Distribution, SpaceError

_SIGNS = {">=": ge, "<=": le, ">": gt, "<": lt}
_SHORT = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\S.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """What a value must be.

    Attributes:
        sign: `in`, `!=`, or how a number must compare.
        operand: the number, or a tuple of the values that it must be `in`, or none of for `!=`.

    Raises:
        SpaceError: numbers compare with numbers alone.
    """

    sign: str
    operand: Any

    def __post_init__(self) -> None:
        if self.sign in _SIGNS and not is_number(self.operand):
            raise SpaceError(f"`{self}` compares with what is no number", "list the values that are meant", code="C207")

    def holds(self, value: Any) -> bool:
        """Whether the value is one of these."""
        if compare := _SIGNS.get(self.sign):
            return is_number(value) and compare(value, self.operand)
        return (value_key(value) in self._keys) == (self.sign == "in")

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(map(value_key, self.named))

    @property
    def named(self) -> tuple[Any, ...]:
        """The values that it names."""
        return (self.operand,) if self.sign in _SIGNS else tuple(self.operand)

    def within(self, distribution: Distribution) -> Self | None:
        """What is left of it for this distribution of the parent; None where no value of that is meant."""
        if self.sign == "in":
            units = distribution.to_unit(list(self.named))
            left = tuple(value for value, unit in zip(self.named, units, strict=True) if unit == unit)
            return type(self)("in", left) if left else None
        ends = distribution.grid(distribution.size or 1 if distribution.scale is None else 2)
        return self if any(map(self.holds, ends)) else None

    def spec(self) -> Any:
        """The condition as a config writes it: a list, or a short text."""
        return list(self.operand) if self.sign == "in" else str(self)

    @classmethod
    def from_spec(cls, spec: Any) -> Self:
        """The condition whose `spec` this is; a single value that is no short text is meant itself."""
        short = _SHORT.match(spec) if isinstance(spec, str) else None
        if short is None:
            return cls("in", tuple(spec) if isinstance(spec, list | tuple) else (spec,))
        sign, operand = short[1], parse(short[2], "").plain()
        if sign in _SIGNS:
            return cls(sign, operand)
        return cls("in" if sign == "==" else "!=", (operand,))

    def __str__(self) -> str:
        if self.sign == "in":
            return f"in {written(list(self.operand))}"
        (operand,) = self.named
        # As a config writes it, so that the text 08 does not come back as a number.
        return f"{self.sign} {yaml_lines({'x': operand})[0][3:] if isinstance(operand, str) else written(operand)}"


Conditions = Mapping[str, Condition]
"""Other parameter -> its condition; all of them are to hold."""


def among(*values: Any) -> Condition:
    """One of these values."""
    return Condition("in", values)

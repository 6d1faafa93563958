"""Conditions on the columns of a table, as `--where` takes them.

A text is cut into words first, each with its place; of what Python's parser makes of them, only the kinds of nodes that
`_Reader` names are understood: columns, fixed values, comparisons, logic and arithmetic. Nothing is ever called or run.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, NoReturn

from hpsearch.document import quoted_name, scalar
from hpsearch.document.scalars import PLAIN_NAME
from hpsearch.errors import UsageError, did_you_mean


class Absent(Enum):
    """What a column holds where there is nothing: not even null, which is a value."""

    ABSENT = ""


ABSENT = Absent.ABSENT

Part = Callable[[int], Any]
"""A part of a condition: row -> its value there."""

Columns = Callable[[str], Sequence[Any] | None]
"""Name -> the values of that column, row by row, ABSENT where there is none; None where there is no such column."""

_LONGEST = 10_000  # characters
_DEEPEST = 100  # nodes within one another
_EXAMPLE = "such as: --where 'layers == 2 and learning_rate < 0.01'"
_ONLY = "only columns, numbers, quoted words, comparisons, and/or/not, in [..], + - * / ** and brackets may stand here"
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |   (?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])
    |   (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |   `(?P<quoted>[^`]+)`
    |   (?P<name>"""
    + PLAIN_NAME.pattern
    + r""")
    |   (?P<sign>==|!=|<=|>=|<|>|\*\*|[-+*/()\[\],])
    |   (?P<logic>&&?|\|\|?|~)
    """,
    re.VERBOSE | re.DOTALL,
)
_LOGIC = {"&": "and ", "|": "or ", "~": "not "}
_WORDS = {"and": "and ", "or": "or ", "not": "not ", "in": "in ", "is": "is "}
_FIXED = {"true": True, "false": False, "null": None, "none": None}
_HINTS = {
    "=": "values are compared with `==`",
    "!": "`not` negates a condition, `!=` compares values",
    "'": "this quote is never closed",
    '"': "this quote is never closed",
    "`": "a name between backticks must have an end",
}


def condition(text: str, columns: Columns, names: Sequence[str]) -> Part:
    """The condition that a text states: row -> whether it holds there. A comparison with what is absent does not.

    names: of columns, to suggest one where a name is not known.

    Raises:
        UsageError: the text is no condition; it says where, and what may stand there.
    """
    return _Reader(text.strip(), columns, names).condition()


@dataclass(frozen=True)
class _Column:
    values: Sequence[Any]


class _Reader:
    """One text: its words and their places, then the tests that its nodes stand for."""

    def __init__(self, text: str, columns: Columns, names: Sequence[str]) -> None:
        self._text, self._columns, self._names = text, columns, names
        self._meant: list[Any] = []  # what the placeholders _0, _1, ... stand for: a column or a fixed value
        self._places: list[int] = []  # of the letters that the parser sees, in the text

    def condition(self) -> Part:
        if not self._text:
            raise UsageError(f"--where: there is no condition\n  {_EXAMPLE}")
        if len(self._text) > _LONGEST:
            raise UsageError(f"--where: a condition has at most {_LONGEST} characters, not {len(self._text)}")
        plain = self._plain()
        try:
            body = ast.parse(plain, mode="eval").body
            if _depth(body) > _DEEPEST:
                raise RecursionError
            return self._truth(body)
        except SyntaxError as err:
            # The parser gives no place where the text ends too early.
            self._fail(
                err.offset - 1 if err.offset else len(plain), "something is missing here, or should not stand here"
            )
        except (RecursionError, MemoryError):
            raise UsageError("--where: too many brackets or signs around one another") from None

    def _plain(self) -> str:
        """The text for Python's parser: placeholders in place of names and values, and one spelling for each sign."""
        pieces, place = [], 0
        while place < len(self._text):
            match = _TOKEN.match(self._text, place)
            if match is None:
                self._refuse(place, _HINTS.get(self._text[place], _ONLY))
            piece = self._piece(str(match.lastgroup), match[str(match.lastgroup)], place)
            pieces.append(piece)
            self._places += [place] * len(piece)
            place = match.end()
        return "".join(pieces)

    def _piece(self, kind: str, word: str, place: int) -> str:
        if kind == "space":
            return " "
        if kind in ("sign", "logic"):
            return _LOGIC.get(word[0], word) if kind == "logic" else word
        if kind == "name" and word.lower() in _WORDS:
            return _WORDS[word.lower()]
        self._meant.append(self._meaning(kind, word, place))
        return f"_{len(self._meant) - 1} "

    def _meaning(self, kind: str, word: str, place: int) -> Any:
        if kind == "text":
            return re.sub(r"\\(['\"\\])", r"\1", word[1:-1])
        if kind == "number":
            number = scalar(word)
            return number if not isinstance(number, str) else self._refuse(place, f"{word[:20]} is no number")
        if kind == "name" and word.lower() in _FIXED:
            return _FIXED[word.lower()]
        values = self._columns(word)
        return _Column(values) if values is not None else self._refuse(place, self._unknown(word, place))

    def _unknown(self, word: str, place: int) -> str:
        odd = [name for name in self._names if name.startswith(word) and self._text.startswith(name, place)]
        if odd:
            return f"names that are no plain words stand in backticks: {quoted_name(max(odd, key=len))}"
        return f"no column {word!r}; {did_you_mean(word, self._names, 'columns')}"

    def _refuse(self, place: int, why: str) -> NoReturn:
        """UsageError with the place: the text from shortly before it, and a caret beneath."""
        start = max(0, place - 40)
        near = re.sub(r"\s", " ", self._text[start : place + 40])
        raise UsageError(f"--where cannot be read: {why}\n    {near}\n    {' ' * (place - start)}^\n  {_EXAMPLE}")

    def _fail(self, column: int, why: str) -> NoReturn:
        """UsageError for a place in what the parser was given."""
        self._refuse(self._places[column] if column < len(self._places) else len(self._text), why)

    def _truth(self, node: ast.expr) -> Part:
        """A node that has to be true or false."""
        match node:
            case ast.BoolOp():
                tests, every = [self._truth(value) for value in node.values], isinstance(node.op, ast.And)
                return (lambda i: all(t(i) for t in tests)) if every else (lambda i: any(t(i) for t in tests))
            case ast.UnaryOp(op=ast.Not()):
                negated = self._truth(node.operand)
                return lambda i: not negated(i)
            case ast.Compare():
                return self._comparison(node)
            case ast.Name():
                meant = self._meant[int(node.id[1:])]
                if isinstance(meant, bool):
                    return lambda _: meant
                if isinstance(meant, _Column) and any(isinstance(value, bool) for value in meant.values):
                    return lambda i: meant.values[i] is True
            case ast.Tuple():
                self._fail(node.col_offset, "numbers have a point, 0.5, and conditions are joined with `and` or `or`")
        return self._fail(node.col_offset, "this alone is no condition: compare it with something, `layers == 2`")

    def _comparison(self, node: ast.Compare) -> Part:
        if not any(isinstance(self._meant[int(n.id[1:])], _Column) for n in ast.walk(node) if isinstance(n, ast.Name)):
            self._fail(node.col_offset, "this compares fixed values; a column's name stands without quotes")
        nodes = (node.left, *node.comparators)
        for (left, right), op in zip(pairwise(nodes), node.ops, strict=True):
            self._check_kinds(left, right, op)
        parts = [self._value(part) for part in nodes]
        steps = [
            (left, _COMPARED[type(op)], right) for (left, right), op in zip(pairwise(parts), node.ops, strict=True)
        ]

        def holds(i: int) -> bool:
            for left, compared, right in steps:
                a, b = left(i), right(i)
                if a is ABSENT or b is ABSENT or not compared(a, b):
                    return False
            return True

        return holds

    def _check_kinds(self, left: ast.expr, right: ast.expr, op: ast.cmpop) -> None:
        """Refuse what can hold in no row: a number as a list, and a text in quotes beside a column of numbers."""
        one, other = (self._meant[int(n.id[1:])] if isinstance(n, ast.Name) else None for n in (left, right))
        if isinstance(op, ast.In | ast.NotIn):
            if _is_number(other):
                self._fail(right.col_offset, "`in` needs a list, such as [1, 2]")
            return
        for column, text, node in ((one, other, right), (other, one, left)):
            if isinstance(column, _Column) and isinstance(text, str):
                known = [value for value in column.values if value is not ABSENT and value is not None]
                if known and all(map(_is_number, known)):
                    self._fail(node.col_offset, "a text in quotes is compared with numbers: a number has no quotes")

    def _value(self, node: ast.expr) -> Part:
        """A node that has a value."""
        match node:
            case ast.Name():
                meant = self._meant[int(node.id[1:])]
                return meant.values.__getitem__ if isinstance(meant, _Column) else lambda _: meant
            case ast.List() | ast.Tuple():
                items = [self._value(item) for item in node.elts]
                return lambda i: [item(i) for item in items]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                sign, number = -1 if isinstance(node.op, ast.USub) else 1, self._value(node.operand)
                return lambda i: _calculated(operator.mul, sign, number(i))
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                how, left, right = _ARITHMETIC[type(node.op)], self._value(node.left), self._value(node.right)
                return lambda i: _calculated(how, left(i), right(i))
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self._truth(node)
        return self._fail(node.col_offset, _ONLY)


def _depth(node: ast.AST) -> int:
    return 1 + max(map(_depth, ast.iter_child_nodes(node)), default=0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(a: Any, b: Any) -> bool:
    """Whether they are equal: 1 is 1.0, and true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers are compared with numbers, texts with texts, and nothing else has an order."""

    def compared(a: Any, b: Any) -> bool:
        texts = isinstance(a, str) and isinstance(b, str)
        return (texts or (_is_number(a) and _is_number(b))) and compare(a, b)

    return compared


def _within(a: Any, b: Any) -> bool:
    if isinstance(b, str):
        return isinstance(a, str) and a in b
    return isinstance(b, list | tuple) and any(_same(a, item) for item in b)


_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _same,
    ast.NotEq: lambda a, b: not _same(a, b),
    ast.Is: _same,
    ast.IsNot: lambda a, b: not _same(a, b),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _within,
    ast.NotIn: lambda a, b: not _within(a, b),
}


def _calculated(how: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """A number from two; nothing where one is none, or where the result is none: 1 / 0, or beyond all floats."""
    if not (_is_number(a) and _is_number(b)):
        return ABSENT
    try:
        result = how(a, b)
        return result if isinstance(result, int | float) and not math.isnan(result) else ABSENT
    except (ArithmeticError, ValueError):
        return ABSENT


def _power(a: float, b: float) -> Any:
    return float(a) ** float(b)  # of floats alone: whole numbers could grow without end


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: _power,
}

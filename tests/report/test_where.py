"""Conditions on columns, against plain Python over the same rows."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.errors import UsageError
from hpsearch.report.where import ABSENT, condition

COLUMNS = {
    "lr": [0.1, 0.01, ABSENT, 0.5],
    "params.lr": [0.1, 0.01, ABSENT, 0.5],
    "units": [8, 16, 8, 32],
    "lambda": [8, 16, 8, 32],
    "mixed": [8, "x", 64, 300],
    "optimizer": ["adam", "sgd", None, "adam"],
    "bn": [True, False, True, ABSENT],
    "val loss": [0.5, 0.4, 0.3, 0.2],
    "rank_0/acc": [0.9, 0.8, 0.7, ABSENT],
    "error": [ABSENT, "no memory", "it's broken", ABSENT],
    "a-b": [1, 1, 1, 1],
    "größe": [2, 2, 2, 2],
}


def chosen(text: str) -> list[int]:
    """The rows, by number, for which a condition holds."""

    holds = condition(text, COLUMNS.get, list(COLUMNS))
    return [i for i in range(4) if holds(i)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("lr < 0.2", [0, 1]),
        ("params.lr < 0.2", [0, 1]),
        ("lr != 0.1", [1, 3]),  # what is absent is neither equal nor unequal
        ("not lr < 0.2", [2, 3]),
        ("0.05 < lr <= 0.5", [0, 3]),
        ("units == 8 and lr < 1 or optimizer == 'sgd'", [0, 1]),
        ("units == 8 & lr < 1 | optimizer == 'sgd'", [0, 1]),
        ("(units == 8) && ~(lr < 1)", [2]),
        ("units == 8 AND NOT lr < 1", [2]),
        ("optimizer in ['adam', \"sgd\"]", [0, 1, 3]),
        ("optimizer not in ('adam',)", [1, 2]),
        ("'memory' in error", [1]),
        (r"error == 'it\'s broken'", [2]),
        ("optimizer == null", [2]),
        ("optimizer is not None", [0, 1, 3]),
        ("bn", [0, 2]),
        ("not bn", [1, 3]),
        ("bn == true", [0, 2]),
        ("bn == 1", []),
        ("`val loss` < 0.35", [2, 3]),
        ("`rank_0/acc` > .75", [0, 1]),
        ("`a-b` == 1 and größe == 2", [0, 1, 2, 3]),
        ("lambda > 8", [1, 3]),
        ("units * 2 - 4 == 12", [0, 2]),
        ("units ** 2 > 1e2 and -lr < -0.2", [3]),
        ("lr / (units - 8) < 1", [1, 3]),  # a division by zero has no result
        ("mixed < 100", [0, 2]),
        ("units == 8.0", [0, 2]),
        ("optimizer > 'b'", [1]),
        ("  units\n == 8 ", [0, 2]),
    ],
)
def test_a_condition_holds_where_it_says(text: str, rows: list[int]) -> None:
    assert chosen(text) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unitz == 3", "did you mean `units`?\n    unitz == 3\n    ^\n"),
        ("lr < 1 and unitz == 3", "\n    lr < 1 and unitz == 3\n               ^\n"),
        ("units = 3", "compared with `==`"),
        ("val loss < 3", "in backticks: `val loss`"),
        ("rank_0/acc < 3", "in backticks: `rank_0/acc`"),
        ("units ==", "\n    units ==\n            ^\n"),
        ("lr < 0,2", "numbers have a point"),
        ("units == '8'", "a number has no quotes"),
        ("'8' < units", "a number has no quotes"),
        ("units in 8", "needs a list"),
        ("units not in (8)", "needs a list"),
        ("(units == 3", "cannot be read"),
        ("units 3", "cannot be read"),
        ("units == 'abc", "never closed"),
        ("", "there is no condition"),
        ("units", "this alone is no condition"),
        ("units + 1", "this alone is no condition"),
        ("'adam' == 'optimizer'", "fixed values"),
        ("units(1) == 2", "may stand here"),
        ("units[0] == 2", "may stand here"),
        ("(lambda: 1)() == 2", "may stand here"),
        ("units if bn else lr", "no column 'if'"),
        ("@units == 1", "only columns"),
        ("units == 3abc", "may stand here"),
        ("units == " + "9" * 500, "is no number"),
        ("(" * 150 + "units" + ")" * 150 + " == 1" + " + 1" * 150, "too many brackets"),
        ("(" * 3000, "cannot be read|too many"),
        ("not " * 2400 + "bn", "too many"),
        ("units == 1 or " * 1000, "at most 10000 characters"),
        ("lr.to_csv('x') == 1", "no column 'lr.to_csv'"),
        ("lr.__class__ == 1", "no column"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(text)
    assert any(part in str(refused.value) for part in message.split("|"))


@pytest.mark.parametrize("text", ["9**9**9 > units", "units**1e308 > 1", "(-units)**.5 > 1", "1e308 * 1e308 > units"])
def test_numbers_beyond_all_bounds_end_at_once(text: str) -> None:
    assert set(chosen(text)) <= {0, 1, 2, 3}


PIECES = st.sampled_from(
    [
        *[*COLUMNS, "`val loss`", "'a'", '"b"', "1", "2.5", "1e9", "null", "true"],
        *[" and ", " or ", " not ", " in ", " is ", "==", "!=", "<=", ">=", "**", "//", ":=", "if", "else"],
        *["lambda x: x", "__import__('os')", ".eval(", "ä", "\ud800", *"&|~()[],=<>!+-*/'\"`@.;:{}#\\\n\t\0\x1b"],
    ]
)


@settings(max_examples=2000)
@given(st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40)))
def test_any_text_is_a_condition_or_a_mistake_of_the_user(text: str) -> None:
    with suppress(UsageError):
        chosen(text)

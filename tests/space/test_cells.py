"""Values of parameters as cells of a CSV file, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.space import Choice, Numeric, as_cell, from_cell

TWINS = [
    None,
    "null",
    "",
    "~",
    8,
    "8",
    8.5,
    "8.5",
    True,
    "true",
    "True",
    [1, 2],
    "[1, 2]",
    "'null'",
    "'",
    "x",
    "=1",
    "'=1",
]
values = st.lists(
    st.sampled_from(TWINS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), unique_by=repr
)


@pytest.mark.parametrize("value", TWINS, ids=repr)
def test_a_value_among_others_that_look_like_it_comes_back(value: object) -> None:
    choice = Choice(tuple(TWINS))
    assert from_cell(as_text(as_cell(value, choice)), choice) == value


@given(values.filter(len))
def test_a_value_comes_back_where_no_other_one_is_itself_in_quotes(listed: list[object]) -> None:
    choice = Choice(tuple(listed))
    quoted = any(isinstance(value, str) and value[:1] in ("'", '"') for value in listed)
    for value in [] if quoted else listed:
        read = from_cell(as_text(as_cell(value, choice)), choice)
        assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("cell", "listed", "value"),
    [
        ("null", [None, "null"], None),
        ("'null'", [None, "null"], "null"),
        ('"null"', [None, "null"], "null"),
        ("null", ["null", "x"], "null"),
        ("null", [None, "x"], None),
        ("", [None, ""], None),
        ("''", [None, ""], ""),
        ("", ["", "x"], ""),
        ("8", [8, "8"], 8),
        ("'8'", [8, "8"], "8"),
        ("08", ["08", 8], "08"),
        ("'x'", ["x", "'x'"], "'x'"),
        ("'y'", ["x"], "'y'"),
    ],
)
def test_what_looks_like_two_values_is_the_one_that_a_config_has_and_in_quotes_the_text(cell, listed, value) -> None:
    assert from_cell(cell, Choice(tuple(listed))) == value


def test_a_number_of_a_range_stays_one() -> None:
    uniform = Numeric("uniform", 0.0, 1.0)
    assert as_cell(0.1, uniform) == 0.1
    assert from_cell("0.1", uniform) == 0.1


def as_text(cell: object) -> str:
    """What the csv module writes."""
    return str(cell)

"""What every distribution can do, whatever it is: a new one is tested by being in the table."""

import json

import numpy as np
import pytest

from hpsearch.config.parameters import read_parameter
from hpsearch.document import parse
from hpsearch.space import DISTRIBUTIONS, Choice, Fixed, Numeric, Ordinal, SpaceError
from hpsearch.testing import check_distribution


def of_every_range():
    """Each named range, as it is and in steps; the ends lie on every scale."""
    for name, (_, integer) in DISTRIBUTIONS.items():
        low, high, step = (2, 40, 3) if integer else (0.1, 0.9, 0.05)
        yield Numeric(name, low, high)
        yield Numeric(name, low, high, step)


TABLE = [
    *of_every_range(),
    Choice(("sgd", "adam", None, True, 1, 2.5, [64, 32])),
    Choice((0.1,)),
    Ordinal((16, 32, 64, 128)),
    Fixed(20),
    Fixed([128, 64]),
]


@pytest.mark.parametrize("distribution", TABLE, ids=str)
def test_every_distribution_keeps_to_what_all_rely_on(distribution):
    check_distribution(distribution)


@pytest.mark.parametrize("distribution", [d for d in TABLE if not isinstance(d, Fixed | Choice)], ids=str)
def test_the_short_form_reads_back_as_the_same(distribution):
    node = parse(f"x: {distribution}", "test").get("x")
    assert read_parameter("x", node).distribution == distribution


@pytest.mark.parametrize("distribution", TABLE, ids=str)
def test_the_long_form_reads_back_as_the_same(distribution):
    node = parse(json.dumps({"x": distribution.spec()}), "test").get("x")
    assert read_parameter("x", node).distribution == distribution


def test_an_unordered_choice_has_equal_shares():
    choice = Choice(("a", "b", "c", "d"))
    drawn = choice.from_unit((np.arange(4000) + 0.5) / 4000)
    assert [drawn.count(value) for value in choice.values] == [1000] * 4


def test_an_ordinal_is_narrowed_to_a_stretch_of_its_order():
    ordinal = Ordinal((8, 16, 32, 64))
    assert ordinal.stretch(0.25, 0.75).values == (16, 32)
    assert ordinal.stretch(0.9, 1.0).values == (64,)
    assert ordinal.stretch(-1, 2).values == ordinal.values
    assert ordinal.grid(2) == [8, 64]
    assert ordinal.grid(1) == [16]
    assert (Ordinal.ordered, Choice.ordered) == (True, False)


@pytest.mark.parametrize("values", [(1, 1.0), ("a", "b", "a"), ([1, 2], [1, 2]), (None, None)])
def test_a_choice_refuses_the_same_value_twice(values):
    with pytest.raises(SpaceError, match="more than once"):
        Choice(values)


@pytest.mark.parametrize("values", [(1, True), (0, False), ("1", 1), (None, "null"), (1, 1.5)])
def test_values_that_only_look_alike_are_different(values):
    assert Choice(values).size == 2
    assert Choice(values).to_unit(values).tolist() == [0.25, 0.75]


def test_a_choice_of_nothing_is_refused():
    with pytest.raises(SpaceError, match="at least one value"):
        Choice(())

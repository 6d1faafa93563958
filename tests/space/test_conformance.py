"""What every distribution can do, whatever it is: a new one is tested by being in the table."""

import copy
import pickle

import numpy as np
import pytest

from hpsearch.config.parameters import read_parameter
from hpsearch.document import parse
from hpsearch.space import DISTRIBUTIONS, Choice, Fixed, Numeric, Ordinal, Parameter, Space, SpaceError


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
every = pytest.mark.parametrize("distribution", TABLE, ids=str)
searched = pytest.mark.parametrize("distribution", [d for d in TABLE if not isinstance(d, Fixed)], ids=str)
finite = pytest.mark.parametrize("distribution", [d for d in TABLE if d.size is not None], ids=str)
UNITS = np.linspace(0, 1, 1001)


@every
def test_as_many_values_come_out_as_points_go_in(distribution):
    assert len(distribution.from_unit(UNITS)) == len(UNITS)
    assert distribution.from_unit(np.array([])) == []
    assert distribution.to_unit([]).shape == (0,)


@every
def test_values_are_plain_python_so_that_json_can_hold_them(distribution):
    allowed = (int, float, str, bool, type(None), list)
    assert {type(value) for value in distribution.from_unit(UNITS)} <= set(allowed)


@every
def test_value_to_point_to_value_is_the_same(distribution):
    values = distribution.from_unit(UNITS)
    points = distribution.to_unit(values)
    assert ((points >= 0) & (points <= 1)).all()
    again = distribution.from_unit(points)
    if distribution.size is None:
        assert again == pytest.approx(values, rel=1e-12)
    else:
        assert again == values


@finite
def test_all_values_and_no_others_are_drawn(distribution):
    listed = distribution.grid(distribution.size)
    drawn = distribution.from_unit(np.linspace(0, 1, 20_001))
    assert len(listed) == distribution.size
    assert {repr(value) for value in drawn} == {repr(value) for value in listed}


@every
def test_what_it_does_not_hold_has_no_point(distribution):
    assert np.isnan(distribution.to_unit(["no such value", {"a": 1}, float("nan"), 1e9, -1e9])).all()


@every
def test_the_long_and_the_short_form_read_back_as_the_same(distribution):
    for text in (repr(distribution.spec()), str(distribution)):
        if isinstance(distribution, Fixed | Choice) and text == str(distribution):
            continue  # written as a bare value or list
        node = parse(text.replace("None", "null").replace("True", "true"), "test").moved
        again = read_parameter("x", node(parse("", "test").place)).distribution
        assert again == distribution


@every
def test_a_narrower_box_holds_fewer_values_and_no_new_ones(distribution):
    inner = distribution.stretch(0.25, 0.75)
    assert type(inner) is type(distribution)
    assert not np.isnan(distribution.to_unit(inner.from_unit(UNITS))).any()
    if distribution.ordered and distribution.size and distribution.size > 3:
        assert 2 <= inner.size < distribution.size


@every
def test_the_whole_box_changes_nothing(distribution):
    assert distribution.stretch(0.0, 1.0).from_unit(UNITS) == distribution.from_unit(UNITS)


@every
def test_it_is_copied_and_pickled_whole(distribution):
    distribution.from_unit(UNITS)
    for copied in (pickle.loads(pickle.dumps(distribution)), copy.deepcopy(distribution)):  # noqa: S301  our own bytes
        assert copied == distribution
        assert copied.from_unit(UNITS) == distribution.from_unit(UNITS)


@searched
def test_it_is_one_axis_of_a_space(distribution):
    space = Space((Parameter("x", distribution),))
    settings = space.decode(UNITS[:, None])
    assert space.dimensions == 1
    assert space.contains(settings).all()
    assert [s["x"] for s in settings] == distribution.from_unit(UNITS)


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

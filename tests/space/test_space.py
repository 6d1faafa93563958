"""Spaces with conditions against brute force."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.space import Choice, Condition, Fixed, Numeric, Ordinal, Parameter, Space, SpaceError, among, settings_key

COMPARISONS = [">= 2", "< 3", "> 0.5", "<= 4", "!= 1", "== 3", "> 7"]


@st.composite
def conditions(draw, parameters):
    """On one or two of the parameters: some values, or how a number compares."""
    listed = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(lambda values: among(*values))
    parents = draw(st.lists(st.sampled_from(parameters), min_size=1, max_size=2, unique_by=id))
    return {p.name: draw(listed | st.sampled_from(COMPARISONS).map(Condition.from_spec)) for p in parents}


@st.composite
def finite_spaces(draw):
    """Up to five parameters, each perhaps under a condition on others, in any order of the config."""
    parameters = []
    for i in range(draw(st.integers(1, 5))):
        size = draw(st.integers(1, 4))
        make = draw(st.sampled_from([Choice, Ordinal, "range"]))
        made = Numeric("randint", 0, size) if make == "range" else make(tuple(range(size)))
        whens = [draw(conditions(parameters)) for _ in range(draw(st.integers(0, 2)))] if parameters else []
        parameters.append(Parameter(f"p{i}", made, tuple(whens)))
    if draw(st.booleans()):
        parameters.append(Parameter("fixed", Fixed("x")))
    return Space(tuple(draw(st.permutations(parameters))))


def exists(space, parameter, params):
    """By the definition: in one of the mappings each parent exists and has a value that is meant."""
    return not parameter.when or any(
        all(exists(space, space[parent], params) and meant(one.spec(), params[parent]) for parent, one in each.items())
        for each in parameter.when
    )


def meant(spec, value):
    """Whether a value is listed, or compares as the text says."""
    return value in spec if isinstance(spec, list) else eval(f"{value} {spec}")  # noqa: S307  of our own texts


def brute_force(space):
    """Every setting once, from all combinations of all values."""
    names = [parameter.name for parameter in space.parameters]
    values = [parameter.distribution.grid(99) for parameter in space.parameters]
    found = {}
    for row in itertools.product(*values):
        params = dict(zip(names, row, strict=True))
        setting = {p.name: params[p.name] for p in space.parameters if exists(space, p, params)}
        found[tuple(setting.items())] = setting
    return found


@given(finite_spaces())
def test_the_settings_of_a_finite_space_are_those_of_brute_force_each_once(space):
    expected = brute_force(space)
    listed = [tuple(setting.items()) for setting in space.settings()]
    assert len(listed) == len(set(listed))
    assert set(listed) == expected.keys()
    assert space.size == len(expected)


@given(finite_spaces(), st.integers(0, 2**32))
def test_every_point_of_the_cube_is_a_setting_and_comes_back(space, seed):
    expected = brute_force(space)
    points = np.random.default_rng(seed).random((30, space.dimensions))
    settings = space.decode(points)
    assert {tuple(setting.items()) for setting in settings} <= expected.keys()
    encoded = space.encode(settings)
    absent = [[p.name not in setting for p in space.searched] for setting in settings]
    assert np.isnan(encoded).tolist() == absent
    assert space.decode(np.nan_to_num(encoded, nan=0.5)) == settings
    assert space.contains(settings).all()


@given(finite_spaces(), st.data())
def test_a_setting_is_contained_exactly_if_brute_force_knows_it(space, data):
    expected = brute_force(space)
    setting = dict(data.draw(st.sampled_from(list(expected.values()))))
    name = data.draw(st.sampled_from([p.name for p in space.parameters]))
    change = data.draw(st.sampled_from(["drop", "set", "keep"]))
    if change == "drop":
        setting.pop(name, None)
    elif change == "set":
        setting[name] = data.draw(st.integers(-1, 5))
    known = {frozenset(items) for items in expected}
    assert space.contains([setting]).tolist() == [frozenset(setting.items()) in known]


@given(finite_spaces(), st.data())
def test_active_keeps_what_exists_and_missing_names_the_rest(space, data):
    params = {p.name: data.draw(st.sampled_from(p.distribution.grid(99))) for p in space.parameters}
    expected = {p.name: params[p.name] for p in space.parameters if exists(space, p, params)}
    assert list(space.active(params).items()) == list(expected.items())
    assert space.missing(expected) == []
    leaves = [name for name in expected if not any(name in p.parents for p in space.parameters)]
    for name in leaves:
        assert space.missing({k: v for k, v in expected.items() if k != name}) == [name]


def test_a_chain_of_conditions_is_followed_to_its_end():
    space = Space(
        (
            Parameter("c", Numeric("uniform", 0, 1), ({"b": among(True)},)),
            Parameter("b", Choice((True, False)), ({"a": among("x")},)),
            Parameter("a", Choice(("x", "y"))),
        )
    )
    assert space.active({"a": "y", "b": True, "c": 0.5}) == {"a": "y"}
    assert space.active({"a": "x", "b": True, "c": 0.5}) == {"a": "x", "b": True, "c": 0.5}
    assert space.decode(np.array([[0.9, 0.1, 0.5], [0.1, 0.1, 0.5]])) == [{"a": "y"}, {"c": 0.5, "b": True, "a": "x"}]
    assert space.size is None


def test_a_condition_tells_true_from_1_and_1_from_1_5():
    space = Space((Parameter("a", Choice((1, True, 1.5))), Parameter("b", Fixed(0), ({"a": among(1.0)},))))
    assert [tuple(setting) for setting in space.settings()] == [("a", "b"), ("a",), ("a",)]


@pytest.mark.parametrize("make", [lambda values: Choice(values), lambda values: Ordinal(values), None])
def test_a_comparison_counts_all_values_that_it_takes(make):
    values = (16, 32, 64, 128)
    parent = make(values) if make else Numeric("lograndint", 16, 10**9)
    larger = Parameter("larger", Choice(("x", "y")), ({"n": Condition.from_spec("> 32")},))
    many = 2 if make else 10**9 - 32
    assert Space((Parameter("n", parent), larger)).size == (parent.size - many) + 2 * many


@pytest.mark.parametrize(
    ("text", "written", "yes", "no"),
    [
        (">= 2", ">= 2", [2, 2.5], [1, "3", None, True]),
        ("<.1", "< 0.1", [0, 0.05], [0.1]),
        ("!= sgd", "!= sgd", ["adam", None], ["sgd"]),
        ("!= '08'", "!= '08'", [8, "8"], ["08"]),
        ("!= null", "!= null", ["null", 0], [None]),
        ("== 3", [3], [3, 3.0], ["3", 4]),
        ("adam", ["adam"], ["adam"], ["sgd"]),
        ([">= 2", 1], [">= 2", 1], [">= 2", 1], [2, 3]),
        ("> a lot", None, [], []),
    ],
)
def test_a_condition_is_a_list_of_values_or_a_short_comparison(text, written, yes, no):
    if written is None:
        with pytest.raises(SpaceError, match="no number"):
            Condition.from_spec(text)
        return
    condition = Condition.from_spec(text)
    assert condition.spec() == written
    assert Condition.from_spec(json.loads(json.dumps(condition.spec()))) == condition
    assert ([*map(condition.holds, yes)], [*map(condition.holds, no)]) == ([True] * len(yes), [False] * len(no))


def test_the_size_of_a_huge_space_with_conditions_is_counted_without_listing_it():
    space = Space(
        (
            Parameter("a", Numeric("randint", 1, 10**9)),
            Parameter("b", Numeric("randint", 1, 10**9), ({"a": among(3, 4, 10**10)},)),
            Parameter("c", Choice(("x", "y")), ({"b": among(5)},)),
        )
    )
    assert space.size == (10**9 - 2) + 2 * (10**9 - 1 + 2)


def test_pairs_of_parameters_are_counted_without_going_through_all_of_their_values():
    pairs = [
        parameter
        for i in range(40)
        for parameter in (
            Parameter(f"a{i}", Choice((1, 2, 3))),
            Parameter(f"b{i}", Choice((1, 2)), ({f"a{i}": among(1, 3)},)),
        )
    ]
    assert Space(tuple(pairs)).size == (2 * 2 + 1) ** 40


@given(finite_spaces(), st.integers(1, 4))
def test_a_grid_is_as_large_as_it_is_long(space, points):
    rate = Parameter("rate", Numeric("uniform", 0, 4), ({space.parameters[0].name: among(1, 2)},))
    space = Space((rate, Parameter("more", Choice((1, 2)), ({"rate": Condition.from_spec("> 1")},)), *space.parameters))
    counts = dict.fromkeys([p.name for p in space.parameters], points)
    assert space.grid_size(counts) == len(list(space.grid(counts)))


def test_a_grid_is_the_product_of_its_values():
    space = Space(
        (
            Parameter("rate", Numeric("loguniform", 1e-4, 1)),
            Parameter("kind", Choice(("x", "y"))),
            Parameter("units", Numeric("lograndint", 4, 64)),
            Parameter("epochs", Fixed(3)),
        )
    )
    names = ("rate", "kind", "units", "epochs")
    expected = itertools.product("xy", [1e-4, 1e-2, 1], [4, 64])
    grid = list(space.grid({"rate": 3, "kind": 2, "units": 2}))
    assert grid == [dict(zip(names, (rate, kind, units, 3), strict=True)) for kind, rate, units in expected]


@given(finite_spaces(), st.randoms(use_true_random=False))
def test_the_order_of_the_parameters_decides_nothing(space, random):
    lines = list(space.parameters)
    random.shuffle(lines)
    other = Space(tuple(replace(p, when=tuple(dict(reversed(each.items())) for each in p.when)) for p in lines))
    points = np.random.default_rng(random.getrandbits(32)).random((20, space.dimensions))
    assert other.decode(points) == space.decode(points)
    assert list(other.settings()) == list(space.settings())
    assert np.array_equal(other.encode(space.decode(points)), space.encode(space.decode(points)), equal_nan=True)


def test_a_space_that_was_stored_before_axes_went_by_names_keeps_the_order_of_its_parameters():
    now = Space((Parameter("b", Numeric("uniform", 0, 1)), Parameter("a", Numeric("uniform", 0, 1))))
    then = Space.from_spec(now.spec())
    points = np.array([[0.25, 0.75]])
    assert (now.decode(points), then.decode(points)) == ([{"b": 0.75, "a": 0.25}], [{"b": 0.25, "a": 0.75}])
    for space in (now, then):
        assert Space.from_spec(space.stored()) == space
        assert space.replaced({"a": Numeric("uniform", 0, 2)}).by_name is space.by_name


def test_a_value_outside_has_no_point():
    space = Space((Parameter("a", Numeric("uniform", 0, 1)), Parameter("b", Choice(("x", "y")))))
    assert np.isnan(space.encode([{"a": 2.0, "b": "z"}])).tolist() == [[True, True]]
    assert space.contains([{"a": 2.0, "b": "x"}, {"a": 0.5}, {"a": 0.5, "b": "x"}]).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": None}, {}, False),
        ({"a": "x;b=1"}, {"a": "x", "b": 1}, False),
    ],
)
def test_settings_have_one_key_exactly_if_they_are_the_same(one, other, same):
    assert (settings_key(one) == settings_key(other)) is same

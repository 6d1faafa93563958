"""Grid search against brute force, and given points."""

import itertools

from hpsearch.history import History
from hpsearch.methods import GridSearch, Plan, PointsSearch, make_method
from hpsearch.methods.grid import GridSettings
from hpsearch.space import Choice, Fixed, Numeric, Ordinal, Parameter, Space, among
from hpsearch.trial import Metric

SPACE = Space(
    (
        Parameter("rate", Numeric("loguniform", 1e-3, 1)),
        Parameter("units", Numeric("randint", 1, 9)),
        Parameter("kind", Choice(("a", "b", "c"))),
        Parameter("size", Ordinal((8, 16, 32, 64))),
        Parameter("epochs", Fixed(5)),
    )
)
COUNTS = {"rate": 4, "units": 3, "kind": 3, "size": 2}
NAMES = ("rate", "units", "kind", "size", "epochs")
PRODUCT = [
    dict(zip(NAMES, (rate, units, kind, size, 5), strict=True))
    for kind, rate, size, units in itertools.product("abc", [1e-3, 1e-2, 1e-1, 1], [8, 64], [1, 5, 9])
]


def all_settings(method):
    made = History(Metric("score"))
    while jobs := method.next_jobs(made, 7):
        for job in jobs:
            made.add(job)
    return [trial.params for trial in made.trials]


def test_a_grid_is_the_product_of_its_values_in_the_order_of_their_names():
    method = GridSearch(Plan(SPACE, settings=GridSettings(COUNTS)))
    assert all_settings(method) == PRODUCT
    assert method.total == 4 * 3 * 3 * 2


def test_a_grid_does_not_repeat_the_points_tried_first():
    points = (PRODUCT[10], {**PRODUCT[0], "rate": 0.5})
    method = make_method("grid", Plan(SPACE, settings=GridSettings(COUNTS), points=points))
    tried = all_settings(method)
    assert tuple(tried[:2]) == points
    assert tried[2:] == [params for params in PRODUCT if params != PRODUCT[10]]
    assert method.total == len(tried) == 73


def test_a_grid_says_how_many_trials_there_are_without_listing_them():
    counts = {"rate": 10**5, "units": 9, "kind": 3, "size": 2}
    points = (PRODUCT[0], {**PRODUCT[0], "rate": 0.5})  # the ends of a range are in every grid
    method = make_method("grid", Plan(SPACE, settings=GridSettings(counts), points=points))
    assert method.total == 10**5 * 9 * 3 * 2 + 1
    assert "settings" not in vars(method)


def test_a_grid_leaves_out_what_does_not_exist():
    space = Space(
        (Parameter("beta", Numeric("randint", 1, 3), ({"kind": among("b")},)), Parameter("kind", Choice(("a", "b"))))
    )
    tried = all_settings(GridSearch(Plan(space, settings=GridSettings({"beta": 3, "kind": 2}))))
    assert tried == [{"kind": "a"}, {"beta": 1, "kind": "b"}, {"beta": 2, "kind": "b"}, {"beta": 3, "kind": "b"}]


def test_points_alone_are_the_whole_search_in_their_order():
    points = tuple(PRODUCT[i] for i in (5, 3, 8))
    method = PointsSearch(Plan(SPACE, points=points))
    assert all_settings(method) == list(points)
    assert method.total == 3
    assert all_settings(PointsSearch(Plan(SPACE, points=points, trials=2))) == list(points[:2])
    assert PointsSearch(Plan(SPACE, points=points, trials=2)).total == 2


def test_points_are_tried_before_random_ones_whose_draws_they_do_not_shift():
    points = tuple(PRODUCT[:3])
    mixed = all_settings(make_method("random", Plan(SPACE, trials=10, points=points)))
    alone = all_settings(make_method("random", Plan(SPACE, trials=10)))
    assert mixed == [*points, *alone[3:]]

import math

import pytest

from hpsearch.history import History
from hpsearch.insight import variety
from hpsearch.space import Choice, Numeric, Parameter, Space
from hpsearch.surrogate.observations import observe
from hpsearch.trial import Metric


def test_random_search_tries_as_many_values_of_each_as_there_are_trials_and_a_grid_only_a_root(cube, searched):
    found = variety(observe(cube(2), searched(cube(2), lambda _: 0.0, 25)))
    assert [(row.tried, row.grid) for row in found] == [(25, 5), (25, 5)]


def test_a_grid_has_no_more_points_than_values_and_costs_no_more_than_the_trials(searched):
    space = Space((Parameter("a", Choice((1, 2))), Parameter("b", Numeric("uniform", 0.0, 1.0))))
    rows = {row.name: row for row in variety(observe(space, searched(space, lambda _: 0.0, 25)))}
    assert (rows["a"].tried, rows["a"].grid) == (2, 2)
    assert (rows["b"].tried, rows["b"].grid) == (25, 12)


@pytest.mark.parametrize("trials", [1, 7, 60, 100])
@pytest.mark.parametrize("d", [1, 3, 6])
def test_the_grid_of_the_same_cost_fits_and_one_more_point_would_not(cube, searched, trials, d):
    points = [row.grid for row in variety(observe(cube(d), searched(cube(d), lambda _: 0.0, trials)))]
    cost = math.prod(points)
    assert cost <= trials
    assert cost // min(points) * (min(points) + 1) > trials
    assert max(points) - min(points) <= 1


def test_no_trials_tried_nothing(cube):
    assert [row.tried for row in variety(observe(cube(2), History(Metric("y"))))] == [0, 0]

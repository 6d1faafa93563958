"""Random search: what decides a point, and how a finite space ends."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from hpsearch.history import History
from hpsearch.methods import Plan, RandomSearch, make_method
from hpsearch.space import Choice, Numeric, Parameter, Space, among, settings_key
from hpsearch.trial import Job, Metric

X = Parameter("x", Numeric("uniform", 0, 1))
Y = Parameter("y", Numeric("loguniform", 1e-4, 1))
UNITS = Parameter("units", Numeric("lograndint", 1, 60))
KIND = Parameter("kind", Choice(("a", "b")))
UNDER_A = Parameter("depth", Numeric("randint", 1, 5), ({"kind": among("a")},))


def history(trials=()):
    made = History(Metric("score"))
    for trial in trials:
        made.add(Job(trial))
    return made


def trials(plan, count, made=None):
    made = history() if made is None else made
    return [job.trial for job in make_method("random", plan).next_jobs(made, count)]


def settings(plan, count):
    return [trial.params for trial in trials(plan, count)]


def test_a_point_follows_from_seed_round_and_number_alone():
    whole = settings(Plan(Space((X, Y)), seed=3, round=2), 20)
    others = trials(Plan(Space((X, Y)), seed=99), 7)  # a history of other settings
    rest = make_method("random", Plan(Space((X, Y)), seed=3, round=2)).next_jobs(history(others), 13)
    assert [job.trial.params for job in rest] == whole[7:]


@pytest.mark.parametrize("change", [{"seed": 4}, {"round": 3}])
def test_another_seed_or_round_gives_other_points(change):
    one = settings(Plan(Space((X,)), seed=3, round=2), 50)
    other = settings(Plan(Space((X,)), **{"seed": 3, "round": 2} | change), 50)
    assert not {s["x"] for s in one} & {s["x"] for s in other}


@pytest.mark.parametrize("added", [Y, replace(UNITS, name="xs"), replace(UNDER_A, name="z")])
def test_a_parameter_whose_name_comes_last_leaves_the_draws_of_the_others(added):
    before = settings(Plan(Space((X, KIND)), seed=3), 40)
    after = settings(Plan(Space((X, KIND, added)), seed=3), 40)
    assert [{name: params[name] for name in ("x", "kind")} for params in after] == before


def test_points_are_uniform_and_independent_between_trials_and_axes():
    drawn = np.array([[s["x"], s["z"]] for s in settings(Plan(Space((X, Parameter("z", X.distribution)))), 5000)])
    assert stats.kstest(drawn[:, 0], "uniform").pvalue > 1e-3
    assert stats.kstest(drawn[:, 1], "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.05
    assert abs(np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1]) < 0.05


FINITE = {
    "log": Space((UNITS, KIND)),
    "conditional": Space((UNDER_A, KIND)),
    "two": Space((KIND,)),
    "log and conditional": Space((UNITS, UNDER_A, KIND)),
}


@pytest.mark.parametrize("space", FINITE.values(), ids=FINITE)
def test_a_finite_space_is_used_up_exactly_however_skewed_its_draws(space):
    found = settings(Plan(space, seed=1), space.size + 50)
    every = {settings_key(params) for params in space.settings()}
    assert len(found) == space.size
    assert {settings_key(params) for params in found} == every
    assert RandomSearch(Plan(space, trials=10**6)).total == space.size
    assert RandomSearch(Plan(space)).total == space.size


def test_given_points_count_among_the_settings_of_a_finite_space():
    space = Space((UNDER_A, KIND))
    points = ({"depth": 2, "kind": "a"}, {"kind": "b"})
    made = history()
    method = make_method("random", Plan(space, trials=100, points=points))
    while jobs := method.next_jobs(made, 4):
        for job in jobs:
            made.add(job)
    assert len(made) == method.total == space.size
    assert tuple(trial.params for trial in made.trials[:2]) == points


def test_in_a_finite_space_the_first_draws_are_those_of_the_point_unless_seen():
    """With nothing to avoid, a finite space is drawn as its cube is: P(b) = 1/2 though b is one setting of six."""
    first = [settings(Plan(Space((UNDER_A, KIND)), seed=seed), 1)[0]["kind"] for seed in range(400)]
    assert 160 < first.count("b") < 240


def test_a_space_too_large_to_list_is_searched_though_most_draws_are_known():
    space = Space(
        (
            Parameter("branch", Choice(tuple(range(50)))),
            Parameter("leaf", Numeric("randint", 1, 10**12), ({"branch": among(0)},)),
        )
    )
    found = settings(Plan(space), 120)
    assert len({settings_key(params) for params in found}) == 120
    assert {params["branch"] for params in found} == set(range(50))


def test_a_space_without_an_end_and_without_a_number_of_trials_has_no_total():
    assert RandomSearch(Plan(Space((X,)))).total is None
    assert RandomSearch(Plan(Space((X,)), trials=7)).total == 7


@pytest.mark.parametrize("space", FINITE.values(), ids=FINITE)
def test_a_space_is_used_up_alike_at_once_in_parts_and_from_any_history(space):
    plan = Plan(space, seed=1)
    at_once = trials(plan, space.size + 1)
    method, made = make_method("random", plan), history()
    while jobs := method.next_jobs(made, 29):
        for job in jobs:
            made.add(job)
        assert len(made) <= space.size
    assert made.trials == at_once
    for cut in (0, len(at_once) // 2, len(at_once) - 1):
        rest = method.next_jobs(history(at_once[:cut]), space.size)  # the same method, told another history
        assert [job.trial for job in rest] == at_once[cut:]


def test_what_was_read_of_one_history_is_not_taken_for_another():
    space = FINITE["log"]
    one, other = (trials(Plan(space, seed=seed), 40) for seed in (1, 2))
    method = make_method("random", Plan(space, seed=3))
    method.next_jobs(history(one), 5)
    assert method.next_jobs(history(other), 80) == make_method("random", Plan(space, seed=3)).next_jobs(
        history(other), 80
    )

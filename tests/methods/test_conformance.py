"""What every search method keeps to: a new one is tested by being in METHODS."""

import numpy as np
import pytest

from hpsearch.methods import METHODS, Plan, make_method
from hpsearch.methods.grid import GridSettings
from hpsearch.space import Choice, Fixed, Numeric, Parameter, Space, settings_key
from hpsearch.trial import History, Metric, Result, Status

OPTIMIZER = Parameter("optimizer", Choice(("momentum", "rmsprop", "adam")))
UNITS = Parameter("units", Numeric("lograndint", 1, 12))
RATE = Parameter("rate", Numeric("loguniform", 1e-4, 1))
BETA = Parameter("beta", Numeric("randint", 1, 2), {"optimizer": ("adam",)})
EPOCHS = Parameter("epochs", Fixed(3))

CONTINUUM = Space((RATE, OPTIMIZER, EPOCHS))
SKEWED = Space((OPTIMIZER, UNITS, EPOCHS))  # half of the draws of `units` are among its first three values
CONDITIONAL = Space((BETA, OPTIMIZER, UNITS))
# One branch holds nearly all settings, the other nearly all draws.
LOPSIDED = Space(
    (Parameter("branch", Choice(tuple(range(20)))), Parameter("leaf", Numeric("randint", 1, 30), {"branch": (7,)}))
)
SPACES = {"continuum": CONTINUUM, "skewed": SKEWED, "conditional": CONDITIONAL, "lopsided": LOPSIDED}
FINITE = {name: space for name, space in SPACES.items() if space.size is not None}

every_method = pytest.mark.parametrize("name", METHODS)
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
finite_space = pytest.mark.parametrize("space", FINITE.values(), ids=FINITE)


def plan(space, **changes):
    """A plan with which each method has something to do."""
    points = tuple(space.decode(np.random.default_rng(9).random((4, space.dimensions))))
    points = tuple({settings_key(point): point for point in points}.values())
    grid = GridSettings({p.name: 2 for p in space.searched})
    return Plan(space, **{"seed": 5, "trials": 30, "settings": grid, "points": points} | changes)


def history(jobs=()):
    made = History(Metric("score"))
    take(made, jobs)
    return made


def take(made, jobs):
    for job in jobs:
        made.add(job)
        made.finish(job, Result(Status.COMPLETE, {"score": float(job.trial.number % 7)}))


def carried_on(method, made, free=4, most=200):
    """The jobs of a search from here to its end, `free` at a time."""
    jobs = []
    while batch := method.next_jobs(made, free):
        assert len(batch) <= free
        jobs += batch
        take(made, batch)
        assert len(jobs) <= most
    return jobs


@every_method
@every_space
def test_numbers_are_consecutive_from_1_and_rounds_go_on_from_that_of_the_plan(name, space):
    jobs = carried_on(make_method(name, plan(space, round=2)), history())
    assert [job.trial.number for job in jobs] == list(range(1, len(jobs) + 1))
    rounds = [job.trial.round for job in jobs]
    assert rounds == sorted(rounds)
    assert rounds[0] == 2
    assert {job.trial.seed for job in jobs} == {5}


@every_method
@every_space
def test_every_setting_lies_in_the_space(name, space):
    jobs = carried_on(make_method(name, plan(space)), history())
    assert space.contains([job.trial.params for job in jobs]).all()


@every_method
@every_space
def test_a_search_cut_anywhere_goes_on_with_the_same_trials(name, space):
    whole = carried_on(make_method(name, plan(space)), history())
    for cut in {*range(0, len(whole), 3), len(whole) - 1, len(whole)}:
        rest = carried_on(make_method(name, plan(space)), history(whole[:cut]))
        assert rest == whole[cut:]


@every_method
@every_space
@pytest.mark.parametrize("free", [1, 3, 1000])
def test_how_many_are_asked_for_at_a_time_does_not_matter(name, space, free):
    whole = carried_on(make_method(name, plan(space)), history())
    assert carried_on(make_method(name, plan(space)), history(), free) == whole


@every_method
@every_space
def test_asking_again_without_taking_gives_the_same_jobs(name, space):
    method, made = make_method(name, plan(space)), history()
    for _ in range(12):
        batch = method.next_jobs(made, 5)
        assert method.next_jobs(made, 5) == batch
        assert method.next_jobs(made, 2) == batch[:2]
        take(made, batch)


@every_method
@every_space
def test_one_method_serves_two_histories_as_two_methods_would(name, space):
    whole = carried_on(make_method(name, plan(space)), history())
    method = make_method(name, plan(space))
    assert carried_on(method, history()) == whole
    assert carried_on(method, history(whole[:3])) == whole[3:]
    assert carried_on(method, history()) == whole


@every_method
@finite_space
def test_no_setting_of_a_finite_space_comes_twice(name, space):
    keys = [settings_key(job.trial.params) for job in carried_on(make_method(name, plan(space)), history())]
    assert len(set(keys)) == len(keys)


@every_method
@every_space
def test_points_come_first_and_the_total_is_what_is_made(name, space):
    given = plan(space)
    method = make_method(name, given)
    jobs = carried_on(method, history())
    assert tuple(job.trial.params for job in jobs[: len(given.points)]) == given.points
    assert method.total == len(jobs)


@every_method
@every_space
@pytest.mark.parametrize("trials", [1, 2, 7])
def test_the_number_of_trials_is_the_total_with_points_and_resumed_ones(name, space, trials):
    given = plan(space, trials=trials)
    whole = carried_on(make_method(name, given), history())
    assert make_method(name, given).total == len(whole)
    assert len(whole) <= trials
    assert carried_on(make_method(name, given), history(whole)) == []

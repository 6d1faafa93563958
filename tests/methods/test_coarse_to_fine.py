import time
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.history import History
from hpsearch.methods import CoarseToFine, Plan, RandomSearch
from hpsearch.methods.coarse_to_fine import RoundSettings, round_at
from hpsearch.space import Choice, Numeric, Ordinal, Parameter, Space, among, settings_key
from hpsearch.trial import Job, Metric, Result, Status, Trial

SPACE = Space(
    (
        Parameter("rate", Numeric("loguniform", 1e-5, 1.0)),
        Parameter("units", Numeric("lograndint", 8, 512)),
        Parameter("optimizer", Choice(("sgd", "adam"))),
        Parameter("beta2", Numeric("reverseloguniform", 0.9, 0.9999), ({"optimizer": among("adam")},)),
        Parameter("batch", Ordinal((16, 32, 64, 128))),
    )
)


def score(params):
    loss = (np.log10(params["rate"]) + 2.5) ** 2 + 0.1 * (np.log2(params["units"]) - 6) ** 2
    return -loss - (params["optimizer"] == "sgd")


def result(value):
    return Result(Status.FAILED) if value is None else Result(Status.COMPLETE, {"y": value})


def finished(plan, function=score, free=1000, history=None):
    """The history of a search that runs as many trials at a time as `free`."""
    history = History(Metric("y")) if history is None else history
    method = CoarseToFine(plan)
    while jobs := method.next_jobs(history, free):
        for job in jobs:
            history.add(job)
        for job in jobs:
            history.finish(job, result(function(job.trial.params)))
    return history


PLAN = Plan(SPACE, seed=3, trials=48)


def test_the_first_quarter_is_that_of_a_random_search():
    history = finished(PLAN)
    random = RandomSearch(PLAN).next_jobs(History(Metric("y")), 12)
    assert history.trials[:12] == [job.trial for job in random]
    assert [trial.round for trial in history.trials[:13]] == [1] * 12 + [2]


def test_a_search_killed_anywhere_even_within_a_round_goes_on_with_the_same_trials():
    whole = finished(PLAN)
    for cut in (0, 5, 12, 13, 30, 47):
        part = History(Metric("y"), ((t, whole.results[t.number]) for t in whole.trials[:cut]))
        assert finished(PLAN, history=part, free=2).trials == whole.trials


def test_trials_of_a_round_do_not_wait_for_one_another_and_rounds_wait_for_all_before():
    history = History(Metric("y"))
    method = CoarseToFine(replace(PLAN, settings=RoundSettings(3)))
    jobs = method.next_jobs(history, 1000)
    assert len(jobs) == 16
    for job in jobs:
        history.add(job)
    assert method.next_jobs(history, 1000) == []
    for job in jobs[:-1]:
        history.finish(job, result(score(job.trial.params)))
    assert method.next_jobs(history, 1000) == []
    history.finish(jobs[-1], result(score(jobs[-1].trial.params)))
    assert len(method.next_jobs(history, 1000)) == 16


def test_the_order_in_which_results_arrive_within_a_round_does_not_matter():
    history = finished(replace(PLAN, trials=24))
    late = History(Metric("y"))
    for trial in history.trials:
        late.add(Job(trial))
    for trial in reversed(history.trials):
        late.finish(Job(trial), history.results[trial.number])
    more = replace(PLAN, trials=40)
    assert CoarseToFine(more).next_jobs(late, 9) == CoarseToFine(more).next_jobs(history, 9)


@pytest.mark.parametrize("trials", [1, 3, 4, 5, 6, 10, 50, 200, 1001])
@pytest.mark.parametrize("rounds", [None, 1, 2, 3, 50])
def test_rounds_cover_every_trial_once_and_are_never_empty(trials, rounds):
    cuts = [round_at(i, trials, rounds) for i in range(trials)]
    assert all(cut.start <= i < cut.end <= trials for i, cut in enumerate(cuts))
    numbers = [cut.number for cut in cuts]
    assert sorted(set(numbers)) == list(range(1, numbers[-1] + 1))
    assert numbers[-1] <= (rounds or 11)


def test_a_search_without_end_has_rounds_without_end():
    assert [round_at(i, None).number for i in (0, 24, 25, 34, 35, 1024)] == [1, 1, 2, 2, 3, 101]


def test_later_trials_are_better_than_random_ones_and_near_the_best():
    def late(plan):
        return np.mean([score(trial.params) for trial in finished(plan).trials[-12:]])

    plans = [replace(PLAN, seed=seed) for seed in range(5)]
    random = [finished(replace(plan, settings=RoundSettings(1))) for plan in plans]
    scores = [score(trial.params) for history in random for trial in history.trials]
    assert np.mean([late(plan) for plan in plans]) > np.mean(scores) + 2.5


def test_a_cliff_of_failures_beside_the_optimum_does_not_keep_the_search_away():
    space = Space((Parameter("x", Numeric("uniform", 0.0, 1.0)), Parameter("z", Numeric("uniform", 0.0, 1.0))))

    def cliff(params):
        return None if params["x"] > 0.7 else params["x"]

    best = [max(finished(Plan(space, seed=s, trials=60), cliff).scores()) for s in range(5)]
    assert np.median(best) > 0.69


def test_a_search_in_which_everything_fails_goes_on_at_random_to_its_end():
    history = finished(PLAN, lambda _: None)
    assert len(history) == 48
    assert SPACE.contains([trial.params for trial in history.trials]).all()


def test_equal_scores_and_a_loss_to_be_minimized_end_as_they_should():
    assert len(finished(PLAN, lambda _: 1.0)) == 48
    history = History(Metric("y", "minimize"))
    finished(replace(PLAN, trials=80), lambda p: -score(p), history=history)
    assert history.best().params["rate"] == pytest.approx(10**-2.5, rel=0.5)


def test_a_finite_space_is_tried_to_its_last_setting_without_repeats():
    space = Space((Parameter("a", Numeric("randint", 1, 6)), Parameter("b", Choice(("p", "q", "r")))))
    history = finished(Plan(space, trials=100), lambda p: -((p["a"] - 4) ** 2))
    keys = [settings_key(trial.params) for trial in history.trials]
    assert len(keys) == len(set(keys)) == space.size == 18


def test_the_region_lies_around_the_best_and_holds_most_of_the_next_draws():
    history = finished(PLAN)
    more = replace(PLAN, trials=96)
    region = CoarseToFine(more).region(history)
    assert region["rate"].distribution.min > 1e-5
    jobs = CoarseToFine(more).next_jobs(history, 4)
    inside = [~np.isnan(region.encode([job.trial.params])[0, 0]) for job in jobs]
    assert np.mean(inside) >= 0.5
    assert region.contains([history.best().params]).all()


def test_the_region_of_no_trials_is_the_whole_space():
    assert CoarseToFine(PLAN).region(History(Metric("y"))) == SPACE


def test_trials_of_earlier_rounds_are_known_even_where_they_lie_outside_the_space():
    history = History(Metric("y"))
    for i, rate in enumerate(np.logspace(-8, 0, 20)):
        params = {"rate": float(rate), "units": 64, "optimizer": "rmsprop", "batch": 256}
        history.add(Job(Trial(i + 1, 1, params, 0)))
        history.finish(Job(history.trial(i + 1)), result(-float(np.log10(rate) ** 2)))
    finished(replace(PLAN, round=2, trials=60), history=history)
    assert [trial.round for trial in history.trials[19:22]] == [1, 2, 2]
    assert SPACE.contains([trial.params for trial in history.trials[20:]]).all()


def test_a_round_at_ten_thousand_trials_is_proposed_in_seconds():
    rng = np.random.default_rng(0)
    history = History(Metric("y"))
    for i, params in enumerate(SPACE.decode(rng.random((10_000, 5)))):
        history.add(Job(Trial(i + 1, 1, params, 0)))
        history.finish(Job(history.trial(i + 1)), result(score(params)))
    begun = time.process_time()
    jobs = CoarseToFine(Plan(SPACE, trials=11_000, settings=RoundSettings(1000))).next_jobs(history, 16)
    assert jobs
    assert time.process_time() - begun < 4.0

import numpy as np
import pytest

from hpsearch.insight import forecast
from hpsearch.insight.forecast import expected_best
from hpsearch.trial import Job, Result, Status, Trial

LOSSES = {
    "smooth in 4": lambda rng, n: -((rng.random((n, 4)) - 0.4) ** 2).sum(axis=1),
    "smooth in 8": lambda rng, n: -((rng.random((n, 8)) - 0.4) ** 2).sum(axis=1),
    "normal": lambda rng, n: rng.normal(size=n),
}


@pytest.mark.parametrize("draw", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize(("trials", "more"), [(50, 50), (50, 200), (200, 200)])
def test_the_expected_best_is_what_simulated_trials_bring_on_average(draw, trials, more, rng):
    predicted, now, then = [], [], []
    for _ in range(200):
        scores = draw(rng, trials)
        predicted.append(expected_best(scores, more))
        now.append(scores.max())
        then.append(max(scores.max(), draw(rng, more).max()))
    gain = np.mean(then) - np.mean(now)
    assert np.mean(predicted) - np.mean(now) == pytest.approx(gain, rel=0.6)


def test_the_forecast_is_in_the_units_and_the_direction_of_the_metric(listed, rng):
    losses = rng.random(50) ** 2 + 0.1
    found = forecast(listed(losses, "minimize"), 50)
    assert found.best == losses.min()
    assert found.low <= found.expected <= found.high <= found.best
    assert found.gain == pytest.approx(found.best - found.expected)
    assert f"{found.best:.4g}" in found.sentence
    assert found.seconds == 2.0


def test_the_chance_to_beat_the_best_is_that_of_exchangeable_trials(listed, rng):
    assert forecast(listed(rng.random(30)), 10).beaten == pytest.approx(0.25)
    beaten = [(draws := rng.random(40))[:30].max() < draws[30:].max() for _ in range(4000)]
    assert np.mean(beaten) == pytest.approx(0.25, abs=0.03)


def test_the_chance_to_be_in_the_top_5_percent_is_that_of_missing_it_every_time(listed, rng):
    assert forecast(listed(rng.random(59)), 1).top == pytest.approx(1 - 0.95**59)


def test_equal_scores_promise_nothing(listed):
    found = forecast(listed([1.0] * 20), 50)
    assert (found.expected, found.gain) == (1.0, 0.0)


def test_nothing_is_forecast_from_fewer_than_ten_trials(listed, rng):
    assert forecast(listed(rng.random(9)), 10) is None
    assert forecast(listed([]), 10) is None


def test_later_rounds_of_a_search_that_zooms_in_are_no_random_draws(listed, rng):
    history = listed(rng.random(20))
    before = forecast(history, 10)
    history.add(Job(Trial(21, 2, {"x": 0.5}, 0)))
    history.finish(Job(history.trial(21)), Result(Status.COMPLETE, {"y": 5.0}))
    after = forecast(history, 10)
    assert after.trials == before.trials == 20
    assert after.best == 5.0


def test_a_loss_that_is_never_negative_is_not_expected_below_zero(listed):
    losses = [0.0, 0.005, 0.01, 1.0, 1.0, 1.005, 1.005, 1.01, 1.01, 4.0, 4.0, 4.005, 4.005, 4.01, 4.01]
    found = forecast(listed(losses, "minimize"), 15)
    assert found.low == found.expected == found.high == 0.0


def test_an_accuracy_is_not_expected_above_one(listed, rng):
    for _ in range(20):
        assert forecast(listed(1 - rng.random(30) ** 3), 1000).high <= 1.0


def test_several_trials_that_share_the_best_make_its_chance_an_upper_bound(listed):
    losses = [1.0, 1.0, *np.linspace(2, 3, 18)]
    assert "is at most 50 %" in forecast(listed(losses, "minimize"), 20).sentence


def test_a_best_beyond_the_random_draws_is_not_easier_to_beat_than_theirs(listed, rng):
    history = listed(rng.normal(size=25))
    history.add(Job(Trial(26, 2, {"x": 0.5}, 0)))
    history.finish(
        Job(history.trial(26)),
        Result(Status.COMPLETE, {"y": max(r.metrics["y"] for r in history.results.values()) + 1e-9}),
    )
    assert forecast(history, 100).beaten <= 100 / 125

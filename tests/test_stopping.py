"""Bars against a second derivation over random curves, and each kind of objective under a rule."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pytest

from hpsearch.data import DataSource
from hpsearch.objectives.network.training import NetworkObjective
from hpsearch.objectives.recorder import Recorder
from hpsearch.stopping import NO_BAR, RULES, STEP, Bar, EarlyStop, Progress, audited, make_rule
from hpsearch.trial import Job, Metric, Status, Trial

CURVES = np.random.default_rng(0).normal(size=(30, 12)).tolist()


def progress(*scores: float, steps: Sequence[float] = ()) -> Progress:
    return Progress.of({"score": list(scores), STEP: list(steps)}, Metric("score"))


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_median_bar_is_the_median_of_the_best_values_so_far(goal: str) -> None:
    metric = Metric("score", goal)
    rule = make_rule(metric, EarlyStop("median", after=4))
    curves = [curve[: 5 + i % 8] for i, curve in enumerate(CURVES)]
    for curve in curves:
        rule.learn({"score": curve})
    bar = rule.bar()
    assert bar.places == tuple(range(4, 13))
    for step, score in zip(bar.places, bar.scores, strict=True):
        reached = [max(metric.sign * value for value in curve[: int(step)]) for curve in curves]
        assert score == pytest.approx(statistics.median_low(reached))


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_rung_lets_one_of_eta_go_on(goal: str) -> None:
    metric = Metric("score", goal)
    rule = make_rule(metric, EarlyStop("halving", eta=3, min=2))
    for curve in CURVES:
        rule.learn({"score": curve})
    bar = rule.bar()
    assert bar.places == (2, 6)
    for rung, score in zip(bar.places, bar.scores, strict=True):
        passing = [c for c in CURVES if max(metric.sign * value for value in c[: int(rung)]) >= score]
        assert len(passing) == len(CURVES) // 3


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_has_seen_little_stops_nobody(rule: str) -> None:
    made = make_rule(Metric("score"), EarlyStop(rule))
    assert made.bar() == NO_BAR
    for curve in CURVES[:2]:
        made.learn({"score": curve})
    assert not made.bar().stops(progress(*[-1e9] * 12))


@pytest.mark.parametrize("rule", RULES)
def test_bars_do_not_depend_on_when_the_longest_curve_came(rule: str) -> None:
    bars = []
    for order in (CURVES, CURVES[::-1]):
        made = make_rule(Metric("score"), EarlyStop(rule))
        for i, curve in enumerate(order):
            made.learn({"score": curve[: 4 + 8 * (i >= 27)]})
        bars.append(made.bar().places)
    assert bars[0] == bars[1]
    assert bars[0][-1] == {"median": 12, "halving": 6}[rule]


def test_a_bar_holds_until_the_next_one_and_equals_pass() -> None:
    bar = Bar((2, 5), (1.0, 3.0))
    assert [bar.stops(progress(*[1.0] * step)) for step in (1, 2, 4, 5, 9)] == [False, False, False, True, True]
    assert bar.stops(progress(0.9, 0.9))


def test_a_trial_that_may_still_clear_the_bar_at_the_end_goes_on() -> None:
    bar = Bar((4, 8), (0.5, 0.6), end=8)
    assert not bar.stops(progress(0.0, 0.1, 0.2, 0.4))  # 0.4 + 4 * 0.15 = 1
    assert not bar.stops(progress(0.1, 0.26, 0.4, 0.44))  # 0.44 + 4 * 0.09 = 0.8
    assert bar.stops(progress(0.38, 0.4, 0.41, 0.42))  # 0.42 + 4 * 0.01 = 0.46


def test_reports_at_other_steps_are_compared_by_their_steps() -> None:
    rule = make_rule(Metric("score"), EarlyStop("median", after=1))
    for value in (1.0, 2.0, 3.0):
        rule.learn({"score": [value, value + 1], STEP: [0.5, 2.0]})
    assert rule.bar() == Bar((1, 2), (2.0, 3.0), 2)


def test_of_several_reports_at_a_step_the_first_is_compared() -> None:
    found = progress(1, 5, 6, 7, 8, 9, steps=(1, 1, 1, 2, 2, 2))
    assert [found.best_by(place) for place in (0.5, 1, 1.5, 2, 3)] == [pytest.approx(math.nan, nan_ok=True), 1, 1, 7, 7]
    assert not Bar((1,), (2.0,)).stops(progress(3, 1, 1, steps=(0.5, 1, 1)))


@pytest.mark.parametrize("steps", [(18, 16, 14, 12), (1, 2, 1, 2), (5, 4, 5, 6)])
def test_reports_whose_steps_fall_are_counted(steps: Sequence[float]) -> None:
    assert progress(1, 2, 3, 4, steps=steps).places == [1, 2, 3, 4]


def test_a_long_training_is_held_in_bounded_memory() -> None:
    found = progress(*range(50_000))
    assert len(found.places) <= 8192
    assert found.best_by(40_000) == pytest.approx(40_000, rel=0.001)
    falling = progress(*range(20_000), steps=[*range(19_999), 0])
    assert falling.places[-2:] == pytest.approx([20_000, 20_000], rel=0.001)


def test_NaN_in_a_curve_does_not_reach_the_bar() -> None:  # noqa: N802
    rule = make_rule(Metric("score"), EarlyStop("median", after=1))
    for _ in range(3):
        rule.learn({"score": [1.0, math.nan, 0.5]})
    assert rule.bar() == Bar((1, 2, 3), (1.0, 1.0, 1.0), 3)


def test_one_trial_in_ten_is_audited_and_not_every_tenth() -> None:
    chosen = [number for number in range(1, 1001) if audited(number)]
    assert 80 <= len(chosen) <= 120
    assert len({number % 10 for number in chosen}) == 10


def test_an_audited_trial_goes_on_and_remembers_where_it_fell() -> None:
    number = next(n for n in range(1, 100) if audited(n))
    recorder = Recorder(Metric("score"), Bar((2,), (0.9,)), number)
    for value in (0.1, 0.1, 0.2):
        recorder.add({"score": value})
    assert (recorder.fell, recorder.stopped, recorder.value) == (2, False, 0.2)


@pytest.mark.parametrize("rule", RULES)
def test_by_default_a_slow_learner_that_ends_best_is_not_stopped(rule: str) -> None:
    made = make_rule(Metric("score"), EarlyStop(rule))
    for i in range(30):
        speed = 0.02 + i / 30
        made.learn({"score": [(1 - 0.4 * speed) * (1 - math.exp(-3 * speed * step)) for step in range(1, 31)]})
    bar, slow, flat = made.bar(), Progress(), Progress()
    for step in range(1, 31):
        slow.add(0.95 * (1 - math.exp(-0.1 * step)), step)
        assert not bar.stops(slow)
        flat.add(0.4, step)
    assert bar.stops(flat)


def test_a_network_below_the_bar_leaves_its_stack_and_the_others_do_not_notice() -> None:
    objective = NetworkObjective(DataSource(name="blobs"), Metric("val_accuracy"))
    params = {"units": 8, "epochs": 6, "learning_rate": 0.01}
    jobs = [Job(Trial(1, 1, params, 0)), Job(Trial(2, 1, params | {"learning_rate": 1e-9}, 0))]
    alone = objective(jobs[:1])[0]
    good, bad = objective(jobs, Bar((3,), (0.9,)))
    assert good.status is Status.COMPLETE
    assert good.metrics == pytest.approx(alone.metrics, rel=1e-4)
    assert bad.status is Status.STOPPED
    assert len(bad.curve["val_accuracy"]) == 3
    assert bad.metrics["val_accuracy"] == bad.curve["val_accuracy"][-1]
    assert bad.model is None

"""Bars against a second derivation over random curves, and each kind of objective under a rule."""

import math
import statistics

import numpy as np
import pytest

from hpsearch.data import DataSource
from hpsearch.objectives import NetworkObjective
from hpsearch.stopping import NO_BAR, RULES, STEP, Bar, EarlyStop, make_rule
from hpsearch.trial import Job, Metric, Status, Trial

CURVES = np.random.default_rng(0).normal(size=(30, 12)).tolist()


def running_best(curve: list[float], step: int, sign: float) -> float:
    return max(sign * value for value in curve[:step])


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_median_bar_is_the_median_of_the_best_values_so_far(goal: str) -> None:
    metric = Metric("score", goal)
    rule = make_rule(metric, EarlyStop("median", after=4))
    curves = [curve[: 5 + i % 8] for i, curve in enumerate(CURVES)]
    for curve in curves:
        rule.learn({"score": curve})
    bar = rule.bar()
    assert bar.steps == tuple(range(4, 13))
    for step, score in zip(bar.steps, bar.scores, strict=True):
        reached = [running_best(curve, step, metric.sign) for curve in curves]
        assert score == pytest.approx(statistics.median(reached))


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_rung_lets_one_of_eta_go_on(goal: str) -> None:
    metric = Metric("score", goal)
    rule = make_rule(metric, EarlyStop("halving", eta=3, min=2))
    for curve in CURVES:
        rule.learn({"score": curve})
    bar = rule.bar()
    assert bar.steps == (2, 6)
    for rung, score in zip(bar.steps, bar.scores, strict=True):
        passing = [c for c in CURVES if running_best(c, rung, metric.sign) >= score]
        assert len(passing) == len(CURVES) // 3


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_has_seen_little_stops_nobody(rule: str) -> None:
    made = make_rule(Metric("score"), EarlyStop(rule))
    assert made.bar() == NO_BAR
    for curve in CURVES[:2]:
        made.learn({"score": curve})
    assert not made.bar().stops(12, -1e9)


def test_a_bar_holds_until_the_next_one_and_equals_pass() -> None:
    bar = Bar((2, 5), (1.0, 3.0))
    assert [bar.stops(step, 1.0) for step in (1, 2, 4, 5, 9)] == [False, False, False, True, True]
    assert bar.stops(2, 0.9)
    assert not bar.stops(1, -math.inf)


def test_reports_at_other_steps_are_compared_by_their_steps() -> None:
    rule = make_rule(Metric("score"), EarlyStop("median"))
    for value in (1.0, 2.0, 3.0):
        rule.learn({"score": [value, value], STEP: [100, 200]})
    assert rule.bar() == Bar((100, 200), (2.0, 2.0))


def test_NaN_in_a_curve_does_not_reach_the_bar() -> None:  # noqa: N802
    rule = make_rule(Metric("score"), EarlyStop("median"))
    for _ in range(3):
        rule.learn({"score": [1.0, math.nan, 0.5]})
    assert rule.bar() == Bar((1, 2, 3), (1.0, 1.0, 1.0))


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
    assert bad.metrics["val_accuracy"] == max(bad.curve["val_accuracy"])
    assert bad.model is None

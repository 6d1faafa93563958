from collections.abc import Iterable

import numpy as np
import pytest

from hpsearch.history import History
from hpsearch.insight import ties
from hpsearch.trial import Job, Metric, Result, Status, Trial


def repeated(history: History, number: int, values: Iterable[float]) -> None:
    for replicate, value in enumerate(values, start=1):
        result = Result(Status.COMPLETE, {history.metric.name: float(value)})
        history.finish(Job(history.trial(number), replicate), result)


def test_replicates_measure_the_noise_where_there_are_any(listed, rng):
    history = listed([1.0, 0.97, 0.5])
    repeated(history, 1, rng.normal(1.0, 0.02, 400))
    repeated(history, 2, rng.normal(0.97, 0.02, 400))
    found = ties(history, {}, examples=100)
    assert found.noise == pytest.approx(0.02, rel=0.1)
    assert found.numbers == (1, 2)
    assert "replicates" in found.source


def test_an_accuracy_has_the_error_of_a_binomial_count(listed):
    found = ties(listed([0.9, 0.88, 0.7]), {}, examples=360)
    assert found.noise == pytest.approx((0.9 * 0.1 / 360) ** 0.5, rel=0.02)
    assert found.numbers == (1, 2)
    assert "360 examples" in found.source


def test_a_perfect_score_on_few_examples_is_not_without_noise(listed):
    assert ties(listed([1.0, 0.99, 0.5]), {}, examples=50).numbers == (1, 2)


def test_else_the_late_wobble_of_the_curves_is_the_noise(rng):
    history = History(Metric("y"))
    for number in range(1, 6):
        curve = np.linspace(0, 1, 80) + 0.05 * rng.normal(size=80)
        history.add(Job(Trial(number, 1, {}, 0)))
        history.finish(
            Job(history.trial(number)), Result(Status.COMPLETE, {"y": 1.0 - number / 10}, {"y": curve.tolist()})
        )
    found = ties(history, {number: result.curve for number, result in history.results.items()})
    assert found.noise == pytest.approx(0.05, rel=0.3)
    assert "wobbles" in found.source


def test_without_any_measure_only_equals_are_tied_and_that_is_said(listed):
    found = ties(listed([1.0, 1.0, 0.999]), {})
    assert (found.numbers, found.noise) == ((1, 2), 0.0)
    assert "no replicates" in found.source


def test_a_loss_to_be_minimized_is_tied_from_below(listed):
    history = listed([0.5, 0.1, 0.11], "minimize")
    repeated(history, 2, (0.1, 0.12))
    assert ties(history, {}).numbers == (2, 3)


def test_nothing_is_tied_where_nothing_succeeded():
    assert ties(History(Metric("y")), {}).numbers == ()

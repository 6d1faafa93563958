"""Forecasts of curves: near the end where the family is known, equivariant, and silent where nothing can be said."""

from math import inf, isfinite, nan

import numpy as np
import pytest

from hpsearch.surrogate.curves import FEWEST, FURTHEST, expected
from hpsearch.trial import Metric

UP, DOWN = Metric("score"), Metric("loss", "minimize")
LOSS = [0.2 + 1.5 * t**-0.8 for t in range(1, 61)]


def noisy(curve: list[float], seed: int, spread: float = 0.004) -> list[float]:
    return (np.array(curve) + spread * np.random.default_rng(seed).standard_normal(len(curve))).tolist()


@pytest.mark.parametrize("known", [15, 30, 45])
def test_a_power_law_is_forecast_better_than_by_its_last_value(known: int) -> None:
    found = expected(LOSS[:known], DOWN, 60)
    assert found is not None
    assert found.end == 60
    assert abs(found.value - LOSS[-1]) < 0.25 * abs(LOSS[known - 1] - LOSS[-1])
    assert abs(found.value - LOSS[-1]) < found.half


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_the_interval_holds_about_as_many_ends_as_it_says(level: float) -> None:
    inside = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        floor, rate = rng.uniform(0.05, 0.5), rng.uniform(0.3, 1.5)
        curve = noisy([floor + t**-rate for t in range(1, 41)], seed)
        found = expected(curve[:16], DOWN, 40, level=level)
        assert found is not None
        inside.append(abs(found.value - curve[-1]) <= found.half)
    assert np.mean(inside) >= level - 0.05


def test_a_loss_that_has_begun_to_rise_is_not_taken_to_fall_again() -> None:
    rising = [0.3 + 1.5 * 0.7**t + 0.004 * t for t in range(30)]
    found = expected(rising, DOWN, 60)
    assert found is not None
    assert found.value > min(rising)
    assert found.value >= rising[-1] - found.half


def test_further_ahead_it_is_less_sure() -> None:
    halves = [found.half for end in (35, 60, 120) if (found := expected(noisy(LOSS[:30], 1), DOWN, end))]
    assert len(halves) == 3
    assert halves == sorted(halves)


@pytest.mark.parametrize("factor", [1e-200, 1e-3, 1e3, 1e200])
def test_another_unit_changes_nothing_but_the_unit(factor: float) -> None:
    curve = noisy(LOSS[:20], 2)
    plain, scaled = expected(curve, DOWN, 60), expected([factor * value for value in curve], DOWN, 60)
    assert plain is not None
    assert scaled is not None
    assert scaled.value / factor == pytest.approx(plain.value)
    assert scaled.half / factor == pytest.approx(plain.half)


def test_what_is_to_be_maximized_is_the_mirror_image() -> None:
    curve = noisy([value - 1 for value in LOSS[:20]], 3)
    down, up = expected(curve, DOWN, 60), expected([-value for value in curve], UP, 60)
    assert down is not None
    assert up is not None
    assert (up.value, up.half) == (-down.value, down.half)


@pytest.mark.parametrize(
    ("curve", "end"),
    [
        ([0.5, 0.4, 0.3, 0.2, 0.1], 10),
        ([0.1] * 20, 40),
        ([nan] * 20, 40),
        ([*LOSS[:20], nan], 40),
        ([*LOSS[:20], inf], 40),
        (LOSS[:20], 20),
        (LOSS[:20], 5 * 20 + 1),
        ([], 10),
    ],
)
def test_nothing_is_said_where_nothing_can_be(curve: list[float], end: int) -> None:
    assert expected(curve, DOWN, end) is None


def test_something_is_said_from_the_fewest_values_on_and_as_far_as_the_furthest() -> None:
    assert expected(LOSS[:FEWEST], DOWN, FURTHEST * FEWEST) is not None


@pytest.mark.parametrize(
    "curve",
    [
        [1e308, -1e308] * 6,
        [1e-320 * t for t in range(1, 20)],
        [inf, inf, *LOSS[:10]],
        [nan, 3.0, nan, *LOSS[:10]],
        [155904.6, 7825.8, 3483.4, 0.7, 0.6, 0.5, 0.4],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [*LOSS, *(0.2 + 1.5 * t**-0.8 for t in range(61, 20000))],
    ],
)
def test_any_curve_gives_numbers_or_nothing(curve: list[float]) -> None:
    for goal in ("maximize", "minimize"):
        for at in ("last", "best"):
            found = expected(curve, Metric("score", goal, at), 2 * len(curve))
            assert found is None or (isfinite(found.value) and isfinite(found.half))


def test_shares_stay_below_one() -> None:
    found = expected([1 - 0.5 * 0.6**t for t in range(10)], UP, 50)
    assert found is not None
    assert found.value <= 1


def test_where_the_best_value_counts_it_is_never_worse_than_that() -> None:
    curve = [*LOSS[:15], *(LOSS[14] + 0.05 * t for t in range(10))]
    found = expected(curve, Metric("loss", "minimize", "best"), 60)
    assert found is not None
    assert found.value <= min(curve)


def test_where_it_has_come_to_says_how_far_it_is() -> None:
    plain = expected(LOSS[:20], DOWN, 60)
    counted = expected(LOSS[:20], DOWN, 6000, 2000)
    assert plain is not None
    assert counted is not None
    assert (counted.value, counted.half, counted.end) == (plain.value, plain.half, 6000)

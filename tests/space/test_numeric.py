"""Ranges of numbers against closed forms, and their rules."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from hpsearch.space import Numeric, SpaceError

DRAWS = 100_000
UNLUCKY = 1e-3  # the seed is fixed; a wrong scale gives less than 1e-100


def draws(distribution, seed=0):
    return np.array(distribution.from_unit(np.random.default_rng(seed).random(DRAWS)))


def of_distribution(argument):
    """The name of a case; a function's would differ from one process to the next."""
    return str(argument) if isinstance(argument, Numeric) else ""


def reverse_log_cdf(low, high):
    """Of X = 1 - Y with Y log-uniform on [1 - high, 1 - low], by hand."""
    return lambda x: np.log((1 - low) / (1 - x)) / np.log((1 - low) / (1 - high))


@pytest.mark.parametrize(
    ("distribution", "cdf"),
    [
        (Numeric("uniform", -3, 7), stats.uniform(-3, 10).cdf),
        (Numeric("loguniform", 1e-4, 1), stats.loguniform(1e-4, 1).cdf),
        (Numeric("loguniform", 20, 3000), stats.loguniform(20, 3000).cdf),
        (Numeric("reverseloguniform", 0.9, 0.999), reverse_log_cdf(0.9, 0.999)),
        (Numeric("reverseloguniform", -2, 0.5), reverse_log_cdf(-2, 0.5)),
    ],
    ids=of_distribution,
)
def test_draws_follow_the_closed_form(distribution, cdf):
    assert stats.kstest(draws(distribution), cdf).pvalue > UNLUCKY


def cells(low, high, step, measure):
    """Probability of each level: the measure of what lies nearer to it than to its neighbours."""
    levels = np.arange(low, high + step / 2, step)
    shares = measure(levels + step / 2) - measure(levels - step / 2)
    return levels, shares / shares.sum()


@pytest.mark.parametrize(
    ("distribution", "measure"),
    [
        (Numeric("randint", 1, 7), np.asarray),
        (Numeric("randint", -30, 30, 5), np.asarray),
        (Numeric("uniform", 0, 2, 0.25), np.asarray),
        (Numeric("lograndint", 1, 60), np.log),
        (Numeric("lograndint", 16, 256, 16), np.log),
        (Numeric("loguniform", 0.5, 4, 0.25), np.log),
        (Numeric("reverseloguniform", 0.5, 0.9, 0.1), lambda x: -np.log(1 - x)),
    ],
    ids=of_distribution,
)
def test_each_level_is_as_likely_as_its_stretch_of_the_scale(distribution, measure):
    levels, shares = cells(distribution.min, distribution.max, distribution.step, measure)
    drawn = draws(distribution)
    counts = np.array([(np.abs(drawn - level) < 1e-9).sum() for level in levels])
    assert counts.sum() == DRAWS
    assert stats.chisquare(counts, shares * DRAWS).pvalue > UNLUCKY
    evenly = np.array(distribution.from_unit((np.arange(DRAWS) + 0.5) / DRAWS))
    exact = np.array([(np.abs(evenly - level) < 1e-9).sum() for level in levels])
    assert np.abs(exact - shares * DRAWS).max() <= 1


def test_both_ends_of_whole_numbers_are_drawn_exactly_as_often_as_the_others():
    drawn = Numeric("randint", 3, 12).from_unit((np.arange(10_000) + 0.5) / 10_000)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == list(range(3, 13))
    assert counts.tolist() == [1000] * 10
    assert all(type(value) is int for value in drawn)


def test_half_of_the_momentum_trials_lie_above_0_99():
    distribution = Numeric("reverseloguniform", 0.9, 0.999)
    assert distribution.from_unit(np.array([0.5]))[0] == pytest.approx(0.99, rel=1e-12)
    assert (draws(distribution) > 0.99).mean() == pytest.approx(0.5, abs=0.005)


def test_each_decade_of_the_learning_rate_gets_a_quarter_of_the_trials():
    counts, _ = np.histogram(draws(Numeric("loguniform", 1e-4, 1)), bins=[1e-4, 1e-3, 1e-2, 1e-1, 1])
    assert counts / DRAWS == pytest.approx([0.25] * 4, abs=0.005)


def valid(name, low, high, step=None):
    try:
        return Numeric(name, low, high, step)
    except SpaceError:
        return None


EITHER = st.booleans()


@st.composite
def ranges(draw, stepped=EITHER):
    """Any range: each scale, with and without steps."""
    name = draw(st.sampled_from(["uniform", "loguniform", "reverseloguniform", "randint", "lograndint"]))
    if name == "reverseloguniform":
        ends = [1 - 10 ** -draw(st.floats(-1, 6)) for _ in range(2)]
    elif name == "loguniform":
        ends = [10 ** draw(st.floats(-9, 9)) for _ in range(2)]
    elif name == "uniform":
        ends = [draw(st.floats(-1e6, 1e6)) for _ in range(2)]
    else:
        ends = [draw(st.integers(1 if name == "lograndint" else -1000, 1000)) for _ in range(2)]
    low, high = sorted(ends)
    assume(high - low > 1e-6 * max(abs(low), abs(high)))
    step = None
    if name in ("randint", "lograndint"):
        step = draw(st.integers(1, high - low)) if draw(stepped) else None
    elif draw(stepped):
        # As people write them: levels are exact for decimals, and within a rounding for other binary fractions.
        low, high = float(f"{low:.9g}"), float(f"{high:.9g}")
        step = float(f"{(high - low) / draw(st.floats(1, 60)):.3g}")
        assume(step > 0)  # both ends may be the same number when written
        assume(abs((high - low) / step % 1 - 0.5) < 0.499 or (high - low) / step % 1 == 0)
    made = valid(name, low, high, step)
    assume(made is not None)
    return made


units = st.floats(0, 1)


@given(ranges(stepped=st.just(False)), units)
def test_a_point_of_a_continuum_comes_back(distribution, u):
    assume(distribution.size is None)
    (value,) = distribution.from_unit(np.array([u]))
    assert distribution.min <= value <= distribution.max
    (again,) = distribution.from_unit(distribution.to_unit([value]))
    assert again == pytest.approx(value, rel=1e-9, abs=1e-9 * (distribution.max - distribution.min))


@given(ranges(), units)
def test_a_drawn_value_comes_back_and_lies_on_its_level(distribution, u):
    assume(distribution.size is not None)
    (value,) = distribution.from_unit(np.array([u]))
    assert distribution.from_unit(distribution.to_unit([value])) == [value]
    level = (Fraction(repr(value)) - Fraction(repr(distribution.min))) / Fraction(repr(distribution.step))
    assert float(level) == pytest.approx(round(level), abs=1e-3)
    assert 0 <= round(level) < distribution.size


@given(ranges())
def test_the_ends_of_the_unit_interval_are_the_outermost_values(distribution):
    low, high = distribution.from_unit(np.array([0.0, 1.0]))
    assert low == distribution.min
    if distribution.size is None:
        assert high == distribution.max
    else:
        assert distribution.max - distribution.step < high <= distribution.max + 1e-9 * distribution.step


@pytest.mark.parametrize("name", ["loguniform", "reverseloguniform"])
def test_ends_are_exact_even_where_the_scale_there_and_back_is_not(name):
    """10^log10(x) misses x by a rounding about once in a thousand."""
    ends = 1 - 10.0 ** -np.random.default_rng(0).uniform(0.1, 6, (4000, 2))
    for low, high in np.sort(ends, axis=1).tolist():
        assert Numeric(name, low, high).from_unit(np.array([0.0, 1.0])) == [low, high]


@given(ranges(), st.lists(units, min_size=2, max_size=20))
def test_values_grow_with_the_point(distribution, points):
    values = distribution.from_unit(np.sort(points))
    assert values == sorted(values)


@given(ranges(stepped=st.just(True)))
def test_the_number_of_values_is_counted_exactly(distribution):
    assume(distribution.size is not None)
    low, high, step = (Fraction(repr(x)) for x in (distribution.min, distribution.max, distribution.step))
    # A range that misses a whole number of steps by 1e-9 of one was meant to hold its last level.
    assert distribution.size == ((high - low) / step + Fraction(1, 10**9)) // 1 + 1


@given(ranges(), st.integers(1, 12))
def test_a_grid_is_evenly_spaced_on_the_scale_with_both_ends(distribution, points):
    grid = distribution.grid(points)
    assert grid == sorted(set(grid))
    assert len(grid) <= points
    if distribution.size is not None and points >= distribution.size:
        assert len(grid) == distribution.size
    if points > 1:
        assert [grid[0], grid[-1]] == distribution.from_unit(np.array([0.0, 1.0]))
    if distribution.size is None and points > 2:
        gaps = np.diff(distribution.scale.forward(np.array(grid)))
        assert gaps == pytest.approx(gaps.mean(), rel=1e-3)
    assert not np.isnan(distribution.to_unit(grid)).any()


def test_a_logarithmic_grid_of_whole_numbers_has_the_geometric_middle():
    assert Numeric("lograndint", 1, 256).grid(3) == [1, 16, 256]
    assert Numeric("lograndint", 16, 256).grid(5) == [16, 32, 64, 128, 256]
    assert Numeric("loguniform", 1e-4, 1).grid(5) == [1e-4, 1e-3, 1e-2, 1e-1, 1]
    assert Numeric("reverseloguniform", 0.9, 0.999).grid(3) == [0.9, 0.99, 0.999]


def test_a_grid_of_one_point_takes_the_middle_of_the_scale():
    assert Numeric("loguniform", 1e-4, 1).grid(1) == [0.01]
    assert Numeric("randint", 1, 9).grid(1) == [5]


boxes = st.tuples(units, units).map(sorted).filter(lambda box: box[1] - box[0] > 0.05)


@given(ranges(), boxes)
def test_a_stretch_within_the_range_holds_the_box_and_nothing_beyond_the_range(distribution, box):
    inner = distribution.stretch(*box)
    assert distribution.min <= inner.min < inner.max <= distribution.max
    if distribution.step is None:
        slack = 1e-9 * (distribution.max - distribution.min)
        assert inner.min <= distribution.value_at(box[0]) + slack
        assert inner.max >= distribution.value_at(box[1]) - slack
    else:
        levels = (np.array(inner.grid(inner.size)) - distribution.min) / distribution.step
        assert levels == pytest.approx(np.rint(levels), abs=1e-3)
        kept = np.rint(levels).astype(int).tolist()
        assert kept == list(range(kept[0], kept[-1] + 1))
        assert 0 <= kept[0] < kept[-1] < distribution.size


@given(ranges())
def test_the_whole_stretch_is_the_same_range(distribution):
    same = distribution.stretch(0.0, 1.0)
    assert same.from_unit(np.linspace(0, 1, 50)) == distribution.from_unit(np.linspace(0, 1, 50))


@given(ranges(), st.floats(-0.5, 0), st.floats(1, 1.5))
def test_a_stretch_beyond_the_range_is_wider_within_its_limits_and_stays_on_the_levels(distribution, low, high):
    limits = distribution.widest()
    wider = distribution.stretch(low, high, limits)
    old = distribution.from_unit(np.array([0.0, 1.0]))
    assert min(limits[0], distribution.min) <= wider.min <= old[0] + 1e-9 * abs(old[0])
    assert max(limits[1], distribution.max) >= wider.max >= old[1] - 1e-9 * abs(old[1])
    assert distribution.scale.contains(wider.min)
    assert distribution.scale.contains(wider.max)
    if distribution.step is not None:
        assert not np.isnan(wider.to_unit(distribution.grid(distribution.size))).any()


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (Numeric("lograndint", 1, 10), 1),
        (Numeric("loguniform", 0.2, 1, 0.2), 0.2),
        (Numeric("reverseloguniform", 0.9, 0.99, 0.01), 0.9),
    ],
    ids=str,
)
def test_a_far_wider_stretch_ends_where_the_scale_does(distribution, expected):
    ends = (0.0, 1e6) if distribution.scale.high == 1 else (-1e6, 1.0)
    wider = distribution.stretch(*ends, distribution.widest())
    assert wider.scale.contains(wider.min)
    assert wider.scale.contains(wider.max)
    assert wider.min == expected


def test_a_stretch_between_two_levels_keeps_the_two():
    assert Numeric("randint", 0, 9).stretch(0.41, 0.43).grid(9) == [3, 4]
    assert Numeric("randint", 0, 9).stretch(0.99, 1.0).grid(9) == [8, 9]


@pytest.mark.parametrize("value", [0.5, 3.5, 10.5, -1, "3", None, True, math.nan, math.inf, [3]])
def test_what_a_range_does_not_hold_has_no_point(value):
    assert np.isnan(Numeric("randint", 1, 10).to_unit([value])).all()


def test_steps_are_decimals_as_people_write_them():
    assert Numeric("uniform", 0.1, 0.7, 0.1).grid(7) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert Numeric("uniform", 100000, 100001, 1e-6).from_unit(np.array([0.25]))[0] == pytest.approx(100000.25)


def test_a_range_that_its_step_does_not_divide_ends_below_max():
    distribution = Numeric("uniform", 0, 1, 0.3)
    assert distribution.grid(99) == [0, 0.3, 0.6, 0.9]
    assert np.isnan(distribution.to_unit([1.0])).all()


@pytest.mark.parametrize(
    ("arguments", "rule", "fix"),
    [
        (("uniform", 1, 1), "uniform needs min < max, got min=1, max=1", "value: 1"),
        (("uniform", 2, 1), "uniform needs min < max, got min=2, max=1", "swap"),
        (("uniform", 0, math.inf), "uniform needs finite ends", ""),
        (("uniform", -1.7e308, 1.7e308), "uniform needs finite ends", ""),
        (("loguniform", 0, 1), "loguniform needs 0 < min < max, got min=0, max=1", "`uniform`"),
        (("loguniform", -4, 0), "loguniform needs 0 < min < max", "exponents"),
        (("lograndint", 0, 8), "lograndint needs 0 < min < max", "`randint`"),
        (("reverseloguniform", 0.9, 1), "reverseloguniform needs min < max < 1", "0.999"),
        (("reverseloguniform", 1 - 1e-16, 1 - 1e-16), "reverseloguniform needs min < max", ""),
        (("loguniform", 1e10, 1e10 + 1e-5), "tell apart", "wider"),
        (("randint", 0.5, 3), "randint needs whole numbers", "`uniform`"),
        (("randint", 0, 10**16), "up to 10^15", ""),
        (("uniform", 0, 1, 0), "step must be above 0, got 0", ""),
        (("uniform", 0, 1, -0.1), "step must be above 0, got -0.1", ""),
        (("uniform", 0, 1, math.nan), "step must be above 0", ""),
        (("uniform", 0, 1, 2), "step 2 is larger than the range, 1", "smaller step"),
        (("randint", 0, 9, 0.5), "step must be a whole number for randint, got 0.5", ""),
        (("uniform", 0, 1e9, 1e-9), "too fine", "leave `step` out"),
    ],
)
def test_a_range_that_cannot_be_says_the_rule_the_values_and_the_fix(arguments, rule, fix):
    with pytest.raises(SpaceError) as caught:
        Numeric(*arguments)
    assert rule in str(caught.value)
    assert fix in caught.value.fix


def test_steps_that_a_scale_cannot_tell_apart_are_refused():
    with pytest.raises(SpaceError, match="too fine to tell values apart"):
        Numeric("reverseloguniform", -2.22044605e-16, 0.0, 4.44e-17)

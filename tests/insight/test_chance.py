import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpsearch.insight.crowds import at_least, at_most, concentration


@given(st.integers(1, 60), st.data())
def test_tails_are_those_of_the_hypergeometric_distribution(total, data):
    drawn, marked = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    k = data.draw(st.integers(0, min(drawn, marked)))
    peer = stats.hypergeom(total, marked, drawn)
    assert at_least(k, drawn=drawn, marked=marked, total=total) == pytest.approx(peer.sf(k - 1), abs=1e-9)
    assert at_most(k, drawn=drawn, marked=marked, total=total) == pytest.approx(peer.cdf(k), abs=1e-9)


def test_blind_picks_seldom_look_concentrated():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        every = rng.random(60)
        hits += concentration(every[:12], every) < 0.05
    assert 0.02 < hits / 2000 < 0.07


def test_ties_of_a_few_levels_err_to_the_safe_side():
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, 4, 60) / 4 for _ in range(1000)]
    assert np.mean([concentration(every[:12], every) < 0.05 for every in draws]) < 0.05


@pytest.mark.parametrize("place", [0.0, 0.3, 0.9])
def test_a_crowd_anywhere_is_seen(place):
    every = np.linspace(0, 1, 101)
    best = every[(every >= place) & (every < place + 0.15)]
    assert concentration(best, every) < 1e-3

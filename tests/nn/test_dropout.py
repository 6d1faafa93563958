"""Inverted dropout: how many units go; and the numbers by place that masks, orders and weights come from."""

import numpy as np
import pytest
from scipy import stats

from hpsearch.nn import randomness
from hpsearch.nn.randomness import DROPOUT, ORDER, WEIGHTS, key


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_so_many_units_go_in_every_row_and_column(rate):
    kept = randomness.mask(key(1, DROPOUT, 0, 1, 1), (400, 300), rate)
    assert (~kept).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / kept.size))
    for axis in (0, 1):
        counts = (~kept).sum(axis=axis)
        n = kept.shape[axis]
        assert stats.kstest((counts - n * rate) / np.sqrt(n * rate * (1 - rate)), "norm").pvalue > 1e-4


def test_masks_of_other_seeds_epochs_layers_and_mini_batches_have_nothing_in_common():
    places = [(0, 0, 1, 1), (1, 0, 1, 1), (0, 1, 1, 1), (0, 0, 2, 1), (0, 0, 1, 33)]
    masks = [randomness.mask(key(seed, DROPOUT, *rest), (64, 64), 0.5).ravel() for seed, *rest in places]
    shared = np.corrcoef(masks) - np.eye(len(masks))
    assert np.abs(shared).max() < 5 / 64


def test_the_order_of_examples_follows_from_seed_and_epoch():
    orders = [randomness.permutation(key(seed, ORDER, epoch), 50).tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(each) == list(range(50)) for each in orders)
    assert len({tuple(each) for each in orders}) == 4
    firsts = [randomness.permutation(key(seed, ORDER, 0), 10)[0] for seed in range(2000)]
    assert stats.chisquare(np.bincount(firsts, minlength=10)).pvalue > 1e-4
    assert randomness.permutation(5, 1).tolist() == [0]


def test_weights_are_normal_as_far_as_digits_go():
    drawn = randomness.normal(key(3, WEIGHTS, 0), 200_000)
    assert stats.kstest(drawn, "norm").pvalue > 1e-3
    assert stats.skew(drawn) == pytest.approx(0, abs=0.03)
    assert np.corrcoef(drawn[1:], drawn[:-1])[0, 1] == pytest.approx(0, abs=0.01)
    u = ((randomness.bits(key(3, WEIGHTS, 0), 200_000) >> np.uint64(11)).astype(float) + 0.5) / 2**53
    np.testing.assert_allclose(drawn, stats.norm.ppf(u), atol=3e-6)


def test_mixed_alone_and_mixed_in_a_vector_are_the_same():
    start = key(2**63 + 5, ORDER, 7)
    expected = [randomness.mixed(start + i * 0x9E3779B97F4A7C15) for i in (1, 2, 3)]
    assert randomness.bits(start, 3).tolist() == expected

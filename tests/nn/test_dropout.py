"""Inverted dropout: how many units go, and what the others are scaled by."""

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec
from hpsearch.nn.activations import Dropout


def masks(rates, epoch=0, width=50):
    specs = [NetworkSpec(hidden=(width,), dropout=rate) for rate in rates]
    found = np.ones((len(rates), 200, 64))
    Dropout(specs, [epoch] * len(rates)).fill([found])
    return found


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_kept_units_are_scaled_up_so_that_the_mean_stays(rate):
    mask = masks([rate])[0, :, :50]
    assert set(np.unique(mask)) == {0, 1 / (1 - rate)}
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.02)
    assert mask.mean() == pytest.approx(1, abs=4 * np.sqrt(rate / (1 - rate) / mask.size))


def test_a_models_masks_do_not_depend_on_its_neighbours():
    np.testing.assert_array_equal(masks([0.0, 0.7, 0.3])[2], masks([0.3])[0])


def test_a_model_without_dropout_keeps_every_unit():
    assert (masks([0.0, 0.5])[0] == 1).all()


def test_every_epoch_has_its_own_masks():
    assert not np.array_equal(masks([0.5], epoch=0), masks([0.5], epoch=1))

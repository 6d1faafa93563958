"""What a setting becomes before a network of it is trained."""

import pytest

from hpsearch.nn import NetworkSpec
from hpsearch.objectives.network.hyperparameters import network_spec


@pytest.mark.parametrize(
    "params",
    [
        *({"units": 7.9}, {"layers": 1.5}, {"hidden": [8.5]}, {"hidden": 1}, {"epochs": 2.5}, {"batch_size": 32.5}),
        {"decay_every": 1.5},
    ],
)
def test_a_number_that_is_not_whole_is_refused_and_never_cut_off(params):
    with pytest.raises(ValueError, match=rf"{next(iter(params))} needs a (whole number|list of widths)"):
        network_spec(params, 0)


def test_whole_numbers_may_be_written_as_floats():
    assert network_spec({"units": 8.0, "layers": 2.0, "epochs": 3.0}, 1) == NetworkSpec(hidden=(8, 8), epochs=3, seed=1)

"""A spec checks itself: a wrong value is named together with its rule."""

import math

import pytest

from hpsearch.nn import NetworkSpec
from hpsearch.nn.reference import ACTIVATIONS
from hpsearch.nn.spec import DECAYS, hyperparameters


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hidden", (64, 0)),
        ("activation", "swish"),
        ("optimizer", "adamw"),
        ("decay", "cosine"),
        ("init", "zeros"),
        ("dtype", "float16"),
        ("learning_rate", -0.1),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("momentum", 1.0),
        ("beta1", -0.1),
        ("beta2", 1.0),
        ("dropout", 1.0),
        ("bn_momentum", 1.5),
        ("epsilon", 0.0),
        ("bn_epsilon", 0.0),
        ("batch_size", 0),
        ("epochs", -1),
        ("seed", -1),
        ("l2", -1.0),
        ("decay_every", 0),
        ("decay_rate", -0.5),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=rf"^{field} needs .*got"):
        NetworkSpec(**{field: value})


def test_a_growing_learning_rate_is_no_decay_but_an_inverse_decay_may_be_steep():
    with pytest.raises(ValueError, match="decay_rate"):
        NetworkSpec(decay="exponential", decay_rate=1.1)
    assert NetworkSpec(decay="inverse", decay_rate=3.0).decay_rate == 3.0


def test_batch_norm_needs_two_examples():
    with pytest.raises(ValueError, match="no variance"):
        NetworkSpec(batch_size=1)
    assert NetworkSpec(batch_size=1, batch_norm=False).batch_size == 1


def test_the_names_a_spec_allows_are_those_of_the_tables():
    for name, table in (("activation", ACTIVATIONS), ("decay", DECAYS)):
        assert set(hyperparameters()[name].options) == table.keys()


def test_a_list_of_widths_becomes_a_tuple_so_that_a_spec_can_be_hashed():
    assert hash(NetworkSpec(hidden=[3, 4])) == hash(NetworkSpec(hidden=(3, 4)))


def test_whole_numbers_may_be_written_with_a_point():
    spec = NetworkSpec(batch_size=64.0, epochs=2.0, decay_every=3.0)
    assert [type(value) for value in (spec.batch_size, spec.epochs, spec.decay_every)] == [int] * 3

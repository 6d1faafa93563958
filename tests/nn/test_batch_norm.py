"""Batch norm in training and at test time."""

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, initial_state, predict, train
from hpsearch.nn.reference import Network

Z = np.random.default_rng(0).normal(3, 2, (50, 4))


def layer(scale, shift, epsilon=1e-5):
    """A network of one hidden layer whose products are its inputs, which are above 0 after the norm."""
    spec = NetworkSpec(hidden=(4,), bn_epsilon=epsilon, activation="leaky_relu", dtype="float64")
    state = initial_state(spec, 4, 2)
    state.parameters["weight.0"][:] = np.eye(4)
    state.parameters["scale.0"][:] = scale
    state.parameters["shift.0"][:] = shift
    return Network(state)


def normalized(network, z):
    a = network.forward(z, lambda _layer, _shape: np.ones(()))[1][0].outputs
    return np.where(a < 0, a / 0.01, a)


def test_units_get_mean_0_and_variance_1_times_scale_plus_shift():
    out = normalized(layer(2.0, 5.0, epsilon=1e-12), Z)
    np.testing.assert_allclose(out.mean(axis=0), 5)
    np.testing.assert_allclose(out.std(axis=0), 2)


def test_the_right_scale_and_shift_make_the_layer_the_identity():
    scale = np.sqrt(Z.var(axis=0) + 1e-5)
    np.testing.assert_allclose(normalized(layer(scale, Z.mean(axis=0)), Z), Z)


def test_a_constant_bias_before_it_changes_nothing():
    bias = np.array([7.0, -3, 0.1, 100])
    np.testing.assert_allclose(normalized(layer(1.5, 0.5), Z + bias), normalized(layer(1.5, 0.5), Z), atol=1e-11)


def test_running_averages_weigh_mini_batches_exponentially():
    network, mean, variance = layer(1.0, 0.0), 0.0, 1.0
    for seed in range(4):
        z = np.random.default_rng(seed).normal(seed, 1 + seed, (10, 4))
        normalized(network, z)
        mean, variance = 0.9 * mean + 0.1 * z.mean(axis=0), 0.9 * variance + 0.1 * z.var(axis=0)
    np.testing.assert_allclose(network.running["mean.0"], mean, rtol=1e-12)
    np.testing.assert_allclose(network.running["variance.0"], variance, rtol=1e-12)


def test_a_layer_under_batch_norm_has_no_bias_and_one_without_it_has():
    normalized, plain = (
        initial_state(NetworkSpec(hidden=(4,), batch_norm=on), 5, 3).parameters.keys() for on in (True, False)
    )
    assert normalized == {"weight.0", "scale.0", "shift.0", "weight.1", "bias.1"}
    assert plain == {"weight.0", "bias.0", "weight.1", "bias.1"}


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_at_test_time_the_running_averages_stand_in_for_the_batch(activation, exact, toy):
    state = train(exact(hidden=(6, 3), activation=activation, epochs=3), *toy, 3).state
    p, r, a = state.parameters, state.running, toy[1].inputs
    for layer in range(2):
        zn = (a @ p[f"weight.{layer}"] - r[f"mean.{layer}"]) / np.sqrt(r[f"variance.{layer}"] + 1e-5)
        zt = zn * p[f"scale.{layer}"] + p[f"shift.{layer}"]
        a = np.maximum(zt, 0) if activation == "relu" else 1 / (1 + np.exp(-zt))
    t = np.exp(a @ p["weight.2"] + p["bias.2"])
    np.testing.assert_allclose(predict(state, toy[1].inputs), t / t.sum(axis=1, keepdims=True), rtol=1e-9)


def test_one_example_alone_is_classified_as_it_is_among_others(exact, toy):
    state = train(exact(epochs=2), *toy, 3).state
    together = predict(state, toy[1].inputs)
    alone = np.concatenate([predict(state, row[None]) for row in toy[1].inputs])
    np.testing.assert_allclose(alone, together, rtol=1e-10)

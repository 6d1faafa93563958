"""Batch norm in training and at test time."""

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, initial_state, predict, train
from hpsearch.nn.network import BatchNorm

Z = np.random.default_rng(0).normal(3, 2, (1, 50, 4))


def layer(scale, shift, epsilon=1e-5, batch=50):
    return BatchNorm(
        np.broadcast_to(scale, (1, 1, 4)).copy(),
        np.broadcast_to(shift, (1, 1, 4)).copy(),
        np.zeros((1, 1, 4)),
        np.zeros((1, 1, 4)),
        np.stack([np.zeros((1, 1, 4)), np.ones((1, 1, 4))]),
        keep=np.full((1, 1, 1), 0.9),
        epsilon=np.full((1, 1, 1), epsilon),
        batch=batch,
    )


def normalized(norm, z):
    out = np.empty_like(z[0])
    norm.forward(z[0].copy(), out)
    return out[None]


def test_units_get_mean_0_and_variance_1_times_scale_plus_shift():
    out = normalized(layer(2.0, 5.0, epsilon=1e-12), Z)
    np.testing.assert_allclose(out.mean(axis=1), 5)
    np.testing.assert_allclose(out.std(axis=1), 2)


def test_the_right_scale_and_shift_make_the_layer_the_identity():
    scale = np.sqrt(Z.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(normalized(layer(scale, Z.mean(axis=1, keepdims=True)), Z), Z)


def test_a_constant_bias_before_it_changes_nothing():
    bias = np.array([7.0, -3, 0.1, 100])
    np.testing.assert_allclose(normalized(layer(1.5, 0.5), Z + bias), normalized(layer(1.5, 0.5), Z), atol=1e-12)


def test_models_do_not_see_each_others_statistics(exact, stepper):
    x, y = np.random.default_rng(1).normal(size=(8, 5)), np.arange(8) % 3
    states = [initial_state(exact(hidden=(4,), seed=seed), 5, 3) for seed in (0, 1)]
    both = stepper(states, x, y)
    assert both.loss().tolist() == [stepper([state], x, y).loss()[0] for state in states]


def test_running_averages_weigh_mini_batches_exponentially():
    norm, mean, variance = layer(1.0, 0.0, batch=10), 0.0, 1.0
    for seed in range(4):
        z = np.random.default_rng(seed).normal(seed, 1 + seed, (1, 10, 4))
        normalized(norm, z)
        mean = 0.9 * mean + 0.1 * z.mean(axis=1, keepdims=True)
        variance = 0.9 * variance + 0.1 * z.var(axis=1, keepdims=True)
    np.testing.assert_allclose(norm.running, [mean, variance], rtol=1e-12)


def test_a_layer_under_batch_norm_has_no_bias_and_one_without_it_has():
    normalized, plain = (
        initial_state(NetworkSpec(hidden=(4,), batch_norm=on), 5, 3).parameters.keys() for on in (True, False)
    )
    assert normalized == {"weight.0", "scale.0", "shift.0", "weight.1", "bias.1"}
    assert plain == {"weight.0", "bias.0", "weight.1", "bias.1"}


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_at_test_time_the_running_averages_stand_in_for_the_batch(activation, exact, toy):
    [result] = train([exact(hidden=(6, 3), activation=activation, epochs=3)], *toy, 3)
    p, r, a = result.state.parameters, result.state.running, toy[1].inputs
    for layer in range(2):
        zn = (a @ p[f"weight.{layer}"] - r[f"mean.{layer}"]) / np.sqrt(r[f"variance.{layer}"] + 1e-5)
        zt = zn * p[f"scale.{layer}"] + p[f"shift.{layer}"]
        a = np.maximum(zt, 0) if activation == "relu" else 1 / (1 + np.exp(-zt))
    t = np.exp(a @ p["weight.2"] + p["bias.2"])
    np.testing.assert_allclose(predict(result.state, toy[1].inputs), t / t.sum(axis=1, keepdims=True), rtol=1e-9)


def test_one_example_alone_is_classified_as_it_is_among_others(exact, toy):
    [result] = train([exact(epochs=2)], *toy, 3)
    together = predict(result.state, toy[1].inputs)
    alone = np.concatenate([predict(result.state, row[None]) for row in toy[1].inputs])
    np.testing.assert_allclose(alone, together, rtol=1e-10)

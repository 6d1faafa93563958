"""Every gradient against finite differences, in float64."""

import numpy as np
import pytest

from hpsearch.nn import initial_state
from hpsearch.nn.activations import ACTIVATIONS, CrossEntropy
from hpsearch.nn.layout import class_major
from hpsearch.nn.network import BatchNorm

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(7, 4)), RNG.integers(0, 3, 7)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_of_a_whole_stack_is_its_slope(activation, batch_norm, dropout, exact, stepper, shake, slope):
    specs = [
        exact(hidden=widths, activation=activation, batch_norm=batch_norm, dropout=dropout, seed=seed)
        for seed, widths in enumerate([(5, 3), (2, 4)])
    ]
    steps = stepper([shake(initial_state(spec, 4, 3)) for spec in specs], X, Y)
    steps.loss()
    gradients = steps.stack.gradients.copy()
    real = steps.stack.parameters != 0  # the rest is padding
    numeric = slope(lambda: steps.loss().sum(), steps.stack.parameters)
    np.testing.assert_allclose(gradients[real], numeric[real], atol=2e-8)
    assert not gradients[~real].any()


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_l2_adds_the_slope_of_its_penalty_to_the_weights_alone(hidden, exact, stepper, shake):
    spec = exact(hidden=hidden, optimizer="sgd", learning_rate=0.1, l2=0.7)
    steps = stepper([shake(initial_state(spec, 4, 3))], X, Y)
    before = steps.state().parameters
    steps.loss()
    gradient = steps.stack.layout.views(steps.stack.gradients.copy())
    steps.step()
    for name, array in steps.state().parameters.items():
        # d/dw of l2 / 2 * sum(w^2)
        slope = gradient[name][0][tuple(slice(0, n) for n in np.atleast_2d(array).shape)].reshape(array.shape)
        penalty = 0.7 * before[name] if name.startswith("weight") else 0
        np.testing.assert_allclose(array, before[name] - 0.1 * (slope + penalty), rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_the_derivative_of_its_values(name):
    z = RNG.normal(size=(2, 3, 4))
    positive, upstream, h = np.empty(z.shape, bool), RNG.normal(size=z.shape), 1e-6

    def value(x):
        x = x.copy()
        ACTIVATIONS[name].forward(x, positive)
        return x

    numeric = upstream * (value(z + h) - value(z - h)) / (2 * h)
    a, d = value(z), upstream.copy()
    ACTIVATIONS[name].backward(d, a, positive, np.empty(z.shape))
    np.testing.assert_allclose(d, numeric, atol=1e-8)


def test_activations_have_the_values_of_their_definitions():
    z = np.linspace(-30, 30, 61).reshape(1, 1, 61)
    expected = {
        "relu": np.maximum(z, 0),
        "leaky_relu": np.maximum(z, 0.01 * z),
        "tanh": (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
        "sigmoid": 1 / (1 + np.exp(-z)),
    }
    assert expected.keys() == ACTIVATIONS.keys()
    for name, activation in ACTIVATIONS.items():
        a = z.copy()
        activation.forward(a, np.empty(z.shape, bool))
        np.testing.assert_allclose(a, expected[name], atol=1e-15, err_msg=name)
        zero = np.zeros((1, 1, 1))
        activation.forward(zero, np.empty((1, 1, 1), bool))
        assert zero.item() == activation.at_zero


def test_batch_norm_sends_the_gradient_through_mean_and_variance(slope):
    z, upstream = RNG.normal(size=(6, 2 * 3)), RNG.normal(size=(6, 2 * 3))  # 2 models of 3 units
    scale, shift = RNG.normal(size=(2, 1, 3)), RNG.normal(size=(2, 1, 3))
    norm = BatchNorm(
        scale,
        shift,
        np.zeros((2, 1, 3)),
        np.zeros((2, 1, 3)),
        np.zeros((2, 2, 1, 3)),
        keep=np.full((2, 1, 1), 0.9),
        epsilon=np.full((2, 1, 1), 1e-5),
        batch=6,
    )

    def loss():
        out = np.empty_like(z)
        norm.forward(z.copy(), out)
        return (out * upstream).sum()

    numeric = [slope(loss, array) for array in (z, scale, shift)]
    centred, d = z.copy(), upstream.copy()
    norm.forward(centred, np.empty_like(z))
    norm.backward(d, centred, np.empty_like(z))
    for found, expected in zip([d, norm.scale_gradient, norm.shift_gradient], numeric, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-8)


def test_the_first_step_back_is_yhat_minus_y_over_the_batch(slope):
    z, labels = RNG.normal(size=(2, 5, 3)), RNG.integers(0, 3, 5)

    def entropy():
        logits = class_major(2, 5, 3, np.float64)
        logits[:] = z
        return CrossEntropy(logits), logits

    numeric = slope(lambda: entropy()[0].forward(labels)[0].mean(axis=1).sum(), z)
    loss, logits = entropy()
    loss.backward(labels)
    yhat = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(logits, (yhat - np.eye(3)[labels]) / 5, atol=1e-15)
    np.testing.assert_allclose(logits, numeric, atol=1e-9)

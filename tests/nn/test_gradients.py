"""Every gradient of the reference against finite differences, in float64."""

import numpy as np
import pytest

from hpsearch.nn import initial_state, softmax, train
from hpsearch.nn.reference import ACTIVATIONS, Network, cross_entropy
from hpsearch.nn.samples import Samples

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(7, 4)), RNG.integers(0, 3, 7)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_of_a_network_is_its_slope(activation, batch_norm, dropout, exact, stepper, shake, slope):
    spec = exact(hidden=(5, 3), activation=activation, batch_norm=batch_norm, dropout=dropout)
    steps = stepper(shake(initial_state(spec, 4, 3)), X, Y)
    masks = [(np.random.default_rng(i).random((7, n)) >= dropout) / (1 - dropout) for i, n in enumerate((5, 3))]

    def loss():
        return steps.loss(lambda layer, _shape: masks[layer])

    loss()
    gradients = steps.gradients
    assert gradients.keys() == steps.network.parameters.keys()
    for name, gradient in gradients.items():
        numeric = slope(loss, steps.network.parameters[name])
        np.testing.assert_allclose(gradient, numeric, atol=2e-8, err_msg=name)


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_l2_adds_the_slope_of_its_penalty_to_the_weights_alone(hidden, exact):
    data = Samples(X, Y)
    spec = exact(hidden=hidden, optimizer="sgd", learning_rate=0.1, l2=0.7, epochs=1, batch_size=7)
    before = initial_state(spec, 4, 3)
    gradients = Network(before).gradients(X, Y)[2]
    after = train(spec, data, data, 3).state.parameters
    for name, array in after.items():
        # d/dw of l2 / 2 * sum(w^2)
        penalty = 0.7 * before.parameters[name] if name.startswith("weight") else 0
        expected = before.parameters[name] - 0.1 * (gradients[name] + penalty)
        np.testing.assert_allclose(array, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_the_derivative_of_its_values(name):
    z, h, activation = RNG.normal(size=(2, 3, 4)), 1e-6, ACTIVATIONS[name]
    numeric = (activation.of(z + h) - activation.of(z - h)) / (2 * h)
    np.testing.assert_allclose(activation.slope(activation.of(z)), numeric, atol=1e-8)


def test_activations_have_the_values_of_their_definitions():
    z = np.linspace(-30, 30, 61)
    expected = {
        "relu": np.maximum(z, 0),
        "leaky_relu": np.maximum(z, 0.01 * z),
        "tanh": (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
        "sigmoid": 1 / (1 + np.exp(-z)),
    }
    assert expected.keys() == ACTIVATIONS.keys()
    for name, activation in ACTIVATIONS.items():
        np.testing.assert_allclose(activation.of(z), expected[name], atol=1e-15, err_msg=name)


def test_the_first_step_back_is_yhat_minus_y_over_the_batch(slope):
    z, labels = RNG.normal(size=(5, 3)), RNG.integers(0, 3, 5)
    numeric = slope(lambda: cross_entropy(z, labels)[0].mean(), z)
    np.testing.assert_allclose((softmax(z) - np.eye(3)[labels]) / 5, numeric, atol=1e-9)

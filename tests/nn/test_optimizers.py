"""Each optimizer against its textbook formula, one number at a time, and the learning-rate schedules."""

import math

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, hyperparameters
from hpsearch.nn.reference import step
from hpsearch.nn.spec import DECAYS, learning_rate

OPTIMIZERS = hyperparameters()["optimizer"].options

STEPS = 12


def textbook(spec, w, gradients):
    """The formulas of Ng's course and of the papers, for one weight."""
    v = s = 0.0
    for t, g in enumerate(gradients, start=1):
        if spec.optimizer == "sgd":
            w -= spec.learning_rate * g
        elif spec.optimizer == "momentum":
            v = spec.momentum * v + (1 - spec.momentum) * g
            w -= spec.learning_rate * v
        elif spec.optimizer == "rmsprop":
            s = spec.beta2 * s + (1 - spec.beta2) * g**2
            w -= spec.learning_rate * g / (math.sqrt(s) + spec.epsilon)
        else:
            v = spec.beta1 * v + (1 - spec.beta1) * g
            s = spec.beta2 * s + (1 - spec.beta2) * g**2
            unbiased = v / (1 - spec.beta1**t), s / (1 - spec.beta2**t)
            w -= spec.learning_rate * unbiased[0] / (math.sqrt(unbiased[1]) + spec.epsilon)
    return w


def stepped(spec, w, gradients):
    moments = {"first": np.zeros_like(w), "second": np.zeros_like(w)}
    for t, g in enumerate(gradients, start=1):
        step(spec, spec.learning_rate, w, g, moments, {"first": spec.beta1**t, "second": spec.beta2**t})


@pytest.mark.parametrize(("rate", "beta", "epsilon"), [(0.1, 0.9, 1e-8), (0.01, 0.5, 0.3), (0.3, 0.0, 1e-3)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_network_steps_by_the_textbook(name, rate, beta, epsilon):
    rng = np.random.default_rng(4)
    spec = NetworkSpec(optimizer=name, learning_rate=rate, momentum=beta, beta1=beta, beta2=1 - rate, epsilon=epsilon)
    w, gradients = rng.normal(size=4), rng.normal(size=(STEPS, 4))
    expected = [textbook(spec, w[i], gradients[:, i]) for i in range(4)]
    stepped(spec, w, gradients)
    np.testing.assert_allclose(w, expected, rtol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_weight_without_gradient_stays_exactly_zero(name):
    w = np.zeros(3, np.float32)
    stepped(NetworkSpec(optimizer=name), w, np.zeros((2, 3), np.float32))
    assert w.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        ("none", [0.2, 0.2, 0.2, 0.2]),
        ("inverse", [0.2, 0.2 / 1.5, 0.1, 0.08]),
        ("exponential", [0.2, 0.1, 0.05, 0.025]),
        ("step", [0.2, 0.2, 0.1, 0.1]),
    ],
)
def test_the_learning_rate_decays_by_the_epoch(decay, expected):
    spec = NetworkSpec(learning_rate=0.2, decay=decay, decay_rate=0.5, decay_every=2)
    assert [learning_rate(spec, epoch) for epoch in range(4)] == pytest.approx(expected)
    assert decay in DECAYS

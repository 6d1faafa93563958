"""Each optimizer against its textbook formula, one number at a time, and the learning-rate schedules."""

import math

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec
from hpsearch.nn.optimizers import DECAYS, OPTIMIZERS, Rates, Sums, learning_rate

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


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stack_steps_each_model_by_the_textbook_with_its_own_settings(name):
    rng = np.random.default_rng(4)
    specs = [
        NetworkSpec(optimizer=name, learning_rate=rate, momentum=beta, beta1=beta, beta2=1 - rate, epsilon=epsilon)
        for rate, beta, epsilon in [(0.1, 0.9, 1e-8), (0.01, 0.5, 0.3), (0.3, 0.0, 1e-3)]
    ]
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))
    expected = [[textbook(specs[p], w[p, i], gradients[:, p, i]) for i in range(4)] for p in range(3)]
    sums = {name: Sums(np.zeros((3, 4)), np.zeros((3, 1))) for name in OPTIMIZERS[name].sums}
    alpha = np.array([[spec.learning_rate] for spec in specs])
    for g in gradients.copy():
        OPTIMIZERS[name].update(w, g, sums, alpha, Rates.of(specs))
    np.testing.assert_allclose(w, expected, rtol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_weight_without_gradient_stays_exactly_zero(name):
    specs = [NetworkSpec(optimizer=name)]
    w = np.zeros((1, 3), np.float32)
    sums = {name: Sums(np.zeros((1, 3), np.float32), np.zeros((1, 1))) for name in OPTIMIZERS[name].sums}
    OPTIMIZERS[name].update(w, np.zeros((1, 3), np.float32), sums, np.ones((1, 1)), Rates.of(specs))
    assert w.tolist() == [[0, 0, 0]]


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

"""The lecture's formulas of batch norm and softmax, of what trains: each against a derivation of its own in float64.

One mini-batch of all examples and gradient descent with alpha = 1: the gradient is what a parameter has lost.
"""

from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, Samples, initial_state, predict, predict_class, train

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(30, 5)).astype(np.float32), np.arange(30) % 3
DATA = Samples(X, Y)
ONE_STEP = NetworkSpec(hidden=(7,), optimizer="sgd", learning_rate=1, batch_size=30, epochs=1, activation="tanh")


def trained(spec, engine, state=None, data=DATA, classes=3):
    return train(spec, data, data, classes, state=state, engine=engine)


def forward(p, x, y):
    """Loss, probabilities and the rest of a network of one hidden layer under batch norm, from its definition."""
    z = x.astype(float) @ p["weight.0"]
    mean, variance = z.mean(axis=0), ((z - z.mean(axis=0)) ** 2).mean(axis=0)
    a = np.tanh(p["scale.0"] * (z - mean) / np.sqrt(variance + 1e-5) + p["shift.0"])
    t = np.exp(a @ p["weight.1"] + p["bias.1"])
    probabilities = t / t.sum(axis=1, keepdims=True)
    return -np.log(probabilities[np.arange(len(y)), y]).mean(), probabilities, a, mean, variance


@pytest.fixture
def shaken(shake):
    state = shake(initial_state(ONE_STEP, 5, 3))
    return state, {name: array.astype(np.float64) for name, array in state.parameters.items()}


def test_forward_and_loss_are_those_of_the_definition(engine, shaken):
    state, p = shaken
    loss, probabilities, *_ = forward(p, X, Y)
    curves = trained(ONE_STEP, engine, state).curves
    assert curves["train_loss"] == pytest.approx([loss], rel=1e-5)
    assert curves["train_accuracy"] == pytest.approx([(probabilities.argmax(axis=1) == Y).mean()])


def test_the_gradient_goes_through_mean_and_variance(engine, shaken, slope):
    state, p = shaken
    after = trained(ONE_STEP, engine, state).state.parameters
    for name, array in p.items():
        numeric = slope(lambda: forward(p, X, Y)[0], array, 1e-5)
        np.testing.assert_allclose(array - after[name], numeric, atol=3e-6, err_msg=name)


def test_the_first_step_back_is_the_probabilities_less_the_labels(engine, shaken):
    state, p = shaken
    _, probabilities, a, *_ = forward(p, X, Y)
    d = (probabilities - np.eye(3)[Y]) / len(Y)
    after = trained(ONE_STEP, engine, state).state.parameters
    np.testing.assert_allclose(p["bias.1"] - after["bias.1"], d.sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(p["weight.1"] - after["weight.1"], a.T @ d, atol=1e-6)


def test_running_averages_are_weighted_exponentially_and_classify_one_example(engine, shaken):
    state, p = shaken
    _, _, _, mean, variance = forward(p, X, Y)
    after = trained(ONE_STEP, engine, state).state
    np.testing.assert_allclose(after.running["mean.0"], 0.1 * mean, atol=1e-6)
    np.testing.assert_allclose(after.running["variance.0"], 0.9 + 0.1 * variance, rtol=1e-5)
    alone = [int(predict_class(after, row[None])[0]) for row in X]
    assert alone == predict_class(after, X).tolist()


def test_the_right_scale_and_shift_undo_the_norm(engine, shaken):
    """With gamma = sqrt(s2 + eps) and beta = mu, the network is the one without batch norm."""
    state, p = shaken
    _, _, _, mean, variance = forward(p, X, Y)
    state.parameters["scale.0"][:], state.parameters["shift.0"][:] = np.sqrt(variance + 1e-5), mean
    plain = replace(ONE_STEP, batch_norm=False)
    same = initial_state(plain, 5, 3)
    for name, array in same.parameters.items():
        array[:] = 0 if name == "bias.0" else state.parameters[name]
    ours, theirs = trained(ONE_STEP, engine, state), trained(plain, engine, same)
    assert ours.curves["train_loss"] == pytest.approx(theirs.curves["train_loss"], rel=1e-5)


def test_a_constant_that_all_inputs_have_more_changes_nothing_under_batch_norm(engine, shaken):
    """As a bias before it would: the mean takes it away."""
    state, _ = shaken
    moved = Samples(X + np.float32(0.5), Y)
    ours, theirs = trained(ONE_STEP, engine, state), trained(ONE_STEP, engine, state, moved)
    assert ours.curves["train_loss"] == pytest.approx(theirs.curves["train_loss"], rel=1e-5)


def test_softmax_regression_has_the_lectures_numbers(engine):
    spec = replace(ONE_STEP, hidden=())
    state = initial_state(spec, 5, 4)
    state.parameters["weight.0"][:], state.parameters["bias.0"][:] = 0, [5, 2, -1, 3]
    for label, probability in enumerate([0.842, 0.042, 0.002, 0.114]):
        data = Samples(X, np.full(len(X), label))
        loss = trained(spec, engine, state, data, 4).curves["train_loss"][0]
        assert np.exp(-loss) == pytest.approx(probability, abs=5e-4)


def test_two_classes_are_logistic_regression(engine):
    spec, y = replace(ONE_STEP, hidden=(), learning_rate=0.2, epochs=30), (X[:, 0] > 0).astype(int)
    start = initial_state(spec, 5, 2).parameters
    result = trained(spec, engine, data=Samples(X, y), classes=2)
    w, b = start["weight.0"][:, 1] - start["weight.0"][:, 0].astype(float), 0.0
    for _ in range(30):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        w, b = w - 0.4 * X.T @ error / 30, b - 0.4 * error.mean()
    np.testing.assert_allclose(predict(result.state, X)[:, 1], 1 / (1 + np.exp(-(X @ w + b))), rtol=1e-4)

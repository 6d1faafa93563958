"""The softmax layer: the lecture's numbers, its limits, and what it becomes for two classes."""

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, Samples, initial_state, predict, predict_class, softmax, train
from hpsearch.nn.reference import cross_entropy


def entropy(logits, labels, dtype=np.float64):
    return cross_entropy(np.asarray(logits, dtype), labels)


def test_softmax_gives_the_lectures_numbers():
    np.testing.assert_allclose(softmax(np.array([5.0, 2, -1, 3])), [0.842, 0.042, 0.002, 0.114], atol=5e-4)


def test_a_cat_at_probability_0_2_costs_minus_log_0_2():
    losses, hits = entropy(np.log([[0.3, 0.2, 0.1, 0.4]]), np.array([1]))
    assert losses[0] == pytest.approx(-np.log(0.2))
    assert losses[0] == pytest.approx(1.609, abs=1e-3)
    assert not hits[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_any_size_give_finite_losses(dtype):
    logits = np.array([[1e6, 0, -1e6], [-1e6, 0, 1e6], [3e37, 3e37, 3e37]])
    losses, _ = entropy(logits, np.array([0, 0, 1]), dtype)
    np.testing.assert_allclose(losses, [0, 2e6, np.log(3)], rtol=1e-6)
    np.testing.assert_allclose(softmax(logits.astype(dtype)).sum(axis=1), 1, rtol=1e-6)


def test_the_loss_of_a_set_is_the_negative_log_likelihood_per_example():
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(9, 4)), rng.integers(0, 4, 9)
    likelihood = np.prod(softmax(z)[np.arange(9), labels])
    assert entropy(z, labels)[0].mean() == pytest.approx(-np.log(likelihood) / 9)


def test_hard_max_names_the_class_with_the_largest_soft_max(toy):
    state = initial_state(NetworkSpec(), 5, 3)
    soft, hard = predict(state, toy[1].inputs), predict_class(state, toy[1].inputs)
    assert soft.shape == (30, 3)
    assert all(row[chosen] == row.max() for row, chosen in zip(soft, hard, strict=True))


def test_two_classes_have_the_probabilities_of_logistic_regression():
    z = np.random.default_rng(1).normal(0, 5, (20, 2))
    np.testing.assert_allclose(softmax(z)[:, 1], 1 / (1 + np.exp(-(z[:, 1] - z[:, 0]))), rtol=1e-12)


def test_training_softmax_regression_on_two_classes_trains_logistic_regression():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 3))
    y = (x @ [1.0, -2, 0.5] + rng.normal(0, 0.5, 40) > 0).astype(int)
    spec = NetworkSpec(hidden=(), optimizer="sgd", learning_rate=0.2, batch_size=40, epochs=30, dtype="float64")
    start = initial_state(spec, 3, 2).parameters
    result = train(spec, Samples(x, y), Samples(x, y), 2)

    # one row of weights for the log odds; softmax moves both of its rows, so the difference moves twice as far
    w, b = start["weight.0"][:, 1] - start["weight.0"][:, 0], 0.0
    for _ in range(30):
        error = 1 / (1 + np.exp(-(x @ w + b))) - y
        w, b = w - 0.4 * x.T @ error / 40, b - 0.4 * error.mean()
    np.testing.assert_allclose(predict(result.state, x)[:, 1], 1 / (1 + np.exp(-(x @ w + b))), rtol=1e-10)


def test_a_hit_is_the_argmax_and_of_equals_the_first():
    _, hits = entropy([[1.0, 1.0, 0.0]] * 2, np.array([0, 1]))
    assert hits.tolist() == [True, False]

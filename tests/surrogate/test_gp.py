import numpy as np
import pytest

from hpsearch.surrogate.gp import distances, fit, winsorized


def sample(rng, n, noise=0.0):
    points = rng.random((n, 3))
    truth = np.sin(4 * points[:, 0]) + points[:, 1]
    return points, truth, truth + noise * rng.normal(size=n)


ORDERED = np.array([True, True, True])


def test_it_predicts_what_it_was_not_shown_and_finds_the_noise(rng):
    points, _, scores = sample(rng, 120, 0.1)
    model = fit(points, scores, ORDERED)
    fresh, truth, _ = sample(rng, 200)
    assert np.corrcoef(model.predict(fresh)[0], truth)[0, 1] > 0.99
    assert model.noise * model.scale**2 == pytest.approx(0.01, rel=0.5)
    assert model.lengths[2] > 5 * model.lengths[0]


def test_explained_is_what_leaving_one_trial_out_gives(rng):
    points, _, scores = sample(rng, 25, 0.3)
    model = fit(points, scores, ORDERED)
    y = (scores - model.centre) / model.scale
    kernel = np.exp(-0.5 * (distances(points, points, ORDERED) / model.lengths[:, None, None] ** 2).sum(0))
    noisy = kernel + (model.noise + 1e-6) * np.eye(25)
    errors = []
    for i in range(25):
        rest = np.delete(np.arange(25), i)
        errors.append(y[i] - kernel[i, rest] @ np.linalg.solve(noisy[np.ix_(rest, rest)], y[rest]))
    assert model.explained == pytest.approx(1 - np.mean(np.square(errors)), rel=1e-6)


def test_believing_equals_a_fit_with_the_expected_score_added(rng):
    points, _, scores = sample(rng, 30, 0.1)
    model = fit(points, scores, ORDERED)
    new, fresh = rng.random(3), rng.random((20, 3))
    believed = model.fantasizing(new)
    expected = (model.predict(new[None])[0] - model.centre) / model.scale
    y = np.append((scores - model.centre) / model.scale, expected)
    kernel = np.exp(
        -0.5 * (distances(believed.points, believed.points, ORDERED) / model.lengths[:, None, None] ** 2).sum(0)
    )
    weights = np.linalg.solve(kernel + (model.noise + 1e-6) * np.eye(31), y)
    assert believed.weights == pytest.approx(weights, abs=1e-6)
    assert believed.predict(fresh)[0] == pytest.approx(model.predict(fresh)[0])
    assert (believed.predict(fresh)[1] <= model.predict(fresh)[1] + 1e-9).all()
    assert believed.predict(new[None])[1] < model.predict(new[None])[1]


def test_distances_are_those_of_places_so_that_every_kernel_is_one(rng):
    ordered = np.array([True, False])
    points = np.column_stack([rng.random(40), rng.integers(0, 3, 40) / 3])
    points[rng.random((40, 2)) < 0.3] = np.nan
    for squared in distances(points, points, ordered):
        # Negative type (Schoenberg 1938): -1/2 of the doubly centred squares has no negative eigenvalue.
        centre = np.eye(40) - 1 / 40
        assert np.linalg.eigvalsh(-0.5 * centre @ squared @ centre).min() > -1e-9


def test_winsorized_scores_keep_their_order_and_pull_failures_and_outliers_in():
    scores = np.array([1.0, 2.0, 3.0, 4.0, -1e9, -np.inf])
    result = winsorized(scores)
    assert result[:4].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert result[4] == result[5] > -100


def test_failures_alone_give_zeros():
    assert winsorized(np.full(3, -np.inf)).tolist() == [0.0, 0.0, 0.0]

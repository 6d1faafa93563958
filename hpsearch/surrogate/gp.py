"""A smooth model of the scores over the unit cube: Gaussian-process regression (Rasmussen & Williams 2006, ch. 2, 5).

It serves importance and the coarse-to-fine search. Every kind of axis has a distance: along a scale that between two
positions, between two values of a choice 1, and between having a parameter and not having it at least 1.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hpsearch.surrogate.observations import Array, Mask

_STEPS = 40
_LEARNED = 120  # trials that lengths and noise are learned from: each step costs their number cubed
_LOG_LENGTH = (2.0**0.5, 3.0**0.5)  # mean (plus log(d) / 2) and deviation of log lengths: Hvarfner et al. 2024, ICML
_LOG_NOISE = (-4.0, 3.0)  # mean and deviation of the log noise variance, of scores with variance 1: nearly anything
_JITTER = 1e-6


@dataclass(frozen=True)
class Surrogate:
    """The model after n trials: k(a, b) = exp(-1/2 sum_j D_j(a, b)^2 / length_j^2), scores of variance 1."""

    points: Array  # (n, d) where the trials lie; NaN where a parameter does not exist
    ordered: Mask  # (d,) which axes have an order
    lengths: Array  # (d,) over which scores change, in units of the range; long: the axis does not matter
    noise: float  # variance of repeated trials, where the scores have variance 1
    weights: Array  # (n,) K^-1 y
    factor: Array  # (n, n) inverse of the Cholesky factor L of K + noise I
    centre: float  # of the scores
    scale: float  # of the scores

    def predict(self, points: Array) -> tuple[Array, Array]:
        """(p, d) points -> (p,) mean and (p,) standard deviation of the scores there, without noise."""
        cross = _kernel(distances(points, self.points, self.ordered), 1 / self.lengths**2)
        reduced = cross @ self.factor.T
        variance = np.maximum(1.0 - (reduced**2).sum(axis=1), 1e-12)
        return self.centre + self.scale * (cross @ self.weights), self.scale * np.sqrt(variance)

    def fantasizing(self, point: Array) -> "Surrogate":
        """The model as if a trial at (d,) had given what is expected there: the same means, and less doubt nearby."""
        cross = self.factor @ _kernel(distances(point[None], self.points, self.ordered), 1 / self.lengths**2)[0]
        rest = float(np.sqrt(max(1.0 + self.noise + _JITTER - cross @ cross, _JITTER)))
        row = np.append(-(cross @ self.factor) / rest, 1.0 / rest)
        factor = np.vstack([np.column_stack([self.factor, np.zeros(len(self.factor))]), row])
        points, weights = np.vstack([self.points, point]), np.append(self.weights, 0.0)
        return replace(self, points=points, weights=weights, factor=factor)

    @property
    def explained(self) -> float:
        """The share of the variance of the scores that trials predict of one another (leave-one-out, R&W eq. 5.12)."""
        errors = self.weights / np.diag(self.factor.T @ self.factor)
        return float(1.0 - np.mean(errors**2))


def fit(points: Array, scores: Array, ordered: Mask) -> Surrogate:
    """The model of (n, d) points and (n,) finite scores, with the lengths and the noise of the highest posterior."""
    centre, scale = float(scores.mean()), float(scores.std()) or 1.0
    y = (scores - centre) / scale
    squared = distances(points, points, ordered)
    some = spread_out(len(y), _LEARNED)
    lengths, noise = _most_likely(np.ascontiguousarray(squared[:, some][:, :, some]), y[some])
    factor = _inverse_factor(_kernel(squared, 1 / lengths**2), noise)
    return Surrogate(points, ordered, lengths, noise, factor.T @ (factor @ y), factor, centre, scale)


def spread_out(n: int, most: int) -> NDArray[np.int64]:
    """At most `most` of the indices of n rows, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def winsorized(scores: Array) -> Array:
    """(n,) scores with failures set to the worst and bad outliers pulled in: they must not drown the others.

    The lower fence is the first quartile less 1.5 times the distance between the quartiles (Tukey 1977).
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return np.zeros(len(scores))
    low, high = np.quantile(finite, [0.25, 0.75])
    fence = max(float(finite.min()), float(low - 1.5 * (high - low)))
    return np.maximum(np.where(np.isfinite(scores), scores, fence), fence)


def distances(a: Array, b: Array, ordered: Mask) -> Array:
    """(p, d), (n, d) -> (d, p, n) squared distances along each axis.

    They are distances between places in a plane, without which the kernel would be none: what does not exist lies
    beside the middle of the range, one length of it away.
    """
    here, there = np.isnan(a.T)[:, :, None], np.isnan(b.T)[:, None, :]
    gaps = np.where(here, 0.5, a.T[:, :, None]) - np.where(there, 0.5, b.T[:, None, :])
    squared = np.where(ordered[:, None, None], gaps**2 + (here != there), (np.abs(gaps) > 1e-9) | (here != there))
    return np.asarray(squared, dtype=np.float64)


def _kernel(squared: Array, weights: Array) -> Array:
    """(d, p, n) squared distances, (d,) 1 / length^2 -> (p, n)."""
    d, p, n = squared.shape
    return np.asarray(np.exp(-0.5 * (weights @ squared.reshape(d, p * n))).reshape(p, n))


def _inverse_factor(kernel: Array, noise: float) -> Array:
    identity = np.eye(len(kernel))
    return np.asarray(np.linalg.solve(np.linalg.cholesky(kernel + (noise + _JITTER) * identity), identity))


def _most_likely(squared: Array, y: Array) -> tuple[Array, float]:
    """Lengths (d,) and noise of the highest posterior, by resilient gradient ascent (Riedmiller & Braun 1993)."""
    d = len(squared)
    prior = np.append(np.full(d, _LOG_LENGTH[0] + 0.5 * np.log(d)), _LOG_NOISE[0])
    width = np.append(np.full(d, _LOG_LENGTH[1]), _LOG_NOISE[1])
    theta, lowest = np.append(np.full(d, np.log(0.5 * d**0.5)), -3.0), np.append(np.full(d, -6.0), -12.0)
    step, before = np.full(d + 1, 0.3), np.zeros(d + 1)
    best, best_theta = -np.inf, theta
    for _ in range(_STEPS):
        value, slope = _evidence(squared, y, theta)
        value -= 0.5 * float((((theta - prior) / width) ** 2).sum())
        slope -= (theta - prior) / width**2
        if value > best:
            best, best_theta = value, theta
        turned = slope * before < 0
        step = np.clip(np.where(turned, 0.5 * step, 1.2 * step), 1e-3, 1.0)
        before = np.where(turned, 0.0, slope)
        theta = np.clip(theta + np.sign(before) * step, lowest, 8.0)
    return np.exp(best_theta[:d]), float(np.exp(best_theta[d]))


def _evidence(squared: Array, y: Array, theta: Array) -> tuple[float, Array]:
    """The log marginal likelihood, and its slope by log lengths and log noise (R&W eq. 5.8, 5.9)."""
    d, n = len(squared), len(y)
    inverse_lengths, noise = np.exp(-2 * theta[:d]), float(np.exp(theta[d]))
    kernel = _kernel(squared, inverse_lengths)
    factor = _inverse_factor(kernel, noise)
    weights = factor.T @ (factor @ y)
    value = -0.5 * float(y @ weights) + float(np.log(np.diag(factor)).sum())
    pull = np.outer(weights, weights) - factor.T @ factor
    by_length = 0.5 * inverse_lengths * (squared.reshape(d, n * n) @ (pull * kernel).ravel())
    return value, np.append(by_length, 0.5 * noise * np.trace(pull))

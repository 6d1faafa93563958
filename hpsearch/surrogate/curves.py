"""What a trial will have at its end, from its curve so far: for whoever waits for it, or has to choose among some."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import exp, hypot, inf, isfinite, log

import numpy as np
from numpy.typing import NDArray

from hpsearch.surrogate.observations import Array, unit_of
from hpsearch.trial import Metric

FEWEST = 6
"""Fewer values tell nothing."""

FURTHEST = 5
"""Nothing is said of what lies more than so many times as far as the curve has come."""

_WIDTHS = {0.8: (0.65, 0.1), 0.9: (1.0, 0.3)}  # level -> half an interval in deviations, and more per ln(end / n)
_SHORT = 3.0  # all the more for a short curve: one of so many values has it twice as wide
_SAME = 1e-9  # what is nearer, in shares of the values, is not told apart
_RECENT, _EARLIER = 12, 12  # values that are looked at: the newest ones, and some of those before
_GRID = (
    (1.0, 4.0),  # shape of the decays: of their rates
    (0.03, 0.3, 3.0),  # scale of the decays, in lengths of the curve
    (0.001, 0.01, 0.1, 1.0),  # variance of the walk
    (1e-4, 1e-3, 1e-2, 1e-1),  # variance of the noise
)
_LEVEL = 100.0  # variance of the level, in ranges of the curve
_PRIOR = 1.0  # shape and scale of the inverse gamma prior of the variance of all of them


@dataclass(frozen=True)
class Expected:
    """The value at the end, with half the width of its interval."""

    end: int
    value: float
    half: float


def expected(
    values: Sequence[float], metric: Metric, end: int, reached: float | None = None, *, level: float = 0.9
) -> Expected | None:
    """What a curve will have come to at `end`, where that can be said.

    It cannot of fewer than `FEWEST` values, of a curve that has always had the same one or has just become NaN, and of
    an end that is reached or further away than `FURTHEST` times the way so far.

    values: (n,) of the metric, evenly spaced. end: in units of the objective, such as epochs. reached: where the last
    value was, by default at n. level: 0.8 or 0.9, the share of the ends that the interval holds, as was found for real
    curves (tests/benchmarks/curves.py).

    Source: the decays are the kernel of Swersky et al. 2014, Freeze-thaw Bayesian optimization, eq. 5: a mixture of
    exponentials. A random walk over log(t) and noise are added; scales are integrated over a grid.
    """
    n, sign, best = len(values), metric.sign, metric.at == "best"
    until = round(n * end / reached) if reached else end
    if n < FEWEST or not n < until <= FURTHEST * n or not isfinite(values[-1]):
        return None
    known = _filled(np.asarray(values, dtype=np.float64))
    known = sign * np.maximum.accumulate(sign * known) if best else known
    unit = unit_of(known)
    known = known / unit
    if np.ptp(known) <= _SAME * np.abs(known).max():
        return None
    value, deviation = _forecast(known, until)
    # Scores from 0 to 1 are taken to stay there.
    most = 1.0 if sign > 0 and known.min() >= 0 and known.max() <= 1 else inf
    value, last = min(value, most), float(known[-1])
    value = sign * max(sign * value, sign * last) if best else value
    # What is to come is known badly where much is.
    base, more = _WIDTHS[level]
    half = (base + more * log(until / n)) * (1 + _SHORT / n) * hypot(deviation, value - last)
    found = Expected(end, value * unit, half * unit)
    return found if isfinite(found.value) and isfinite(found.half) else None


def _forecast(known: Array, end: int) -> tuple[float, float]:
    """Mean and standard deviation, on the scale that explains (n,) values better: their own, or their logarithm."""
    span, last = float(np.ptp(known)), float(known[-1])
    plain = _posterior((known - last) / span, end)
    if (known > 0).all() or (known < 0).all():
        logs = np.log(np.abs(known))
        breadth = float(np.ptp(logs))
        other = _posterior((logs - logs[-1]) / breadth, end)
        # The densities are compared as those of the values themselves.
        chosen = logs[_model(len(known), end).chosen]
        if other.evidence - len(chosen) * log(breadth) - chosen.sum() > plain.evidence - len(chosen) * log(span):
            value = last * exp(min(breadth * other.mean, 700.0))
            return value, abs(value) * breadth * other.deviation
    return last + span * plain.mean, span * plain.deviation


def _filled(values: Array) -> Array:
    """The values, with the one before in place of what is none, and the first one before that."""
    finite = np.isfinite(values)
    last = np.maximum.accumulate(np.where(finite, np.arange(len(values)), -1))
    return values[np.where(last < 0, int(finite.argmax()), last)]


@dataclass(frozen=True)
class _Model:
    """All models of the grid, for a curve of this length and end: g models, m of its values.

    Attributes:
        chosen: (m,) the values that are looked at.
        inverse: (g, m, m) of the covariance.
        determinant: (g,) half of its logarithm.
        weights: (g, m) of the values in the mean at the end.
        variance: (g,) there, in units of that of the whole.
    """

    chosen: NDArray[np.int64]
    inverse: Array
    determinant: Array
    weights: Array
    variance: Array


@lru_cache(maxsize=32)
def _model(n: int, end: int) -> _Model:
    recent, earlier = np.arange(max(1, n - _RECENT), n + 1), np.round(np.geomspace(1, n, _EARLIER)).astype(int)
    steps: NDArray[np.int64] = np.union1d(recent, earlier)
    t: Array = np.append(steps, end).astype(np.float64)
    m = len(steps)
    both = (t[:, None] + t) / n
    walk = np.minimum(np.log(t)[:, None], np.log(t)) / log(n + 1)
    # The variance of the decays is 1 at the first step.
    decays = {(a, b): ((2 / n + b) / (both + b)) ** a for a, b in product(*_GRID[:2])}
    kernels = [decays[a, b] + walks * walk + _LEVEL + noise * np.eye(m + 1) for a, b, walks, noise in product(*_GRID)]
    covariance = np.stack(kernels)
    among, towards = covariance[:, :m, :m], covariance[:, :m, m]
    inverse = np.asarray(np.linalg.inv(among), dtype=np.float64)
    weights = (inverse @ towards[:, :, None])[:, :, 0]
    determinant: Array = np.log(np.diagonal(np.linalg.cholesky(among), axis1=1, axis2=2)).sum(axis=1)
    variance: Array = covariance[:, m, m] - (weights * towards).sum(axis=1)
    return _Model(steps - 1, inverse, determinant, weights, variance)


@dataclass(frozen=True)
class _Posterior:
    """Mean and standard deviation at the end, and the logarithm of the density of the values."""

    mean: float
    deviation: float
    evidence: float


def _posterior(curve: Array, end: int) -> _Posterior:
    """Over all models, by how well each explains the (n,) values, of which the last is 0 and the range 1."""
    model = _model(len(curve), end)
    y = curve[model.chosen]
    shape, scale = _PRIOR + len(y) / 2, _PRIOR + (model.inverse @ y @ y) / 2
    evidence = -model.determinant - shape * np.log(scale)
    most = float(evidence.max())
    chance = np.exp(evidence - most)
    total = float(chance.sum())
    chance /= total
    means = model.weights @ y
    mean = float(chance @ means)
    deviation = float(np.sqrt(chance @ (scale / (shape - 1) * model.variance + (means - mean) ** 2)))
    return _Posterior(mean, deviation, most + log(total))

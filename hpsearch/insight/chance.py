"""How likely chance alone would do it: the tests behind every verdict."""

from math import exp, lgamma, log, sqrt

import numpy as np

from hpsearch.surrogate.observations import Array


def at_least(k: int, *, drawn: int, marked: int, total: int) -> float:
    """P(X >= k) for X marked ones among `drawn` of `total`, of which `marked` are (hypergeometric, Fisher's test)."""
    ways = _log_ways(total, drawn)
    highest = min(drawn, marked)
    lowest = max(k, drawn + marked - total, 0)
    logs = (_log_ways(marked, i) + _log_ways(total - marked, drawn - i) - ways for i in range(lowest, highest + 1))
    return min(1.0, sum(map(exp, logs)))


def at_most(k: int, *, drawn: int, marked: int, total: int) -> float:
    """P(X <= k) for X marked ones among `drawn` of `total`, of which `marked` are."""
    return at_least(drawn - k, drawn=drawn, marked=total - marked, total=total)


def _log_ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def concentration(best: Array, every: Array) -> float:
    """The chance that as many trials picked blindly would lie as unevenly among all tried as the best ones do.

    best: (m,) positions of the best trials; every: (n,) of all of them, the best included.

    Kuiper's test (Stephens 1970, JRSS B 32; asymptotic formula), which sees a crowd in the middle of a range as well
    as one at its end; the statistic is scaled for draws without replacement, and ties make it err to the safe side.
    """
    m, n = len(best), len(every)
    if m < 2 or n <= m:
        return 1.0
    places = np.unique(every)
    gaps = np.searchsorted(np.sort(best), places, "right") / m - np.searchsorted(np.sort(every), places, "right") / n
    spread = max(0.0, gaps.max()) + max(0.0, -gaps.min())
    # 1 - m/n: the variance of a mean over draws without replacement, against draws with it.
    size = sqrt(m * (n - 1) / (n - m))
    stretched = (size + 0.155 + 0.24 / size) * spread
    if stretched < 0.4:
        return 1.0
    j2 = (np.arange(1, 101) * stretched) ** 2
    return float(np.clip(2 * np.sum((4 * j2 - 1) * np.exp(-2 * j2)), 0.0, 1.0))


_TINY = 1e-300


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) with `df` degrees of freedom, above 0 and not always whole (Abramowitz & Stegun 26.7.1)."""
    # Two forms of the same: each keeps its digits where the other rounds its argument to 1.
    if t * t < df:
        tail = 0.5 - 0.5 * _incomplete_beta(t * t / (df + t * t), 0.5, df / 2)
    else:
        tail = 0.5 * _incomplete_beta(df / (df + t * t), df / 2, 0.5)
    return tail if t < 0 else 1 - tail


def t_quantile(p: float, df: float) -> float:
    """The t with P(T <= t) = p, for 0 < p < 1, by bisection."""
    if p < 0.5:
        return -t_quantile(1 - p, df)
    low, high = 0.0, 1.0
    while t_cdf(high, df) < p:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularized I_x(a, b); the fraction converges fast on one side, and I_x(a, b) = 1 - I_1-x(b, a) on the other."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta (DLMF 8.17.22), by Lentz's method."""
    value, c, d = 1.0, 1.0, 0.0
    for k in range(1, 10_000):
        m = k // 2
        if k % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + term * d) or _TINY)
        c = (1 + term / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 / value

"""How likely chance alone would do it: the tests behind every verdict."""

from math import exp, lgamma, sqrt

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

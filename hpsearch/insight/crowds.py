"""Where trials crowd, more than by chance: the best at an end of a range, failures in a part of one or at a value."""

import json
from dataclasses import dataclass, replace
from math import exp, lgamma, sqrt
from operator import itemgetter

import numpy as np

from hpsearch.document import quoted_name, quoted_value, short
from hpsearch.space import Distribution, Parameter
from hpsearch.surrogate.observations import Array, Mask, Observations

_ZONE = 0.1  # of the range: "in the highest tenth"
STEP_OUT = 0.25  # of the range, on its scale: how far beyond a crowded end to look
_END = {-1: "lowest", 1: "highest"}
_FEWEST = 4  # failures
_MOST_OF = 0.8  # of the failures have to lie in the region
_SIGNIFICANCE = 0.01  # over all parameters, ends and values together


def at_least(k: int, *, drawn: int, marked: int, total: int) -> float:
    """P(X >= k) for X marked ones among `drawn` of `total`, of which `marked` are (hypergeometric, Fisher's test)."""
    ways, possible = _log_ways(total, drawn), range(max(k, drawn + marked - total, 0), min(drawn, marked) + 1)
    logs = (_log_ways(marked, i) + _log_ways(total - marked, drawn - i) - ways for i in possible)
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


@dataclass(frozen=True)
class Edge:
    """An end of a range that holds more of the best trials than chance would put there."""

    name: str
    end: str  # `lowest` or `highest`
    reason: str  # how many of the best trials lie there, in one sentence
    wider: Distribution | None  # the distribution that goes further; None where the range already ends at its limit
    yaml: str  # the line to paste into the config; empty where there is nothing to widen


def edges(seen: Observations) -> tuple[Edge, ...]:
    """The crowded ends, in the order of the config."""
    found = []
    for name, axis in seen.space.axes.items():
        parameter = seen.space[name]
        if parameter.distribution.scale is None:
            continue
        active = ~np.isnan(seen.points[:, axis])
        good = seen.good(rows=active)
        end = crowded_end(seen.points[active, axis], good[active], tests=2 * seen.space.dimensions)
        if end:
            found.append(_edge(parameter, end, seen.points[good, axis]))
    return tuple(found)


def crowded_end(points: Array, good: Mask, *, tests: int) -> int:
    """-1 where the best crowd at the lowest end, +1 at the highest, 0 at neither.

    points: (n,) positions of all trials; good: (n,) which are the best; tests: how many ends are looked at in all.
    """
    n, m = len(points), int(good.sum())
    for side in (-1, 1):
        zone = points <= _ZONE if side < 0 else points >= 1 - _ZONE
        count = int((zone & good).sum())
        # What was tried there counts: a search that went to the edge has many trials there, good or not.
        chance = at_least(count, drawn=m, marked=int(zone.sum()), total=n)
        if count >= max(3, 0.3 * m) and chance < _SIGNIFICANCE / max(tests, 1):
            return side
    return 0


def crowd(best: Array, side: int) -> str:
    """How many of the best trials lie at an end, in words; best: (m,) positions."""
    zone = best <= _ZONE if side < 0 else best >= 1 - _ZONE
    return f"{zone.sum()} of the best {len(best)} trials lie in the {_END[side]} tenth of the range"


def _edge(parameter: Parameter, side: int, best: Array) -> Edge:
    name, span = parameter.name, (-STEP_OUT, 1.0) if side < 0 else (0.0, 1.0 + STEP_OUT)
    wider = parameter.distribution.stretch(*span, parameter.widest)
    reason = f"{name}: {crowd(best, side)}"
    if wider == parameter.distribution:
        limit = parameter.widest[0 if side < 0 else 1]
        return Edge(name, _END[side], f"{reason}, which cannot go beyond {short(limit)}", None, "")
    # The short form would lose a condition or limits; JSON is YAML too, and quotes what needs quotes.
    long = parameter.when or parameter.limits
    text = json.dumps(replace(parameter, distribution=wider).spec(), default=str) if long else str(wider)
    return Edge(name, _END[side], reason, wider, f"{name}: {text}")


@dataclass(frozen=True)
class FailureRegion:
    """Where the failures lie."""

    failures: int  # how many trials failed or diverged, among those in which the parameter exists
    inside: int  # how many of them lie in the region
    trials: int  # how many trials lie there in all
    where: str  # the region as a condition that `report --where` takes

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        return f"{self.inside} of {self.failures} failures have {self.where}, as have {self.trials} trials in all"


def failure_region(seen: Observations) -> FailureRegion | None:
    """The region that explains the failures best; None where chance explains them as well."""
    failures = int(seen.failed.sum())
    if failures < _FEWEST or failures == len(seen):
        return None
    found: list[tuple[float, FailureRegion]] = []
    for axis, parameter in enumerate(seen.space.searched):
        active = ~np.isnan(seen.points[:, axis])
        if seen.failed[active].sum() >= _FEWEST:
            found += _candidates(parameter, seen.points[active, axis], seen.failed[active])
    found = [(chance, region) for chance, region in found if region.inside >= _MOST_OF * region.failures]
    chance, region = min(found, key=itemgetter(0), default=(1.0, None))
    return region if chance < _SIGNIFICANCE / max(1, 2 * seen.space.dimensions) else None


def _candidates(parameter: Parameter, points: Array, failed: Mask) -> list[tuple[float, FailureRegion]]:
    if parameter.distribution.scale is not None:
        return [_beyond(parameter, points, failed, side) for side in (1, -1)]
    cells = np.unique(points)  # those of equal values are the same
    values = parameter.distribution.from_unit(cells)
    where = [f"{quoted_name(parameter.name)} == {quoted_value(value)}" for value in values]
    return [_region(text, points == cell, failed) for text, cell in zip(where, cells, strict=True)]


def _beyond(parameter: Parameter, points: Array, failed: Mask, side: int) -> tuple[float, FailureRegion]:
    """The best cut of a range: failures lie above it (side 1) or below (-1); it falls between two trials."""
    found = []
    # Ten cuts are enough to find a boundary, and keep the number of tests small.
    for cut in np.unique(np.quantile(side * points[failed], np.linspace(0.0, 0.2, 10))):
        mask = side * points >= cut
        where = f"{quoted_name(parameter.name)} {_from(parameter.distribution, points, mask, side)}"
        found.append(_region(where, mask, failed))
    return min(found, key=itemgetter(0))


def _from(distribution: Distribution, points: Array, mask: Mask, side: int) -> str:
    """The half of a range that the mask is, as a condition in few digits that holds for the same trials."""
    outside = side * np.max(side * points[~mask], initial=-1.0)
    ends = np.array([outside, side * np.min(side * points[mask])])
    middle, last, first = distribution.from_unit(np.clip([ends.mean(), *ends], 0.0, 1.0))
    if isinstance(first, int):
        return f"{'>=' if side > 0 else '<='} {first}"
    texts = (f"{middle:.{digits}g}" for digits in range(2, 18))
    text = next((text for text in texts if side * last <= side * float(text) < side * first), repr(last))
    return f"{'>' if side > 0 else '<'} {text}"


def _region(where: str, mask: Mask, failed: Mask) -> tuple[float, FailureRegion]:
    inside, trials, failures = int((mask & failed).sum()), int(mask.sum()), int(failed.sum())
    chance = at_least(inside, drawn=failures, marked=trials, total=len(failed))
    return chance, FailureRegion(failures, inside, trials, where)

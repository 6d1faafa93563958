"""The winner's curse: the best of many trials was lucky too. What repeated trials with other seeds say of the best few.

The maximum of noisy values is above what it will be next time, the more so the more trials there were; so the best few
are run again, and only their means are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

_LEVEL = 0.95
_CHEAPER = (
    0.5  # of the winner's time: what a tied trial may cost at most to be preferred; timings vary by tens of percents
)


@dataclass(frozen=True)
class Candidate:
    """A trial that was repeated.

    Attributes:
        number: of the trial.
        values: the metric of each replicate; NaN where it failed. The same place means the same seed.
        seconds: mean time of a replicate; 0 where it is not known.
    """

    number: int
    values: tuple[float, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Contender:
    """What the replicates say of a trial.

    Attributes:
        number: of the trial.
        mean: of the replicates that did not fail; NaN when all did.
        low, high: 95 % interval of the mean (Student 1908); infinite for fewer than two values.
        count, failed: how many replicates gave a value, and how many failed.
        seconds: mean time of a replicate.
        p_value: the chance of so large a difference to the best mean, if there were none; 1 for the best itself.
        tied: whether it may be as good as the best mean.
    """

    number: int
    mean: float
    low: float
    high: float
    count: int
    failed: int
    seconds: float
    p_value: float
    tied: bool


@dataclass(frozen=True)
class Confirmation:
    """The candidates by their means.

    Attributes:
        contenders: the best mean first; those with failed replicates after those without.
        winner: number of the trial to take: the best mean, or a tied one that is clearly cheaper.
        certain: whether the best mean is better than every other beyond noise.
        reason: in a sentence.
    """

    contenders: tuple[Contender, ...]
    winner: int
    certain: bool
    reason: str


def confirm(candidates: Sequence[Candidate], goal: str = "maximize") -> Confirmation:
    """Rank candidates by the mean of their replicates, and say whether the best is one.

    Two candidates are compared by a paired t-test over the replicates that both have (common seeds take away what the
    seeds do to both alike), at 5 % over all comparisons with the best together (Bonferroni).

    Raises:
        ValueError: no candidates.
    """
    if not candidates:
        raise ValueError("confirm needs at least one candidate")
    sign = 1.0 if goal == "maximize" else -1.0
    order = sorted(candidates, key=lambda c: (_failed(c), -sign * _mean(c) if _finite(c) else 0.0, c.number))
    best = order[0]
    level = (1 - _LEVEL) / max(1, len(order) - 1)
    contenders = tuple(_contender(candidate, best, level) for candidate in order)
    tied = [c for c in contenders if c.tied]
    return Confirmation(contenders, *_verdict(contenders[0], tied, len(contenders)))


def _contender(candidate: Candidate, best: Candidate, level: float) -> Contender:
    values = _finite(candidate)
    p_value = 1.0 if candidate is best else _difference(best, candidate)
    tied = candidate is best or (p_value >= level and _failed(candidate) <= _failed(best))
    mean = _mean(candidate)
    half = _half_width(values)
    return Contender(
        candidate.number,
        mean,
        mean - half,
        mean + half,
        len(values),
        _failed(candidate),
        candidate.seconds,
        p_value,
        tied,
    )


def _verdict(best: Contender, tied: list[Contender], count: int) -> tuple[int, bool, str]:
    if not isfinite(best.mean):
        return best.number, False, "every replicate failed"
    if count == 1:
        return best.number, False, f"trial {best.number} was the only one that was repeated"
    if len(tied) == 1:
        return best.number, True, f"trial {best.number} is better than the other {count - 1} beyond noise"
    numbers = ", ".join(str(c.number) for c in tied)
    cheapest = min(tied, key=lambda c: c.seconds)
    reason = f"trials {numbers} cannot be told apart with {best.count} replicates"
    if 0 < cheapest.seconds <= _CHEAPER * best.seconds:
        return (
            cheapest.number,
            False,
            f"{reason}; trial {cheapest.number} takes {cheapest.seconds / best.seconds:.0%} of the time of "
            f"trial {best.number}",
        )
    return best.number, False, f"{reason}; trial {best.number} has the best mean"


def _finite(candidate: Candidate) -> list[float]:
    return [value for value in candidate.values if isfinite(value)]


def _failed(candidate: Candidate) -> int:
    return len(candidate.values) - len(_finite(candidate)) + (not candidate.values)


def _mean(candidate: Candidate) -> float:
    values = _finite(candidate)
    return float(np.mean(values)) if values else float("nan")


def _half_width(values: Sequence[float]) -> float:
    n = len(values)
    if n < 2:
        return float("inf")
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1 + _LEVEL) / 2)) * float(np.std(values, ddof=1)) / sqrt(n)


def _difference(a: Candidate, b: Candidate) -> float:
    """Two-sided p-value of the paired t-test over the replicates that both have; 1 for fewer than two."""
    pairs = zip(a.values, b.values, strict=False)
    gaps = [x - y for x, y in pairs if isfinite(x) and isfinite(y)]
    n = len(gaps)
    if n < 2:
        return 1.0
    mean, error = float(np.mean(gaps)), float(np.std(gaps, ddof=1)) / sqrt(n)
    if error <= 1e-12 * abs(mean):
        return float(mean == 0)
    from scipy.special import stdtr

    return 2 * float(stdtr(n - 1, -abs(mean / error)))

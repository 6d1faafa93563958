"""Noise: which trials are as good as the best as far as it lets one see, and whether a winner was only lucky.

The maximum of noisy values is above what it will be next time, the more so the more trials there were; so the best few
are run again with other seeds, and only the means of these replicates are compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import isfinite, sqrt

import numpy as np

from hpsearch.history import History
from hpsearch.surrogate.observations import unit_of
from hpsearch.trial import Result, Trial

_FACTOR = 1.645 * 2**0.5  # of the noise: a difference of two trials is below it with 95 %
_TOP = 10  # trials whose curves are looked at
_LATE = 0.25  # of a curve
_LEVEL = 0.95
_CHEAPER = 0.5  # of the winner's time: what a tied trial may cost to be preferred; timings vary by tens of percents


_UNSEEDED = (
    "every repetition of a trial gave the same value, so noise cannot be told: the program seems to ignore its seed"
    " (HPSEARCH_SEED, {seed} in a command, the argument `seed` of a function), or nothing in it is random"
)

Curves = Mapping[int, Mapping[str, list[float]]]
"""Trial -> its curves by metric."""


@dataclass(frozen=True)
class Ties:
    """Trials within noise of the best."""

    numbers: tuple[int, ...]  # of these trials, best first, the best included; empty when nothing succeeded
    noise: float  # standard deviation of the metric of one trial; 0 where it is not known
    margin: float  # how far below the best a trial may be and still be tied
    source: str  # where the noise is known from, in a few words


def ties(history: History, curves: Curves, examples: int | None = None) -> Ties:
    """The trials that cannot be told from the best, by the noise that is known: of replicates, accuracies or curves.

    examples: how many examples the metric is an accuracy over (values in [0, 1]); None where it is none.
    """
    ranking = history.ranking()
    noise, source = _noise(history, ranking, curves, examples)
    margin = _FACTOR * noise
    least = history.score(ranking[0]) - margin if ranking else 0.0
    return Ties(tuple(takewhile(lambda n: history.score(n) >= least, ranking)), noise, margin, source)


def _noise(history: History, ranking: Sequence[int], curves: Curves, examples: int | None) -> tuple[float, str]:
    name, groups = history.metric.name, []
    for number, row in history.replicates.items():
        values = [result.value(name) for result in (*row.values(), history.results.get(number)) if result is not None]
        groups.append(np.array(values)[np.isfinite(values)])
    groups = [values for values in groups if len(values) > 1]
    if groups:
        freedom, unit = sum(len(values) - 1 for values in groups), unit_of(np.concatenate(groups))
        groups = [values / unit for values in groups]
        pooled = sum(float(((values - values.mean()) ** 2).sum()) for values in groups) / freedom
        if pooled > 0:  # else they ignore their seeds, and say nothing of noise
            return pooled**0.5 * unit, f"the spread of the replicates of {len(groups)} trials"
    best = abs(history.score(ranking[0])) if ranking else 0.0
    if examples and ranking and best <= 1:
        # A perfect score still comes from few examples: Laplace's rule of succession keeps its error above 0.
        share = (best * examples + 1) / (examples + 2)
        return (share * (1 - share) / examples) ** 0.5, f"the binomial error of an accuracy over {examples} examples"
    return _wobble([curves.get(number, {}).get(name, []) for number in ranking[:_TOP]])


def _wobble(curves: Sequence[Sequence[float]]) -> tuple[float, str]:
    """The spread of the late part of curves around a line; the median over them."""
    spreads = []
    for values in curves:
        curve = np.array(values, dtype=np.float64)
        late = curve[-max(4, round(_LATE * len(curve))) :]
        if len(late) >= 4 and np.isfinite(late).all():
            x, unit = np.arange(len(late)) - (len(late) - 1) / 2, unit_of(late)
            late = late / unit
            rest = late - late.mean() - x * (x @ late) / (x @ x)
            spreads.append(float(np.sqrt((rest**2).sum() / (len(late) - 2))) * unit)
    if not spreads:
        return 0.0, "nothing: there are no replicates and no curves to measure noise by"
    unit, source = unit_of(spreads), f"how the last part of the curves of {len(spreads)} best trials wobbles"
    middle = np.sort(np.array(spreads) / unit)[(len(spreads) - 1) // 2 : len(spreads) // 2 + 1]
    return float(middle.mean()) * unit, source  # np.median, which would load all of numpy.ma


@dataclass(frozen=True)
class Candidate:
    """A trial that was repeated."""

    number: int
    # The metric of each replicate; NaN where it failed, None where it was not run. The same place means the same seed.
    values: tuple[float | None, ...]
    seconds: float = 0.0  # mean time of a replicate; 0 where it is not known


@dataclass(frozen=True)
class Contender:
    """What the replicates say of a trial."""

    number: int
    mean: float  # of the replicates that did not fail; NaN when all did
    low: float  # 95 % interval of the mean (Student 1908), up to `high`; infinite for fewer than two values
    high: float
    count: int  # how many replicates gave a value
    failed: int  # how many did not
    seconds: float  # mean time of a replicate
    p_value: float  # the chance of so large a difference to the best mean, if there were none; 1 for the best itself
    tied: bool  # whether it may be as good as the best mean


@dataclass(frozen=True)
class Confirmation:
    """The candidates by their means."""

    contenders: tuple[Contender, ...]  # the best mean first; those with failed replicates after those without
    winner: int | None  # the trial to take: the best mean, or a tied one that is clearly cheaper; None before the end
    certain: bool  # whether the best mean is better than every other beyond noise
    reason: str  # of the winner, in a sentence
    missing: int = 0  # how many replicates are still to come


def confirm(candidates: Sequence[Candidate], goal: str = "maximize", missing: int = 0) -> Confirmation:
    """Rank candidates by the mean of their replicates, and say whether the best is one.

    Two candidates are compared by a paired t-test over the replicates that both have (common seeds take away what the
    seeds do to both alike), at 5 % over all comparisons with the best together (Bonferroni). ValueError without any.

    missing: how many replicates are still to come; before the last of them there is no winner.
    """
    if not candidates:
        raise ValueError("confirm needs at least one candidate")
    sign = 1.0 if goal == "maximize" else -1.0
    unit = unit_of([value for candidate in candidates for value in candidate.values if value is not None])
    candidates = [
        replace(c, values=tuple(None if value is None else value / unit for value in c.values)) for c in candidates
    ]
    order = sorted(candidates, key=lambda c: (_failed(c), -sign * _mean(c) if _finite(c) else 0.0, c.number))
    best = order[0]
    level = (1 - _LEVEL) / max(1, len(order) - 1)
    contenders = tuple(_contender(candidate, best, level, unit) for candidate in order)
    if missing:
        return Confirmation(contenders, None, False, f"no winner yet: {missing} repetitions are still to come", missing)
    if all(_is_constant(candidate) for candidate in candidates):
        return Confirmation(contenders, best.number, False, _UNSEEDED)
    return Confirmation(contenders, *_verdict(contenders))


def _contender(candidate: Candidate, best: Candidate, level: float, unit: float) -> Contender:
    values, failed, mean, half = _finite(candidate), _failed(candidate), _mean(candidate), float("inf")
    n, seconds = len(values), candidate.seconds
    if n > 1:
        from scipy.special import stdtrit

        half = float(stdtrit(n - 1, (1 + _LEVEL) / 2)) * float(np.std(values, ddof=1)) / sqrt(n)
    p_value = 1.0 if candidate is best else _difference(best, candidate)
    tied = candidate is best or (p_value >= level and failed <= _failed(best))
    low, high = ((mean + side) * unit for side in (-half, half))
    return Contender(candidate.number, mean * unit, low, high, n, failed, seconds, p_value, tied)


def _verdict(contenders: Sequence[Contender]) -> tuple[int, bool, str]:
    best, tied, count = contenders[0], [c for c in contenders if c.tied], len(contenders)
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
        share = f"takes {cheapest.seconds / best.seconds:.0%} of the time of trial {best.number}"
        return cheapest.number, False, f"{reason}; trial {cheapest.number} {share}"
    return best.number, False, f"{reason}; trial {best.number} has the best mean"


def _finite(candidate: Candidate) -> list[float]:
    return [value for value in candidate.values if value is not None and isfinite(value)]


def _failed(candidate: Candidate) -> int:
    run = [value for value in candidate.values if value is not None]
    return len(run) - len(_finite(candidate)) + (not run)


def _is_constant(candidate: Candidate) -> bool:
    """Whether several replicates gave one and the same value."""
    values = _finite(candidate)
    return len(values) > 1 and min(values) == max(values)


def _mean(candidate: Candidate) -> float:
    values = _finite(candidate)
    return float(np.mean(values)) if values else float("nan")


def _difference(a: Candidate, b: Candidate) -> float:
    """Two-sided p-value of the paired t-test over the replicates that both have; 1 for fewer than two."""
    pairs = [(x, y) for x, y in zip(a.values, b.values, strict=False) if x is not None and y is not None]
    gaps = [x - y for x, y in pairs if isfinite(x) and isfinite(y)]
    n = len(gaps)
    if n < 2:
        return 1.0
    mean, error = float(np.mean(gaps)), float(np.std(gaps, ddof=1)) / sqrt(n)
    if error <= 1e-12 * abs(mean):
        return float(mean == 0)
    from scipy.special import stdtr

    return 2 * float(stdtr(n - 1, -abs(mean / error)))


def confirmation(history: History) -> Confirmation | None:
    """What the replicates say of the trials that have some; None where none has."""
    found = {number: done for number, row in history.replicates.items() if (done := _finished(row))}
    if not found:
        return None
    name = history.metric.name
    most = max(max(row) for row in found.values())
    candidates = [
        Candidate(
            number,
            tuple(row[seed].value(name) if seed in row else None for seed in range(1, most + 1)),
            sum(result.seconds for result in row.values()) / len(row),
        )
        for number, row in found.items()
    ]
    missing = sum(result is None for row in history.replicates.values() for result in row.values())
    return confirm(candidates, history.metric.goal, missing)


def _finished(row: Mapping[int, Result | None]) -> dict[int, Result]:
    return {replicate: result for replicate, result in row.items() if result is not None}


def preferred(history: History) -> Trial | None:
    """The trial to take: the confirmed winner; the best where there is none; None when nothing succeeded."""
    found = confirmation(history)
    if found is None or found.winner not in history.results or not isfinite(found.contenders[0].mean):
        return history.best()
    return history.trial(found.winner)

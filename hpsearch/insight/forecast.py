"""Is more search worth it? What the best of more random trials is likely to be, from the trials so far."""

import sys
from dataclasses import dataclass

import numpy as np

from hpsearch.document import told_apart
from hpsearch.history import History
from hpsearch.surrogate.observations import Array, Mask, unit_of

_FEWEST = 10
_RESAMPLES = 200
_TOP = 0.05
_MOST = 2000  # trials that are resampled
_TAIL = 0.3  # of the trials, the best ones: where the distribution is extrapolated from


@dataclass(frozen=True)
class Forecast:
    """What more trials of the same kind would bring; values of the metric as the user knows them."""

    trials: int  # how many random trials there are
    more: int  # how many more are asked about
    best: float  # the best so far
    expected: float  # the expected best of all when `more` trials are added
    low: float  # 90 % bootstrap interval of `expected`, up to `high`; the smaller number first
    high: float
    gain: float  # by how much `expected` is better than `best`, never negative
    beaten: float  # the chance that a new trial beats the best so far; where several share the best, at most so
    top: float  # the chance that the best so far is among the best 5 % of the space
    seconds: float  # mean cost of a trial; those of all the new ones together are `more` times that
    sentence: str  # all of it in one or two sentences


def forecast(history: History, more: int) -> Forecast | None:
    """The forecast for `more` further random trials; None before 10 trials are finished.

    What random trials bring is learned from the first round alone: later ones of a search that zooms in are no random
    draws from the space. The best so far is that of all rounds.
    """
    every, first = _finished(history)
    unit = unit_of(every)
    every = every / unit
    scores = every[first]
    if len(scores) < _FEWEST or not np.isfinite(scores).any():
        return None
    best = float(every.max())
    times = [history.results[trial.number].seconds for trial in history.trials if trial.number in history.results]
    seconds = float(np.mean(np.array(times)[first]))
    sign, n = history.metric.sign, len(scores)
    expected, low, high = _interval(scores, more, best, _ceiling(scores * unit, sign) / unit)
    values = [_value(sign * score, unit) for score in (expected, best, low, high)]
    ends = (values[2], values[3]) if sign > 0 else (values[3], values[2])
    # If the best is one of n + m draws, it is one of the m new ones with a chance of m / (n + m); beyond it the tail
    # tells, which is known too badly to promise more.
    beaten = more / (n + more)
    if best != scores.max():
        tail = _Tail.of(scores)
        beaten = min(beaten, 0.0 if tail is None else 1 - float(1 - tail.above(np.array([best]))[0]) ** more)
    at_most = "at most " if (scores == best).sum() != 1 else ""
    top = 1 - (1 - _TOP) ** n
    shown = told_apart((values[0], *ends, values[1]), (0, 1))
    sentence = (
        f"After {more} more random trials the best is expected at {shown[0]} ({shown[1]} to {shown[2]}), now "
        f"{shown[3]}; the chance that one of them is better is {at_most}{_percent(beaten)}. "
        f"The chance that the best so far is in the top 5 % of the space is {_percent(top)}."
    )
    gain = _value(max(0.0, expected - best), unit)
    return Forecast(n, more, values[1], values[0], *ends, gain, beaten, top, seconds, sentence)


def _value(score: float, unit: float) -> float:
    """The number in its own unit, or the largest that there is."""
    return max(-sys.float_info.max, min(sys.float_info.max, score * unit))


def _finished(history: History) -> tuple[Array, Mask]:
    """(n,) scores of the finished trials in their order, and which of them are of the first round."""
    scores, rounds = history.scores(), np.array([trial.round for trial in history.trials])
    finished = ~np.isnan(scores)
    return scores[finished], rounds[finished] == rounds[:1]


def _percent(share: float) -> str:
    return "more than 99 %" if share > 0.99 else "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _ceiling(scores: Array, sign: float) -> float:
    """The best score there can be: losses that were never below 0 and scores from 0 to 1 are taken to stay there."""
    values, limit = sign * scores[np.isfinite(scores)], 0.0 if sign < 0 else 1.0
    return limit if values.min() >= 0 and (sign < 0 or values.max() <= 1) else np.inf


def _interval(scores: Array, more: int, best: float, ceiling: float) -> tuple[float, float, float]:
    """The expected best, and its 90 % interval from bootstrapped tails."""
    expected = expected_best(scores, more, best, ceiling)
    rng = np.random.default_rng(len(scores))
    some = scores if len(scores) <= _MOST else np.sort(scores)[:: len(scores) // _MOST + 1]
    again = [expected_best(rng.choice(some, len(some)), more, best, ceiling) for _ in range(_RESAMPLES)]
    low, high = np.quantile(again, [0.05, 0.95])
    return expected, min(float(low), expected), max(float(high), expected)


def expected_best(scores: Array, more: int, best: float | None = None, ceiling: float = np.inf) -> float:
    """The expected best score when `more` draws of the same kind are added to (n,) ones, of which `best` is the best.

    ceiling: the best score there can be.

    E[max(best, new ones)] = best + the integral of P(some new one > x) from there on.
    """
    best = float(scores.max()) if best is None else best
    tail = _Tail.of(scores)
    if tail is None or min(tail.end, ceiling) <= best:
        return best
    x = np.linspace(best, min(tail.end, ceiling), 257)
    some = 1 - (1 - tail.above(x)) ** more
    return min(best + float(((some[1:] + some[:-1]) / 2).sum() * (x[1] - x[0])), ceiling)


@dataclass(frozen=True)
class _Tail:
    """The distribution of the scores above a high threshold: generalized Pareto (Pickands 1975, Ann. Statist. 3).

    Near an optimum that is smooth in d hyperparameters its shape is -2/d, so it is kept below 0: a metric has a best
    possible value, the `end`.
    """

    share: float
    threshold: float
    shape: float
    scale: float

    @classmethod
    def of(cls, scores: Array) -> "_Tail | None":
        """Fitted by probability-weighted moments (Hosking & Wallis 1987, Technometrics 29); None if all are equal."""
        tail = np.sort(scores[np.isfinite(scores)])[-max(8, round(_TAIL * len(scores))) :]
        if len(tail) < 3 or tail[-1] == tail[0]:
            return None
        excess = tail[1:] - tail[0]
        m = len(excess)
        first = float(excess.mean())
        second = float((excess * (m - 0.65 - np.arange(m)) / m).mean())
        shape = float(np.clip(2 - first / max(first - 2 * second, 1e-12 * first), -2.0, -0.05))
        # The mean of the distribution is scale / (1 - shape).
        return cls(m / len(scores), float(tail[0]), shape, first * (1 - shape))

    @property
    def end(self) -> float:
        """The best possible score."""
        return self.threshold - self.scale / self.shape

    def above(self, x: Array) -> Array:
        """(n,) chance of a draw above each x; the share of the tail where x lies below the threshold."""
        stretched = 1 + self.shape * np.maximum(x - self.threshold, 0.0) / self.scale
        return np.asarray(self.share * np.maximum(stretched, 0.0) ** (-1 / self.shape))


@dataclass(frozen=True)
class Progress:
    """How the best trial came about; values of the metric as the user knows them."""

    first: float  # the best of the first round
    best: float  # the best of all rounds
    later: int  # how many finished trials came after the first round
    since: int  # how many finished trials came after the best one
    sentence: str  # all of it in one or two sentences


def progress(history: History) -> Progress | None:
    """What later rounds brought; None where there are none, or nothing succeeded in the first."""
    scores, first = _finished(history)
    later, sign = int((~first).sum()), history.metric.sign
    top = scores[first].max(initial=-np.inf)
    if not later or not np.isfinite(top):
        return None
    since = len(scores) - 1 - int(scores.argmax())
    before, now = float(sign * top), float(sign * scores.max())
    old, new = told_apart((before, now), (0, 1))
    sentence = f"The {later} trials after the first round brought nothing better than its {old}."
    if now != before:
        quiet = f"The last {since} of them brought nothing better." if since else "The very last trial was the best."
        sentence = f"The {later} trials after the first round took the best from {old} to {new}. {quiet}"
    return Progress(before, now, later, since, sentence)

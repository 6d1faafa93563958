"""Is more search worth it? What the best of more random trials is likely to be, from the trials so far."""

from dataclasses import dataclass

import numpy as np

from hpsearch.surrogate.observations import Array
from hpsearch.trial import History

_FEWEST = 10
_RESAMPLES = 200
_TOP = 0.05
_MOST = 2000  # trials that are resampled
_TAIL = 0.3  # of the trials, the best ones: where the distribution is extrapolated from


@dataclass(frozen=True)
class Forecast:
    """What more trials of the same kind would bring; values of the metric as the user knows them.

    Attributes:
        trials, more: how many random trials there are, and how many more are asked about.
        best: the best so far.
        expected: the expected best of all when `more` trials are added.
        low, high: 90 % bootstrap interval of `expected`, the smaller number first.
        gain: by how much `expected` is better than `best`, never negative.
        beaten: the chance that one of the new trials beats the best so far; where several share the best, at most so.
        top: the chance that the best so far is among the best 5 % of the space.
        seconds: mean cost of a trial; those of all the new ones together are `more` times that.
        sentence: all of it in one or two sentences.
    """

    trials: int
    more: int
    best: float
    expected: float
    low: float
    high: float
    gain: float
    beaten: float
    top: float
    seconds: float
    sentence: str


def forecast(history: History, more: int) -> Forecast | None:
    """The forecast for `more` further random trials; None before 10 trials are finished.

    What random trials bring is learned from the first round alone: later ones of a search that zooms in are no random
    draws from the space. The best so far is that of all rounds.
    """
    first = [trial.number for trial in history.trials if trial.round == history.trials[0].round]
    finished = [number for number in first if number in history.results]
    scores = np.array([history.score(number) for number in finished])
    if len(scores) < _FEWEST or not np.isfinite(scores).any():
        return None
    best = max(history.score(number) for number in history.results)
    seconds = float(np.mean([history.results[number].seconds for number in finished]))
    return _forecast(scores, best, more, history.metric.sign, seconds)


def _forecast(scores: Array, best: float, more: int, sign: float, seconds: float) -> Forecast:
    n = len(scores)
    expected, low, high = _interval(scores, more, best, _ceiling(scores, sign))
    ends = (sign * low, sign * high) if sign > 0 else (sign * high, sign * low)
    # If the best is one of n + m draws, it is one of the m new ones with a chance of m / (n + m); beyond it the tail
    # tells, which is known too badly to promise more.
    beaten = more / (n + more) if best == scores.max() else min(more / (n + more), _chance_above(scores, more, best))
    at_most = "at most " if (scores == best).sum() != 1 else ""
    top = 1 - (1 - _TOP) ** n
    sentence = (
        f"After {more} more random trials the best is expected at {sign * expected:.4g} ({ends[0]:.4g} to "
        f"{ends[1]:.4g}), now {sign * best:.4g}; the chance that one of them is better is {at_most}{_percent(beaten)}. "
        f"The chance that the best so far is in the top 5 % of the space is {_percent(top)}."
    )
    gain = max(0.0, expected - best)
    return Forecast(n, more, sign * best, sign * expected, *ends, gain, beaten, top, seconds, sentence)


def _percent(share: float) -> str:
    return "more than 99 %" if share > 0.99 else "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _ceiling(scores: Array, sign: float) -> float:
    """The best score there can be: losses that were never below 0 and scores from 0 to 1 are taken to stay there."""
    values = sign * scores[np.isfinite(scores)]
    if sign < 0:
        return 0.0 if values.min() >= 0 else np.inf
    return 1.0 if values.min() >= 0 and values.max() <= 1 else np.inf


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


def _chance_above(scores: Array, more: int, best: float) -> float:
    tail = _Tail.of(scores)
    return 0.0 if tail is None else 1 - float(1 - tail.above(np.array([best]))[0]) ** more


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
        shape = 2 - first / max(first - 2 * second, 1e-12 * first)
        shape = float(np.clip(shape, -2.0, -0.05))
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
    """How the best trial came about; values of the metric as the user knows them.

    Attributes:
        first: the best of the first round.
        best: the best of all rounds.
        later: how many finished trials came after the first round.
        since: how many finished trials came after the best one.
        sentence: all of it in one or two sentences.
    """

    first: float
    best: float
    later: int
    since: int
    sentence: str


def progress(history: History) -> Progress | None:
    """What later rounds brought; None where there are none, or nothing succeeded in the first."""
    finished = [trial for trial in history.trials if trial.number in history.results]
    best = history.best()
    first = [history.score(trial.number) for trial in finished if trial.round == history.trials[0].round]
    later = len(finished) - len(first)
    sign = history.metric.sign
    if best is None or not later or max(first, default=-float("inf")) == -float("inf"):
        return None
    top = history.score(best.number)
    since = sum(trial.number > best.number for trial in finished)
    values = sign * max(first), sign * top
    return Progress(*values, later, since, _sentence(*values, later, since))


def _sentence(first: float, best: float, later: int, since: int) -> str:
    if best == first:
        return f"The {later} trials after the first round brought nothing better than its {first:.4g}."
    quiet = f"The last {since} of them brought nothing better." if since else "The very last trial was the best."
    return f"The {later} trials after the first round took the best from {first:.4g} to {best:.4g}. {quiet}"

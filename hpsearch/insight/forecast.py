"""Is more search worth it? What the best of more random trials is likely to be, from the trials so far."""

from dataclasses import dataclass

import numpy as np

from hpsearch.insight.evidence import Array
from hpsearch.trial import History

__all__ = ["Forecast", "expected_best", "forecast"]

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
        beaten: the chance that one of the new trials beats the best so far.
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
    """The forecast for `more` further trials of the same kind; None before 10 trials are finished.

    Only the first round counts: later ones of a search that zooms in are no random draws from the space.
    """
    first = [trial.number for trial in history.trials if trial.round == history.trials[0].round]
    finished = [number for number in first if number in history.results]
    scores = np.array([history.score(number) for number in finished])
    if len(scores) < _FEWEST or not np.isfinite(scores).any():
        return None
    seconds = float(np.mean([history.results[number].seconds for number in finished]))
    return _forecast(history, scores, more, seconds)


def _forecast(history: History, scores: Array, more: int, seconds: float) -> Forecast:
    n, sign, best = len(scores), history.metric.sign, float(scores.max())
    expected, low, high = _interval(scores, more)
    ends = sorted((sign * low, sign * high))
    # The new trials hold the best of all n + more with this chance, if all come from one distribution.
    beaten = more / (n + more)
    top = 1 - (1 - _TOP) ** n
    sentence = (
        f"After {more} more random trials the best is expected at {sign * expected:.4g} ({ends[0]:.4g} to "
        f"{ends[1]:.4g}), now {sign * best:.4g}; the chance that any of them beats it is {beaten:.0%}. "
        f"The best so far is in the top 5 % of the space with a chance of {_percent(top)}."
    )
    gain = max(0.0, expected - best)
    return Forecast(n, more, sign * best, sign * expected, ends[0], ends[1], gain, beaten, top, seconds, sentence)


def _percent(share: float) -> str:
    return "more than 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _interval(scores: Array, more: int) -> tuple[float, float, float]:
    """The expected best, and its 90 % interval from bootstrapped tails."""
    expected = expected_best(scores, more)
    rng = np.random.default_rng(len(scores))
    some = scores if len(scores) <= _MOST else np.sort(scores)[:: len(scores) // _MOST + 1]
    best = float(scores.max())
    again = [expected_best(rng.choice(some, len(some)), more, best) for _ in range(_RESAMPLES)]
    low, high = np.quantile(again, [0.05, 0.95])
    return expected, min(float(low), expected), max(float(high), expected)


def expected_best(scores: Array, more: int, best: float | None = None) -> float:
    """The expected best score when `more` draws of the same kind are added to (n,) ones, of which `best` is the best.

    Draws above a high threshold follow a generalized Pareto distribution (Pickands 1975, Annals of Statistics 3), here
    fitted by probability-weighted moments (Hosking & Wallis 1987, Technometrics 29). Near an optimum that is smooth
    in d hyperparameters its shape is -2/d, so it is kept below 0: a metric has a best possible value.
    """
    best = float(scores.max()) if best is None else best
    tail = np.sort(scores[np.isfinite(scores)])[-max(8, round(_TAIL * len(scores))) :]
    if len(tail) < 3 or tail[-1] == tail[0]:
        return best
    threshold, excess = tail[0], tail[1:] - tail[0]
    shape, scale = _pareto(excess)
    end = threshold - scale / shape
    if end <= best:
        return best
    x = np.linspace(best, end, 257)
    above = len(excess) / len(scores) * np.maximum(1 + shape * (x - threshold) / scale, 0.0) ** (-1 / shape)
    # E[max(best, new ones)] = best + the integral of P(some new one > x) from there on.
    some = 1 - (1 - above) ** more
    return best + float(((some[1:] + some[:-1]) / 2).sum() * (x[1] - x[0]))


def _pareto(excess: Array) -> tuple[float, float]:
    """Shape (below 0) and scale of the distribution of (m,) ascending excesses over a threshold."""
    m = len(excess)
    first = float(excess.mean())
    second = float((excess * (m - 0.65 - np.arange(m)) / m).mean())
    shape = 2 - first / max(first - 2 * second, 1e-12 * first)
    shape = float(np.clip(shape, -2.0, -0.05))
    # The mean of the distribution is scale / (1 - shape).
    return shape, first * (1 - shape)

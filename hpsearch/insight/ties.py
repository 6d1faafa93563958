"""Ties: trials that are as good as the best as far as the noise lets one see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.trial import History

_FACTOR = 1.645 * 2**0.5  # of the noise: a difference of two trials is below it with 95 %
_TOP = 10  # trials whose curves are looked at
_LATE = 0.25  # of a curve


@dataclass(frozen=True)
class Ties:
    """Trials within noise of the best.

    Attributes:
        numbers: of these trials, best first, the best included; empty when nothing succeeded.
        noise: standard deviation of the metric of one trial; 0 where it is not known.
        margin: how far below the best a trial may be and still be tied.
        source: where the noise is known from, in a few words.
    """

    numbers: tuple[int, ...]
    noise: float
    margin: float
    source: str


def ties(
    history: History, replicates: Mapping[int, Sequence[float]] | None = None, examples: int | None = None
) -> Ties:
    """The trials that are tied with the best.

    Args:
        history: of the run.
        replicates: trial -> its metric under several seeds; where given and enough, the noise is their spread.
        examples: how many examples the metric is an accuracy over (values in [0, 1]); None where it is none.
    """
    ranking = history.ranking()
    noise, source = _noise(history, ranking, replicates or {}, examples)
    margin = _FACTOR * noise
    scores = {number: history.score(number) for number in ranking}
    tied = tuple(number for number in ranking if scores[ranking[0]] - scores[number] <= margin)
    return Ties(tied, noise, margin, source)


def _noise(
    history: History, ranking: Sequence[int], replicates: Mapping[int, Sequence[float]], examples: int | None
) -> tuple[float, str]:
    groups = [np.array(values)[np.isfinite(values)] for values in replicates.values()]
    groups = [values for values in groups if len(values) > 1]
    if groups:
        freedom = sum(len(values) - 1 for values in groups)
        pooled = sum(float(((values - values.mean()) ** 2).sum()) for values in groups) / freedom
        return pooled**0.5, f"the spread of the replicates of {len(groups)} trials"
    best = abs(history.score(ranking[0])) if ranking else 0.0
    if examples and ranking and best <= 1:
        # A perfect score still comes from few examples: Laplace's rule of succession keeps its error above 0.
        share = (best * examples + 1) / (examples + 2)
        return (share * (1 - share) / examples) ** 0.5, f"the binomial error of an accuracy over {examples} examples"
    return _wobble(history, ranking[:_TOP])


def _wobble(history: History, numbers: Sequence[int]) -> tuple[float, str]:
    """The spread of the late part of the best curves around a line; the median over the trials."""
    spreads = []
    for number in numbers:
        curve = np.array(history.results[number].curve.get(history.metric.name, []), dtype=np.float64)
        late = curve[-max(4, round(_LATE * len(curve))) :]
        if len(late) >= 4 and np.isfinite(late).all():
            x = np.arange(len(late)) - (len(late) - 1) / 2
            rest = late - late.mean() - x * (x @ late) / (x @ x)
            spreads.append(float(np.sqrt((rest**2).sum() / (len(late) - 2))))
    if not spreads:
        return 0.0, "nothing: there are no replicates and no curves to measure noise by"
    return float(np.median(spreads)), f"how the last part of the curves of {len(spreads)} best trials wobbles"

"""What the rounds after the first have brought: how far a search that follows its best trials is still moving."""

from dataclasses import dataclass

from hpsearch.trial import History

__all__ = ["Progress", "progress"]


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

"""What early stopping cost: some of the trials that fell behind were finished all the same, to see what comes of it."""

from dataclasses import dataclass

from hpsearch.history import History
from hpsearch.trial import Status

_TOP = 0.1  # of the trials that were finished


@dataclass(frozen=True)
class Audit:
    """Trials that fell behind.

    Attributes:
        stopped: how many were stopped there.
        finished: how many were finished all the same.
        reached: how many of these came among the best tenth of all that were finished.
        best: whether one of them is the best trial of all.
    """

    stopped: int
    finished: int
    reached: int
    best: bool

    @property
    def sentence(self) -> str:
        """It in words."""
        text = f"{self.stopped} trials fell behind and were stopped"
        if not self.finished:
            return f"{text}; none that fell behind was finished to see what it would have come to."
        more = f"{self.finished} more {'was' if self.finished == 1 else 'were'} finished all the same, as an audit"
        came = f"{self.reached or 'none'} of them came among the best tenth"
        best = ", the best trial of all among them" if self.best else ""
        later = " Stop later: a larger `after` or `min`." if self.reached else ""
        return f"{text}; {more}: {came}{best}.{later}"


def audit(history: History) -> Audit | None:
    """The audit; None where no trial fell behind."""
    ranking = history.ranking()
    fell = {n: history.results[n].status for n in history.results if history.results[n].fell is not None}
    finished = {n for n, status in fell.items() if status is Status.COMPLETE}
    reached = finished & set(ranking[: max(1, round(_TOP * len(ranking)))])
    stopped = sum(status is Status.STOPPED for status in fell.values())
    return Audit(stopped, len(finished), len(reached), bool(finished & set(ranking[:1]))) if fell else None

"""Confirming the best few: which jobs that takes, and what has come of them."""

from collections.abc import Mapping, Sequence

from dataclasses import dataclass, replace

from hpsearch.insight import Candidate, Confirmation, Ties, confirm, ties

from hpsearch.store import Store

from hpsearch.trial import History, Job, Result, Trial




@dataclass(frozen=True)
class Replicates:
    """A method that runs the best few again with other seeds; what has been run already is not run again.

    Their first results are not used: they were chosen for being high, so luck is in them.

    Attributes:
        store: what has been run.
        top: how many of the best trials.
        replicates: how many seeds each.
    """

    store: Store
    top: int
    replicates: int

    @property
    def total(self) -> int:
        """How many jobs there are in all."""
        return self.top * self.replicates

    def left(self, history: History) -> int:
        """How many are still to be run, those that an interrupted confirmation left waiting included."""
        waiting = sum(job.replicate > 0 for batch in self.store.pending() for job in batch)
        return waiting + len(self.next_jobs(history, 0))

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:  # noqa: ARG002  all at once, in few stacks
        """The jobs that have neither been run nor wait to be."""
        known = {(trial, number) for trial, row in self.store.replicates().items() for number in row}
        known |= {(job.trial.number, job.replicate) for batch in self.store.pending() for job in batch}
        return [
            Job(history.trial(number), replicate)
            for number in history.ranking()[: self.top]
            for replicate in range(1, self.replicates + 1)
            if (number, replicate) not in known
        ]


def tied_with_best(store: Store, history: History, curves: Mapping[int, Mapping[str, list[float]]]) -> Ties:
    """The trials that cannot be told from the best, by the noise that is known: of replicates, accuracies or curves."""
    name = history.metric.name
    values = {n: [_value(result, name) for result in row.values()] for n, row in store.replicates().items()}
    rows = [(trial, history.results.get(trial.number)) for trial in history.trials]
    drawn = ((t, replace(r, curve=curves[t.number]) if r and t.number in curves else r) for t, r in rows)
    return ties(History(history.metric, drawn), values, store.facts().get("examples"))


def confirmation(store: Store, history: History) -> Confirmation | None:
    """What the replicates in the store say of the trials that have some; None where none has."""
    found = store.replicates()
    if not found:
        return None
    name = history.metric.name
    most = max(max(row) for row in found.values())
    candidates = [
        Candidate(
            number,
            tuple(_value(row.get(replicate), name) for replicate in range(1, most + 1) if replicate in row),
            sum(result.seconds for result in row.values()) / len(row),
        )
        for number, row in found.items()
    ]
    return confirm(candidates, goal=history.metric.goal)


def _value(result: Result | None, name: str) -> float:
    failed = result is None or result.status.is_failure
    return float("nan") if failed or result is None else float(result.metrics.get(name, float("nan")))


def preferred(store: Store) -> Trial | None:
    """The confirmed winner; the best trial where nothing was confirmed; None when nothing succeeded."""
    history = store.history()
    found = confirmation(store, history)
    if found is not None and found.winner is not None:
        return history.trial(found.winner)
    return history.best()

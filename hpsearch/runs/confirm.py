"""What the replicates of a run say: which trials are tied with the best, and whether a confirmed winner is one."""

from collections.abc import Mapping
from dataclasses import replace

from hpsearch.insight import Candidate, Confirmation, Ties, confirm, ties
from hpsearch.methods import Plan, Replicates, ReplicateSettings
from hpsearch.runs.run import Run
from hpsearch.trial import History, Result, Trial


def replicates(run: Run, settings: ReplicateSettings) -> Replicates:
    """The method that runs the best few of a run again."""
    return Replicates(Plan(run.config.space, run.config.search.seed, settings=settings))


def left(run: Run, method: Replicates) -> int:
    """How many jobs of a confirmation are still to be run, those that wait since an interruption included."""
    waiting = sum(len(batch) for batch in run.store.pending(replicates=True))
    return waiting + len(method.next_jobs(run.history, 0))


def tied_with_best(
    history: History, curves: Mapping[int, Mapping[str, list[float]]], examples: int | None = None
) -> Ties:
    """The trials that cannot be told from the best, by the noise that is known: of replicates, accuracies or curves."""
    name = history.metric.name
    values = {n: [result.value(name) for result in _finished(row).values()] for n, row in history.replicates.items()}
    for number in values:
        if number in history.results:
            values[number].append(history.results[number].value(name))
    rows = [(trial, history.results.get(trial.number)) for trial in history.trials]
    drawn = ((t, replace(r, curve=curves[t.number]) if r and t.number in curves else r) for t, r in rows)
    return ties(History(history.metric, drawn), values, examples)


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
            tuple(row[replicate].value(name) for replicate in range(1, most + 1) if replicate in row),
            sum(result.seconds for result in row.values()) / len(row),
        )
        for number, row in found.items()
    ]
    return confirm(candidates, goal=history.metric.goal)


def _finished(row: Mapping[int, Result | None]) -> dict[int, Result]:
    return {replicate: result for replicate, result in row.items() if result is not None}


def preferred(history: History) -> Trial | None:
    """The confirmed winner; the best trial where nothing was confirmed; None when nothing succeeded."""
    found = confirmation(history)
    return history.best() if found is None else history.trial(found.winner)

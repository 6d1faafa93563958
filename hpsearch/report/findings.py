"""All that is found out about a run, as records: the one source of the terminal, of JSON and of what else shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hpsearch.config import Config, config_of
from hpsearch.history import History
from hpsearch.insight import Confirmation, Curves, Ties, confirmation, preferred, ties
from hpsearch.objectives import Running, running
from hpsearch.report.ending import why_ended
from hpsearch.report.sections import FEWEST, Section, by_importance, sections
from hpsearch.report.table import TrialTable, why_failed
from hpsearch.space import Space
from hpsearch.store import Round, Store, running_process
from hpsearch.trial import Metric, Status, Trial

SHOWN = 20  # best trials whose curves are read


@dataclass(frozen=True)
class Failure:
    """Why trials failed: a reason, how many it was the reason of, the first of them, and the code of its kind."""

    reason: str
    count: int
    first: int
    code: str = ""


@dataclass(frozen=True)
class Summary:
    """What a run comes to.

    Attributes:
        counts: status -> how many trials ended so, the most frequent first.
        forks: how many were forked by hand, beside the trials of the search.
        pending: how many have a job whose result is still to come; running: and how many of these run now.
        seconds: of training, over all trials together.
        failures: the reasons of those that failed and did not diverge, in the order of their first trials.
    """

    trials: int
    counts: Mapping[str, int]
    pending: int
    seconds: float
    failures: tuple[Failure, ...]
    running: int = 0
    forks: int = 0

    @classmethod
    def of(cls, history: History, running: int = 0) -> "Summary":
        """The summary of a history, of which so many trials run now."""
        results = history.results
        counts = Counter([str(result.status) for result in results.values()])
        failed: dict[tuple[str, str], list[int]] = {}
        for number, result in results.items():
            if result.status.is_failure and result.status is not Status.DIVERGED:
                error, code = why_failed(result)
                failed.setdefault((f"{result.status}: {error}", code), []).append(number)
        failures = tuple(Failure(why, len(numbers), numbers[0], code) for (why, code), numbers in failed.items())
        seconds = sum(map(history.seconds, results))
        told = dict(counts.most_common()), len(history.pending), seconds, failures
        return cls(len(history), *told, running, len(history.forks))


@dataclass(frozen=True)
class RoundFinding:
    """One round: how it came about, what it found, and which ranges differ from those of the round it came from.

    Attributes:
        why: how its space came about, in a few words.
        best, median: of its complete trials, as the user knows the metric; None where there are none.
        changes: parameter -> its range, in the short form; empty where it is gone.
    """

    number: int
    why: str
    trials: int
    best: float | None
    median: float | None
    changes: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """A run, found out about: everything that a view shows; views compute nothing.

    Attributes:
        ended: why the search ended before its number of trials; empty where it did not.
        curves: trial -> its curves by metric, of the best trials.
        running: the trials that run now, those that began first at the head.
        ties: the trials that cannot be told from the best.
        confirmation: what replicates say; None where there are none.
        sections: what the trials say beyond; None while they are too few, or where nobody asked.
    """

    name: str
    config: Config
    history: History
    summary: Summary
    ended: str
    curves: Curves
    rounds: tuple[RoundFinding, ...]
    running: tuple[Running, ...]
    ties: Ties
    confirmation: Confirmation | None
    sections: tuple[Section, ...] | None

    @cached_property
    def important(self) -> tuple[str, ...]:
        """The hyperparameters, the most important first; none where that cannot be told."""
        found = next((section.data for section in self.sections or () if section.name == "importance"), None)
        return by_importance(self.config, self.history) if found is None else tuple(found.order)

    @property
    def following(self) -> tuple[tuple[str, str], ...]:
        """What to do next: a command, and what for."""
        waits = self.summary.pending - self.summary.running
        steps = {
            f"hpsearch watch {self.name}": "watch it" if self.running else "",
            f"hpsearch run {self.name}": "" if self.running or not waits else f"go on with {waits} trials that wait",
            f"hpsearch zoom {self.name}": "search more closely where the best trials lie" if self.sections else "",
            f"hpsearch confirm {self.name}": ""
            if self.confirmation or not self.best
            else "run the best again with other seeds: is the winner one?",
            f"hpsearch evaluate {self.name}": "at the very end: the part of the data that no search saw"
            if self.confirmation and self.config.objective.data
            else "",
        }
        return tuple((command, reason) for command, reason in steps.items() if reason)

    @property
    def metric(self) -> Metric:
        """What trials are ranked by."""
        return self.history.metric

    @cached_property
    def table(self) -> TrialTable:
        """The trials, ranked."""
        return TrialTable(self.history, {one.trial for one in self.running})

    @cached_property
    def best(self) -> Trial | None:
        """The trial whose settings to take: the confirmed winner, else the best; None when nothing succeeded."""
        return preferred(self.history)


def running_now(folder: Path) -> list[Running]:
    """The trials of a run that run at this moment; none where nobody writes to it: then a file is left of old."""
    found = running(folder)
    return found if found and running_process(folder) is not None else []


def findings(store: Store, *, curves_of: Sequence[int] | None = None, insight: bool = True) -> Report:
    """Find out about a run.

    Args:
        store: of the run.
        curves_of: the trials whose curves are wanted; None for those of the best.
        insight: whether to look further than the ranking, which takes most of the time.
    """
    facts, history = store.facts(), store.history()
    config = config_of(facts, store.folder)
    under_way = tuple(running_now(store.folder))
    curves = store.curves(history.ranking()[:SHOWN] if curves_of is None else curves_of)
    return Report(
        store.folder.name,
        config,
        history,
        Summary.of(history, len(under_way)),
        why_ended(facts.ending, config.search, history),
        curves,
        _rounds(store.rounds(), history),
        under_way,
        ties(history, curves, facts.examples),
        confirmation(history),
        sections(config, history) if insight and len(history.results) >= FEWEST else None,
    )


def _rounds(rounds: Mapping[int, Round], history: History) -> tuple[RoundFinding, ...]:
    spaces = {number: Space.from_spec(row.space) for number, row in rounds.items()}
    of_round = {trial.number: trial.round for trial in history.trials}
    found, ranking, counts = [], history.ranking(), Counter(of_round.values())
    for number, row in rounds.items():
        own = [n for n in ranking if of_round.get(n) == number]
        values = [history.results[n].value(history.metric.name) for n in (own[0], own[len(own) // 2])] if own else []
        best, median = values or (None, None)
        changes = _changes(spaces, number, number - 1 if row.origin is None else row.origin)
        found.append(RoundFinding(number, row.why, counts[number], best, median, changes))
    return tuple(found)


def _changes(spaces: Mapping[int, Space], number: int, origin: int) -> dict[str, str]:
    if origin not in spaces:
        return {}
    old, new = ({p.name: str(p.distribution) for p in spaces[n].parameters} for n in (origin, number))
    return {name: new.get(name, "") for name in old if new.get(name) != old[name]}

"""Who descends from whom: at which resource, what was changed there, and what it brought."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from hpsearch.history import History
from hpsearch.report.where import ABSENT
from hpsearch.trial import Status, Trial


@dataclass(frozen=True)
class Descent:
    """A trial and those that were forked from it.

    Attributes:
        trial: which one.
        status: how it ended; None while it has no result.
        value: the ranked metric of its newest result; None without one.
        reached: how far it has come; None where that is not known.
        changes: hyperparameter -> what its parent had, and what it has; ABSENT for what does not exist there.
        gain: how much better its value is than its parent's, larger being better; None where one of them has none.
        children: in the order of their numbers.
    """

    trial: Trial
    status: Status | None
    value: float | None
    reached: int | None
    changes: Mapping[str, tuple[Any, Any]]
    gain: float | None
    children: Sequence["Descent"]


def descents(history: History) -> list[Descent]:
    """The trials that have descendants, each with all of its own, the one with the best of them first."""
    children: dict[int, list[Trial]] = {}
    known: dict[int, Trial] = {}
    for trial in history.all_trials:
        known |= {each.number: each for each in [trial, *_unseen(history, trial, known)]}
    for _, trial in sorted(known.items()):
        if trial.parent is not None:
            children.setdefault(trial.parent, []).append(trial)
    found: dict[int, Descent] = {}
    best: dict[int, float] = {}
    for number, trial in sorted(known.items(), reverse=True):  # a child has a larger number than its parent
        own = [found[child.number] for child in children.get(number, [])]
        found[number], score = descent(history, trial, own), history.score(number)
        best[number] = max([score if score == score else -inf, *(best[child.trial.number] for child in own)])
    roots = [found[number] for number, trial in sorted(known.items()) if trial.parent is None and number in children]
    return sorted(roots, key=lambda root: -best[root.trial.number])


def _unseen(history: History, trial: Trial, known: Mapping[int, Trial]) -> Iterator[Trial]:
    """Those that it descends from, up to one that is known."""
    while trial.parent is not None and trial.parent not in known:
        yield (trial := history.trial(trial.parent))


def descent(history: History, trial: Trial, children: Sequence[Descent] = ()) -> Descent:
    """A trial with those of its children that are given."""
    result = history.results.get(trial.number)
    value = _value(history, trial.number)
    before = None if trial.parent is None else _value(history, trial.parent)
    gain = None if value is None or before is None else history.metric.sign * (value - before)
    changes = {} if trial.parent is None else changed(history.trial(trial.parent), trial)
    reached = None if result is None else history.reached(trial.number)
    return Descent(trial, None if result is None else result.status, value, reached, changes, gain, children)


def _value(history: History, number: int) -> float | None:
    value = history.results[number].value(history.metric.name) if number in history.results else float("nan")
    return value if value == value else None


def changed(parent: Trial, child: Trial) -> dict[str, tuple[Any, Any]]:
    """Hyperparameter -> what it was, and what it has become."""
    names = dict.fromkeys([*parent.params, *child.params])
    pairs = {name: (parent.params.get(name, ABSENT), child.params.get(name, ABSENT)) for name in names}
    return {name: pair for name, pair in pairs.items() if repr(pair[0]) != repr(pair[1])}


def schedule(history: History, number: int) -> dict[int, Mapping[str, Any]]:
    """The settings of a trial by the resource from which they held; more than one where it was forked on its way.

    Where nothing has changed, a stretch is a part of the one before.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for trial in history.line(number):
        if not found or dict(trial.params) != dict(list(found.values())[-1]):
            found[trial.branch] = trial.params
    return found

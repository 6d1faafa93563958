"""Who descends from whom: at which resource, what was changed there, and what it brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpsearch.report.where import ABSENT
from hpsearch.trial import History, Status, Trial


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
    for trial in history.all_trials:
        if trial.parent is not None:
            children.setdefault(trial.parent, []).append(trial)
    roots = [trial for trial in history.all_trials if trial.parent is None and trial.number in children]
    found = [descent(history, trial, children) for trial in roots]
    return sorted(found, key=lambda root: (-_best(history, root), root.trial.number))


def _best(history: History, root: Descent) -> float:
    own = history.score(root.trial.number)
    return max([own if own == own else float("-inf"), *(_best(history, child) for child in root.children)])


def descent(history: History, trial: Trial, children: Mapping[int, Sequence[Trial]]) -> Descent:
    """A trial with those of its children, by number, that are given."""
    result = history.results.get(trial.number)
    value = _value(history, trial.number)
    before = None if trial.parent is None else _value(history, trial.parent)
    gain = None if value is None or before is None else history.metric.sign * (value - before)
    changes = {} if trial.parent is None else changed(history.trial(trial.parent), trial)
    own = [descent(history, child, children) for child in children.get(trial.number, [])]
    reached = None if result is None else history.reached(trial.number)
    return Descent(trial, None if result is None else result.status, value, reached, changes, gain, own)


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

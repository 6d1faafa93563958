"""Forks: a trial carried on from what it had become, perhaps with a knob turned; and how a trial came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hpsearch.config import Config
from hpsearch.document import scalar, show
from hpsearch.errors import UsageError, did_you_mean
from hpsearch.history import History
from hpsearch.runs.run import Run
from hpsearch.space import Space
from hpsearch.store import Store
from hpsearch.trial import BY_HAND, Job, Params, Status, Trial


def fork(
    run: Run, number: int, at: int | None = None, changes: Mapping[str, Any] | None = None, until: int | None = None
) -> Trial:
    """Begin a child of a trial, which waits to be trained.

    Args:
        run: open for writing.
        number: the parent, or a descendant of it that branched off later than `at`.
        at: the resource from which the child goes on; None for how far the trial has come.
        changes: hyperparameter -> its value from there on.
        until: the resource at which the child is complete; None for that of its parent.

    Raises:
        UsageError: what is asked for cannot be; all that is wrong with it.
    """
    config, history = run.config, run.history
    wrong: list[str] = []
    if not config.objective.pauses:
        raise UsageError(
            f"fork: a {config.objective.name} that is vectorized cannot be carried on\n  leave `vectorized` out"
        )
    parent, branch = origin(run, number, at)
    end = until if until is not None else parent.end or config.objective.end(parent.params)
    if end is None:
        end = length(run.store, history, config, parent)
    if end is None or branch >= end:
        beyond = f"it goes on from {branch}" + ("" if end is None else f", and is complete at {end}")
        wrong.append(f"--until: how far is it trained? {beyond}: --until {max(branch + 1, 2 * branch)}")
    params, rules = turned(config, run.method().plan.space, parent.params, changes or {})
    wrong += rules
    if wrong:
        raise UsageError("\n".join(["fork: " + wrong[0], *wrong[1:]]))
    child = Trial(history.next_number, BY_HAND, params, parent.seed, parent.number, branch, end)
    job = Job(child, start=branch)
    run.store.add_batches([[job]])
    history.add(job)
    return child


def origin(run: Run, number: int, at: int | None) -> tuple[Trial, int]:
    """Whose checkpoint a fork begins with, and where.

    Raises:
        UsageError: there is no such trial, it did not come so far, or nobody knows how far.
    """
    history, name = run.history, run.store.folder.name
    if number not in history.results:
        if any(trial.number == number for trial in history.all_trials):
            raise UsageError(f"trial {number} of {name} has no result yet\n  `hpsearch run {name}` goes on with it")
        last = history.next_number - 1
        raise UsageError(f"{name} has no trial {number}; the last one is {last}", code="U102")
    trial, result = history.trial(number), history.results[number]
    reached = length(run.store, history, run.config, trial)
    fails, whose = result.status.is_failure, f"trial {number} of {name}"
    most = (reached or 1) - 1 if fails else reached
    why = f"{whose} {result.status}: {result.error}" if fails else f"nobody knows how far {whose} came"
    if most == 0:
        raise UsageError(f"{why}\n  it has nothing that could be gone on from" if fails else why, code="U102")
    if at is None and (fails or most is None):
        where = f"from 1 to {most}" if most else "with --until"
        raise UsageError(f"{why}\n  name where to go on from, {where}: {number}@EPOCH")
    branch = (most or 0) if at is None else at
    if branch < 1 or (most is not None and branch > most):
        raise UsageError(f"{number}@{branch}: {whose} can be gone on from 1 to {most or '...'}", code="U102")
    while trial.parent is not None and branch <= trial.branch:
        trial = history.trial(trial.parent)
    return trial, branch


def length(store: Store, history: History, config: Config, trial: Trial) -> int | None:
    """How far a trial has come: as is known of it, else as many reports as it has made."""
    result = history.results[trial.number]
    if result.status in (Status.COMPLETE, Status.PAUSED):
        known = history.reached(trial.number) or config.objective.end(trial.params)
        if known is not None:
            return known
    curve = store.curves([trial.number]).get(trial.number, {}).get(config.metric.name, [])
    return len(curve) or None


def turned(
    config: Config, space: Space, params: Params, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The settings with some changed, and all that is wrong with that."""
    known = {**{p.name: None for p in space.parameters}, **config.objective.defaults}
    free = [name for name in known if name not in config.objective.frozen]
    wrong = []
    for name, value in changes.items():
        if name not in known:
            wrong.append(f"--set {name}: no such hyperparameter; {did_you_mean(name, free)}")
        elif name in config.objective.frozen:
            instead = "--until says how far it is trained" if name == "epochs" else f"these can: {', '.join(free)}"
            wrong.append(f"--set {name}: cannot change once a network is trained; {instead}")
        elif (
            name in space
            and space[name].searched
            and (position := space[name].distribution.to_unit([value])[0]) != position
        ):
            wrong.append(f"--set {name}={show(value)}: is not in its range, {space[name].distribution}")
    found = space.active({**params, **changes}) | {n: v for n, v in {**params, **changes}.items() if n not in space}
    if not wrong and (missing := space.missing(found)):
        wrong.append(f"--set {missing[0]}=...: it has no value, and exists with the others")
    if not wrong and (rule := config.objective.broken_rule(found)):
        wrong.append(f"--set: {rule}")
    return found, wrong


def parsed(overrides: Sequence[str]) -> dict[str, Any]:
    """What `NAME=VALUE` texts say; UsageError for another text."""
    found = {}
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise UsageError(f"--set {override}: must be NAME=VALUE\n  --set learning_rate=0.003")
        found[name.strip().removeprefix("parameters.")] = scalar(text.strip())
    return found


@dataclass(frozen=True)
class Stretch:
    """A part of a trial's training: by whose settings, from where, to where; None to its end."""

    trial: Trial
    start: int
    until: int | None


def stretches(history: History, number: int) -> list[Stretch]:
    """How a trial was trained, from the root of its line on, segment by segment."""
    line = history.line(number)
    cuts = [*(child.branch for child in line[1:]), history.paused_at(number)]
    found: list[Stretch] = []
    for trial, until in zip(line, cuts, strict=True):
        chain = [trial.branch, *_pauses(history, trial, until), until]
        found += [Stretch(trial, start or 0, stop) for start, stop in pairwise(chain) if start != stop]
    return found


def _pauses(history: History, trial: Trial, until: int | None) -> list[int]:
    """The resources at which the training of a trial paused on its way."""
    held, newest = history.segments.get(trial.number, {}), history.results.get(trial.number)
    result = newest if until in (None, trial.end) else None
    result = held.get(until or 0, result)
    found: list[int] = []
    while result is not None and result.start > trial.branch:
        found.insert(0, result.start)
        result = held.get(result.start)
    return found

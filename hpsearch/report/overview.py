"""How it stands with each run, as a record: what a list of runs is drawn from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hpsearch.config import config_of
from hpsearch.engine.failures import Failures
from hpsearch.errors import HpsearchError, coded
from hpsearch.history import History
from hpsearch.insight import preferred
from hpsearch.report.findings import Summary
from hpsearch.runs import Run
from hpsearch.store import State, Store, UnreadableError, run_folders, running_process, size_on_disk
from hpsearch.store.folders import COPYING, meant, unfinished

_NOT_FOLLOWED = (HpsearchError, LookupError, TypeError, ValueError)
"""What comes of a config that is not for this version; the trials can be read all the same."""


@dataclass(frozen=True)
class Overview:
    """How it stands with a run; what is not known is None.

    Attributes:
        run: its name.
        folder: where it lies.
        state: running, interrupted, done, ...
        why: what ended a search early, why it failed, or why it cannot be read and the way out; empty for none.
        process: the one that writes to it now.
        finished: trials that have a result and wait for no other.
        total: trials that it is to have.
        best: the metric of the trial to take, which is `trial`.
        goal: `maximize` or `minimize`.
        started: seconds since the epoch.
        training: seconds, over all trials together.
        size: bytes on the disk.
    """

    run: str
    folder: Path
    state: State
    why: str = ""
    process: int | None = None
    finished: int | None = None
    total: int | None = None
    metric: str | None = None
    goal: str | None = None
    best: float | None = None
    trial: int | None = None
    started: float | None = None
    training: float | None = None
    size: int = 0


def overviews(runs: Path) -> Iterator[Overview]:
    """All runs, the newest last; before them what a copy or a deletion has left that was cut off."""
    for folder in unfinished(runs):
        yield _unfinished(folder)
    for folder in run_folders(runs):
        process = running_process(folder)  # before its trials are read: it may end meanwhile
        yield replace(_overview(folder, running=process is not None), process=process, size=size_on_disk(folder))


def _unfinished(folder: Path) -> Overview:
    name, process, copies = meant(folder), running_process(folder), folder.name.startswith(COPYING)
    again = f"`hpsearch rm {name}` deletes what is left"
    why = f"a copy was cut off\n  {again}; the same `hpsearch copy` begins anew" if copies else f"{again} of it"
    state = State.COPYING if copies else State.REMOVING
    if process is not None:
        why = "goes on now; look again in a moment"
    return Overview(name, folder, state, why, process, size=size_on_disk(folder))


def _overview(folder: Path, *, running: bool) -> Overview:
    """All but its process and its size."""
    try:
        with Store(folder) as store:
            return _read(folder, store, running=running)
    except UnreadableError as err:
        if running and err.state is State.BEGUN:
            return Overview(folder.name, folder, State.RUNNING)
        return Overview(folder.name, folder, err.state, _said(err, folder))
    except (HpsearchError, OSError) as err:
        return Overview(folder.name, folder, State.UNREADABLE, _said(err, folder))


def _said(err: Exception, folder: Path) -> str:
    text = f"{err.filename}: {err.strerror}" if isinstance(err, OSError) and err.filename else str(err)
    return coded(text, err.code if isinstance(err, HpsearchError) else "S104").removeprefix(f"{folder}: ")


def _read(folder: Path, store: Store, *, running: bool) -> Overview:
    facts = store.facts()
    try:
        run = Run.of(config_of(facts, folder), store)
        total, most = run.method().total, run.config.execution.max_failures
        history, rounds, done = run.history, run.rounds, run.is_done
    except _NOT_FOLLOWED:
        history, rounds, total, most, done = store.history(), store.rounds(), None, None, False
    best, ending = preferred(history), facts.ending
    state, why = State.RUNNING, ""
    if not running:
        state, why = _state(history, most, done=done, ended=ending.why if ending else "")
    return Overview(
        folder.name,
        folder,
        state,
        why,
        finished=sum(
            trial.number in history.results and trial.number not in history.waiting for trial in history.trials
        ),
        total=total,
        metric=history.metric.name,
        goal=history.metric.goal,
        best=history.results[best.number].metrics[history.metric.name] if best else None,
        trial=best.number if best else None,
        started=min((row.started for row in rounds.values() if row.started), default=None),
        training=sum(map(history.seconds, history.results)),
    )


def _state(history: History, most: int | None, *, done: bool, ended: str) -> tuple[State, str]:
    """How it stands with a run that no process writes to, and why.

    most: failures that it suffers; done: whether its method has no more to do; ended: what ended it before that.
    """
    repetitions = sum(result is None for own in history.replicates.values() for result in own.values())
    failures = Failures(history, most)
    if history.results and history.best() is None:
        found = Summary.of(history).failures
        why = coded(found[0].reason, found[0].code) if found else "all diverged"
        return State.FAILED, f"no trial succeeded: {why}"
    if most is not None and failures.count >= most:
        return State.FAILED, f"{failures.count} trials failed, max_failures is {most}"
    if repetitions:
        return State.INTERRUPTED, f"repetitions left to confirm: {repetitions}"
    if ended:
        return State.DONE, ended
    if not history.results:
        return State.BEGUN, ""
    return (State.DONE if done and not history.waiting else State.INTERRUPTED), ""

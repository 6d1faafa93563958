"""One model watched while it trains: a knob turned now and then, a step taken back where it was wrong (the panda).

Every touch is a fork in the store: whoever leaves comes back to the same tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from hpsearch.document import show
from hpsearch.engine.executors import Executor
from hpsearch.errors import UsageError
from hpsearch.history import History
from hpsearch.methods import Plan, SearchMethod
from hpsearch.objectives import remove
from hpsearch.runs.forking import origin, turned
from hpsearch.runs.run import Run
from hpsearch.trial import BY_HAND, Job, Result, Status, Trial

STEP = 1.5
"""By what a knob is turned at a time, up or down its scale."""

_RECENT = 10  # checkpoints of the newest segments that are kept; of those before, about as many


class _Segment(SearchMethod):
    """One job of a trial: that which waits, of a session that was killed, or else this one."""

    def __init__(self, plan: Plan, job: Job, history: History) -> None:
        super().__init__(plan)
        self._trial = job.trial.number
        self._jobs = [] if self._trial in history.waiting else [job]

    def takes(self, job: Job) -> bool:
        """What waits of the trial."""
        return job.trial.number == self._trial

    @property
    def total(self) -> int:
        """One."""
        return 1

    def next_jobs(self, history: History, free: int) -> list[Job]:  # noqa: ARG002
        """The job, once."""
        jobs, self._jobs = self._jobs, []
        return jobs


@dataclass
class Babysitter:
    """A model under the eyes of a person.

    Attributes:
        run: open for writing.
        executor: where it is trained.
        trial: the branch that is trained now.
        every: epochs between two looks.
        stepped: the epoch that was stepped back to, where nothing was touched since.
        changes: the knobs that were turned since it was last trained, with their values.
        left: the branch that was left behind at the last touch; None before one.
    """

    run: Run
    executor: Executor
    trial: Trial
    every: int = 1
    stepped: int | None = field(default=None, init=False)
    changes: dict[str, Any] = field(default_factory=dict, init=False)
    left: Trial | None = field(default=None, init=False)

    @property
    def epoch(self) -> int:
        """How far it has come, or the epoch that was stepped back to."""
        return self.reached(self.trial) if self.stepped is None else self.stepped

    @property
    def end(self) -> int:
        """The epoch at which it is complete."""
        return self.trial.end or 1

    @property
    def result(self) -> Result | None:
        """Its newest result."""
        return self.run.history.results.get(self.trial.number)

    @property
    def is_over(self) -> bool:
        """Whether it is complete or has failed, and nothing was touched since."""
        result = self.result
        ended = result is not None and (result.status is Status.COMPLETE or result.status.is_failure)
        return ended and not self.changes

    @property
    def settings(self) -> dict[str, Any]:
        """What it is trained with from now on."""
        return {**self.trial.params, **self.changes}

    @property
    def knobs(self) -> list[str]:
        """What can be turned: what is searched first, then what has a value else."""
        searched = [p.name for p in self.run.config.space.searched]
        names = dict.fromkeys([*searched, *self.settings])
        return [name for name in names if name in self.settings and name not in self.run.config.objective.frozen]

    def reached(self, trial: Trial) -> int:
        """How far a branch has come."""
        result = self.run.history.results.get(trial.number)
        if result is None:
            return trial.branch
        return result.start if result.status.is_failure else self.run.history.reached(trial.number) or trial.branch

    def curves(self, trial: Trial) -> dict[str, list[float]]:
        """The curves of a branch, from the root of its line on."""
        found = self.run.store.curves([trial.number]).get(trial.number)
        if found is None and trial.parent is not None:
            before = self.curves(self.run.history.trial(trial.parent))
            return {name: values[: trial.branch] for name, values in before.items()}
        return found or {}

    def advance(self) -> Iterator[None]:
        """Train on for `every` epochs; yields now and then, so that whoever watches can listen."""
        method = _Segment(Plan(self.run.config.space), self._next(), self.run.history)
        for _ in self.run.search(self.executor, method=method):
            yield
        self._thin()

    def turn(self, name: str, value: Any) -> None:
        """Turn a knob: from this epoch on it has another value.

        Raises:
            UsageError: there is no such knob, it cannot have that value, or nothing is left to be trained.
        """
        if self.epoch >= self.end:
            raise UsageError(f"it is complete at {self.end}: step back first, or --until {2 * self.end}")
        changes = {**self.changes, name: value}
        _, wrong = turned(self.run.config, self.run.config.space, self.trial.params, changes)
        if wrong:
            raise UsageError("\n".join(wrong))
        self.changes = changes

    def step(self, name: str, *, up: bool) -> None:
        """Turn a knob by a step of its own scale.

        Raises:
            UsageError: there is no such knob, or it has no steps.
        """
        space, factor = self.run.config.space, STEP if up else 1 / STEP
        if name not in self.knobs:
            raise UsageError(f"there is no knob {show(name)}; they are {', '.join(self.knobs)}")
        before = after = self.settings[name]
        if name in space and space[name].searched:
            after = space[name].distribution.stepped(before, factor)
        elif isinstance(before, float):
            after = before * factor
        if after == before:
            raise UsageError(f"{name} is {show(before)}: it has no step {'up' if up else 'down'}")
        self.turn(name, after)

    def back(self, epoch: int) -> None:
        """Step back to an earlier epoch: the next touch branches off there.

        Raises:
            UsageError: it is none that lies behind.
        """
        if not 0 <= epoch <= self.reached(self.trial):
            raise UsageError(f"back {epoch}: must be from 0 to {self.reached(self.trial)}, where it has come to")
        self.stepped = epoch

    def to(self, number: int) -> None:
        """Go to another branch of the tree.

        Raises:
            UsageError: there is none of this number.
        """
        known = {trial.number: trial for trial in self.run.history.all_trials}
        if number not in known:
            raise UsageError(f"to {number}: there is no such trial; {', '.join(map(str, list(known)[-10:]))}")
        self.left, self.trial, self.changes, self.stepped = self.trial, known[number], {}, None

    def keep_the_better(self) -> None:
        """Go on with the better of this branch and the one left behind, at the last epoch that both have come to.

        Raises:
            UsageError: there is nothing to compare.
        """
        metric, left = self.run.config.metric, self.left
        ours, others = (self.curves(trial).get(metric.name, []) for trial in (self.trial, left or self.trial))
        common = min(len(ours), len(others))
        if left is None or not common:
            raise UsageError("keep: there are no two branches yet that could be compared")
        if not metric.sign * ours[common - 1] >= metric.sign * others[common - 1] or not isfinite(ours[common - 1]):
            self.trial, self.left = left, self.trial
        self.changes, self.stepped = {}, None

    def leave(self) -> None:
        """Keep what was touched and not trained since: it waits in the store."""
        if self.changes:
            job = self._next()
            self.run.store.add_batches([[job]])
            self.run.history.add(job)

    def _next(self) -> Job:
        """The segment that is due: of a branch of its own where something was touched."""
        self._branch()
        until = self.epoch + self.every
        return Job(self.trial, start=self.epoch, until=until if until < self.end else None)

    def _branch(self) -> None:
        """Let what was touched become a branch of its own; untouched it goes on from where it was."""
        before, history = self.trial, self.run.history
        if self.changes:
            params, _ = turned(self.run.config, self.run.config.space, before.params, self.changes)
            parent = before
            while parent.parent is not None and self.epoch <= parent.branch:
                parent = history.trial(parent.parent)
            if parent.number in history.results:
                number, self.left = history.next_number, before
                self.trial = Trial(number, BY_HAND, params, before.seed, parent.number, self.epoch, before.end)
            else:
                self.trial = replace(parent, params=params)  # that was never trained
        self.changes, self.stepped = {}, None

    def _thin(self) -> None:
        """Keep of this branch the newest checkpoints, some of those before, and all that others go on from."""
        store = self.run.store
        own = sorted(place for place in store.checkpoints() if place[0] == self.trial.number)
        asked = {(trial.parent, trial.branch) for trial in self.run.history.forks}
        coarse = max(1, self.end // _RECENT)
        gone = [p for p in own[:-_RECENT] if p[2] % coarse and (p[0], p[2]) not in asked]
        if gone:
            store.drop_checkpoints(gone)
        for place in gone:
            remove(store.folder, place)


def begun(run: Run, overrides: Mapping[str, Any], until: int | None) -> Trial:
    """The model of a session: the newest branch of the one before, or the middle of each range where nothing is said.

    Raises:
        UsageError: a value is none that it can have, or nobody knows how far it is to be trained.
    """
    config, history = run.config, run.history
    if history.forks and not overrides and until is None:
        return max(history.forks, key=lambda fork: fork.number)
    (middle,) = config.space.decode(np.full((1, config.space.dimensions), 0.5))
    unfrozen = {name: value for name, value in overrides.items() if name not in config.objective.frozen}
    params, wrong = turned(config, config.space, {**middle, **overrides}, unfrozen)
    end = until or config.objective.end(params)
    if end is None:
        wrong.append("how far is the model trained, in epochs or steps? --until 60")
    if wrong:
        raise UsageError("\n".join([f"babysit: {wrong[0]}", *wrong[1:]]))
    return Trial(history.next_number, BY_HAND, params, config.search.seed, end=end)


def taken_up(run: Run, number: int, at: int | None, until: int | None) -> Trial:
    """The model of a session that goes on with a trial of the run: a child of it, or one of a session before itself.

    Raises:
        UsageError: it cannot be gone on with from there, or has come to its end.
    """
    history, config = run.history, run.config
    known = {trial.number: trial for trial in history.forks}
    if number in known and at is None and until is None:
        return known[number]
    parent, branch = origin(run, number, at)
    trial = history.trial(number)
    end = until or trial.end or config.objective.end(trial.params) or branch
    if end <= branch:
        before = f"; or from before: {number}@{branch // 2}" if branch > 1 else ""
        raise UsageError(f"babysit: it goes on from {branch}, and is complete at {end}: --until {2 * branch}{before}")
    return Trial(history.next_number, BY_HAND, parent.params, parent.seed, parent.number, branch, end)

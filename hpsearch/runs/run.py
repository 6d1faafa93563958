"""A run: the folder, the store and the history that a config's search starts with or goes on from."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from shutil import rmtree
from typing import Any, Self

from hpsearch.config import Config
from hpsearch.engine.executors import Executor, make_executor
from hpsearch.engine.goal import Goal
from hpsearch.engine.loop import Done, Search
from hpsearch.errors import UsageError
from hpsearch.history import History
from hpsearch.methods import DEFAULT_METHOD, Plan, SearchMethod, make_method
from hpsearch.objectives import (
    RUN,
    RUNNING,
    Objective,
    awaited,
    forget_before,
    note_awaited,
    put_in_place,
    remove,
    remove_all_but,
    set_aside,
)
from hpsearch.runs.best_model import BestModel
from hpsearch.space import Space
from hpsearch.stopping import make_rule
from hpsearch.store import Ending, Round, Store
from hpsearch.system.processes import end, marked
from hpsearch.trial import Params

_LOG = logging.getLogger(__name__)
_TRAINER = "network"  # among the versions that a run keeps


@dataclass
class Run(AbstractContextManager["Run"]):
    """An open run, held for writing until it is closed."""

    config: Config
    store: Store
    history: History
    rounds: dict[int, Round]
    resumed: bool = True
    slots: int = 1  # batches that run at a time, once they do
    goal: Goal = field(init=False)
    notes: list[str] = field(default_factory=list)  # to be said before it goes on
    lost: list[str] = field(default_factory=list)  # which checkpoints were, to be said when it has gone on
    _search: Search | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.goal = self._aim()

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @classmethod
    def of(cls, config: Config, store: Store) -> Self:
        """The run that a store holds; its space is the stored one, whose axes may have another order."""
        rounds = store.rounds()
        given = max(n for n, each in rounds.items() if n == 1 or (each.method and each.until is None))
        config = replace(config, space=Space.from_spec(rounds[given].space))
        return cls(config, store, store.history(), rounds, resumed=not store.begun)

    @property
    def base(self) -> Round:
        """The newest round that began a search: the first, that of a config that was edited, or of a zoom."""
        return self.rounds[max(n for n, each in self.rounds.items() if n == 1 or each.method)]

    @property
    def newest(self) -> Round:
        """The round that new trials belong to, or come after."""
        return self.rounds[max(self.rounds)]

    @property
    def asked(self) -> int | None:
        """How many trials were asked for in all; None where the method alone knows."""
        trials = self.config.search.trials
        return self.base.until or (None if trials is None else trials + self.store.facts().added)

    @property
    def is_done(self) -> bool:
        """Whether all trials of its method are there, or more: a zoom may have made more than are asked for now."""
        total, history = self.method().total, self.history
        if not history.finished or history.waiting:
            return False
        return history.finished >= total if total is not None else not self.method().next_jobs(history, 1)

    @property
    def past(self) -> int:
        """How many finished trials came in past the end of the search: they do not count."""
        if self.store.facts().ending is None:
            return 0
        return len(self.store.history(whole=True).results) - len(self.store.history().results)

    def method(self) -> SearchMethod:
        """The search method of the newest round: the one that the config names, or that of a zoom."""
        base, more = self.base, self.store.facts().added
        space = Space.from_spec(base.space)
        if base.until is None:
            plan = self.config.search.plan(space, self.config.objective.frozen, more)
            earlier = tuple(trial.params for trial in self.history.trials if trial.round < base.number)
            return make_method(self.config.search.method, replace(plan, round=base.number, earlier=earlier))
        plan = Plan(space, self.config.search.seed, base.until, round=base.number)
        return make_method(base.method or DEFAULT_METHOD, plan)

    def add(self, trials: int) -> None:
        """Let the search have so many trials more, now and whenever it is taken up again.

        Raises:
            UsageError: its method has a fixed number of trials, or the search has ended whatever their number.
        """
        base, method, ending = self.base, self.config.search.method, self.goal.ending
        if ending is not None:
            rule = f"--add: `search.{ending.why}` has ended the search, so that no more trials would be run"
            raise UsageError(f"{rule}\n  another `search.{ending.why}` goes on, and so does `hpsearch zoom`")
        if base.until is not None:
            self.store.add_round(replace(base, until=base.until + trials))
            self.rounds = self.store.rounds()
        elif self.config.search.kind.open_ended:
            self.store.note(added=self.store.facts().added + trials)
        else:
            raise UsageError(f"--add: method {method} has its trials given; use `zoom`, or another run")

    def begin_round(self, round_: Round, settings: Mapping[int, Params] | None = None, **facts: Any) -> None:
        """Begin a round, with facts that change; see `Store.begin_round`."""
        put_in_place(self.store.folder, self.store.again)
        self.store.begin_round(round_, settings, **{"spent": 0.0, **facts})
        self.reload()

    def note_trainer(self) -> None:
        """Keep what trains networks; what has become another since is said."""
        trainer, said = self.config.objective.trainer(self.config.execution.network)
        versions = self.store.facts().versions
        before = versions.get(_TRAINER, "an earlier version")
        if said:
            self.notes.append(said)
        if trainer and self.resumed and before != trainer:
            self.notes.append(
                f"this run's networks were trained by {before}; {trainer} trains those to come, with other numbers in "
                "their last digits or more: --new begins afresh"
            )
        if trainer and before != trainer:
            self.store.note(versions={**versions, _TRAINER: trainer})

    def put_back(self, numbers: Sequence[int]) -> None:
        """Let trials be run again."""
        self.store.put_back(numbers)
        self.reload()

    def reload(self) -> None:
        """Read anew what the store holds; where the search ends by it is written down by who may write."""
        self.rounds = self.store.rounds()
        self.history = self.store.history(replaced=False, whole=self.store.writes)
        self.goal = self._aim()
        if self.store.writes and self.goal.ending is not None:
            self.end(self.goal.ending)

    def end(self, ending: Ending | None) -> None:
        """Write down what ended the search; what came in past the last trial that counts is left out."""
        _LOG.debug("the end of the search: %s", ending or "all that was asked for, or not yet")
        if ending != self.store.facts().ending:
            self.store.note(ending=ending)
        if ending is not None and ending.last is not None:
            self.history = self.store.history(replaced=False)

    def _aim(self) -> Goal:
        search, base = self.config.search, self.base
        if base.until is not None:  # a zoom is of so many trials, which are wanted
            return Goal(self.history)
        before = [trial for trial in self.history.trials if trial.round < base.number]
        inside = Space.from_spec(base.space).contains([trial.params for trial in before])
        outside = {trial.number for trial, lies in zip(before, inside, strict=True) if not lies}
        earlier = before[-1].number if before else 0
        return Goal(self.history, search.target, search.patience, earlier=earlier, outside=outside)

    def objective(self) -> Objective:
        """What the config trains."""
        config, place = self.config, self.store.folder.resolve()
        return config.objective.objective(
            config.metric, place, config.folder, config.execution.timeout, config.execution.network
        )

    def executor(self) -> Executor:
        """Where trials are trained; what an engine that was killed left running of this run is ended first."""
        folder = str(self.store.folder.resolve())
        if self.resumed:
            end(lambda: marked(RUN, folder), grace=0.0)
        settings = self.config.execution
        return make_executor(
            settings.workers,
            settings.timeout,
            threads_per_worker=settings.threads_per_worker or self.config.objective.threads,
            devices=settings.devices,
            environment={RUN: folder},
            interrupt=self.objective().interrupt,
        )

    def arrivals(
        self, stopping: Callable[[], bool] = lambda: False, method: SearchMethod | None = None
    ) -> Generator[list[Done]]:
        """Results as they come, from an executor that is closed at the end, or killed where the end is no good one."""
        executor, finished, closed = self.executor(), False, False
        try:
            try:
                self.slots = executor.slots
                set_aside(self.store.folder, self.store.again)
                rmtree(self.store.folder / RUNNING, ignore_errors=True)  # of an engine that was killed
                remove_all_but(self.store.folder, self.store.checkpoints())
                yield from self.search(executor, stopping, method)
                finished = self._search is not None and not self._search.running
            finally:
                executor.close(cancel=not finished)
                closed = True
                if method is None and self.goal.ending is not None:
                    self.end(self.goal.ending)
        finally:
            if not closed:  # a second Ctrl-C came meanwhile
                executor.close(cancel=True)

    def search(
        self, executor: Executor, stopping: Callable[[], bool] = lambda: False, method: SearchMethod | None = None
    ) -> Iterator[list[Done]]:
        """Go on with the search, or do what another method proposes; see `hpsearch.engine.loop.Search`."""
        goal, method = self.goal if method is None else None, method or self.method()
        models = BestModel(self.store.folder, self.history, self.goal)
        models.keep(())  # those that another goal lets count
        self._search = Search(
            method=method,
            objective=self.objective(),
            executor=executor,
            store=self.store,
            history=self.history,
            retries=self.config.execution.retries,
            rule=make_rule(self.config.metric, self.config.early_stop) if self.config.early_stop else None,
            goal=goal,
            max_failures=self.config.execution.max_failures,
            stopping=stopping,
            keep=models.keep,
            begun=lambda jobs: self._begun(method, jobs[-1].trial.round),
            remove=partial(remove, self.store.folder),
            tidies=goal is not None,  # else the search may go on from them
            largest=self.config.execution.checkpoint_size,
            lost=self.lost,
        )
        # What earlier versions, killed at once, had left out.
        for round_ in self._begun(method, max((trial.round for trial in self.history.trials), default=0)):
            self.store.add_round(round_)
        waiting = None
        for done in self._search:
            if self.awaited != waiting:
                note_awaited(self.store.folder, waiting := self.awaited)
            if replaced := self.store.again & {job.trial.number for job, _ in done if not job.replicate}:
                self.store.again -= replaced
                forget_before(self.store.folder, replaced)
            yield done

    @property
    def awaited(self) -> int | None:
        """The trial that free workers wait for, since early stopping compares the next ones with it."""
        number = self._search.awaited if self._search else awaited(self.store.folder)
        return number if number in self.history.waiting else None

    def _begun(self, method: SearchMethod, newest: int) -> list[Round]:
        """The rounds up to this one that a method has begun by itself, and the region that each of them searches."""
        numbers, why = range(self.newest.number + 1, newest + 1), self.config.search.method.replace("_", " ")
        regions = ((number, method.region(self.history.until_round(number - 1))) for number in numbers)
        rounds = [Round(number, region.stored(), why) for number, region in regions if region is not None]
        self.rounds |= {round_.number: round_ for round_ in rounds}
        return rounds

"""A run: the folder, the store and the history that a config's search starts with or goes on from."""

import itertools
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from hpsearch.config import KEEPS_TIME, Config, config_of
from hpsearch.engine.executors import Executor, make_executor
from hpsearch.engine.loop import Done, Search
from hpsearch.errors import ConfigChangedError, StoreError, UsageError
from hpsearch.methods import DEFAULT_METHOD, Plan, SearchMethod, make_method
from hpsearch.objectives import RUN, Objective, forget_before, put_in_place, set_aside
from hpsearch.runs.identity import compare
from hpsearch.space import Space
from hpsearch.stopping import make_rule
from hpsearch.store import BEST_MODEL, Facts, Round, Store, holds_run
from hpsearch.system.environment import versions
from hpsearch.system.processes import end, marked
from hpsearch.trial import History, Metric

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
    notes: list[str] = field(default_factory=list)  # to be said before it goes on
    _search: Search | None = field(default=None, init=False)

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @classmethod
    def of(cls, config: Config, store: Store) -> Self:
        """The run that a store holds; its space is the stored one, whose axes may have another order."""
        rounds = store.rounds()
        config = replace(config, space=Space.from_spec(rounds[1].space))
        return cls(config, store, store.history(), rounds, resumed=not store.begun)

    @property
    def newest(self) -> Round:
        """The round that new trials belong to, or come after."""
        return self.rounds[max(self.rounds)]

    @property
    def asked(self) -> int | None:
        """How many trials were asked for in all; None where the method alone knows."""
        trials = self.config.search.trials
        return self.newest.until or (None if trials is None else trials + self.store.facts().added)

    def method(self) -> SearchMethod:
        """The search method of the newest round: the one that the config names, or that of a zoom."""
        newest = self.newest
        if newest.until is None:
            return self.config.method(self.store.facts().added)
        plan = Plan(Space.from_spec(newest.space), self.config.search.seed, newest.until, round=newest.number)
        return make_method(newest.method or DEFAULT_METHOD, plan)

    def add(self, trials: int) -> None:
        """Let the search have so many trials more, now and whenever it is taken up again.

        Raises:
            UsageError: its method has a fixed number of trials.
        """
        newest, method = self.newest, self.config.search.method
        if newest.until is not None:
            self.store.add_round(replace(newest, until=newest.until + trials))
            self.rounds = self.store.rounds()
        elif self.config.search.kind.open_ended:
            self.store.note(added=self.store.facts().added + trials)
        else:
            raise UsageError(f"--add: method {method} has its trials given; use `zoom`, or another run")

    def begin_round(self, round_: Round) -> None:
        """Begin a round; what was waiting in older ones is dropped."""
        put_in_place(self.store.folder, self.store.again)
        self.store.drop_pending()
        self.store.add_round(round_)
        self.store.note(spent=0.0)
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
        """Read anew what the store holds."""
        self.history, self.rounds = self.store.history(replaced=False), self.store.rounds()

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
                yield from self.search(executor, stopping, method)
                finished = True
            finally:
                executor.close(cancel=not finished)
                closed = True
        finally:
            if not closed:  # a second Ctrl-C came meanwhile
                executor.close(cancel=True)

    def search(
        self, executor: Executor, stopping: Callable[[], bool] = lambda: False, method: SearchMethod | None = None
    ) -> Iterator[list[Done]]:
        """Go on with the search, or do what another method proposes; see `hpsearch.engine.loop.Search`."""
        method = method or self.method()
        self._search = Search(
            method=method,
            objective=self.objective(),
            executor=executor,
            store=self.store,
            history=self.history,
            retries=self.config.execution.retries,
            rule=make_rule(self.config.metric, self.config.early_stop) if self.config.early_stop else None,
            max_failures=self.config.execution.max_failures,
            stopping=stopping,
            keep=self._keep_best,
            begun=lambda jobs: self._begun(method, jobs[-1].trial.round),
        )
        # What earlier versions, killed at once, had left out.
        for round_ in self._begun(method, max((trial.round for trial in self.history.trials), default=0)):
            self.store.add_round(round_)
        for done in self._search:
            if replaced := self.store.again & {job.trial.number for job, _ in done if not job.replicate}:
                self.store.again -= replaced
                forget_before(self.store.folder, replaced)
            yield done

    @property
    def awaited(self) -> int | None:
        """The trial that free workers wait for, since early stopping compares the next ones with it."""
        number = self._search.awaited if self._search else None
        return number if number in self.history.waiting else None

    def _begun(self, method: SearchMethod, newest: int) -> list[Round]:
        """The rounds up to this one that a method has begun by itself, and the region that each of them searches."""
        numbers, why = range(self.newest.number + 1, newest + 1), self.config.search.method.replace("_", " ")
        regions = ((number, method.region(self.history.until_round(number - 1))) for number in numbers)
        rounds = [Round(number, region.stored(), why) for number, region in regions if region is not None]
        self.rounds |= {round_.number: round_ for round_ in rounds}
        return rounds

    def _keep_best(self, done: Sequence[Done]) -> None:
        """Keep the best model before its result is saved: killed in between, the trial is run again."""
        if all(result.model is None for _, result in done):
            return  # to look for the best is a walk through the whole history
        best = self.history.best()
        # Of equals the earlier trial, as in the ranking.
        record = (self.history.score(best.number), -best.number) if best else (-np.inf, 0)
        for job, result in done:
            score = (self.history.signed(result), -job.trial.number)
            if result.model is not None and not job.replicate and score > record:
                record = score
                _write_whole(self.store.folder / BEST_MODEL, result.model)


def _write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all; StoreError where there is no room for it or it may not be written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as err:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        fix = "mend this and type the same command again: what was finished before is safe"
        raise StoreError(f"{path}: cannot be written: {err.strerror}\n  {fix}") from err


def open_run(config: Config, runs: Path, *, new: bool = False, add: int = 0) -> Run:
    """Start the run of a config, or take it up where it was.

    Args:
        config: what to search.
        runs: the folder of all runs.
        new: never take up an old run; number the name instead.
        add: so many trials more than the search has had up to now.

    Raises:
        UsageError: a timeout of the config cannot be kept.
        ConfigChangedError: the run exists with another config or other data.
        StoreError, RunLockedError: the folder cannot be used.
    """
    if unkept := config.execution.unkept(config.objective):  # of a run that an earlier version began
        raise UsageError(f"{config.name}: {unkept}\n  {KEEPS_TIME}")
    folder = runs / config.name
    if new:
        numbered = (folder.with_name(f"{folder.name}-{i}") for i in itertools.count(2))
        folder = next(path for path in itertools.chain([folder], numbered) if not holds_run(path))
    config = replace(config, name=folder.name)
    identity = {**config.identity(), **config.objective.content()}
    store = Store(folder, write=True, first=lambda: beginning(config, identity))
    try:
        if not store.begun:
            compare(folder, store.facts().identity, identity)
            store.note(folder=str(config.folder.resolve()))  # the project may have moved
        run = Run.of(config, store)
        run.note_trainer()
        if add:
            run.add(add)
        return run
    except BaseException:
        store.close()
        raise


def resume_run(folder: Path, workers: str | None = None) -> Run:
    """Take up a run by its folder, with the config that it was started with.

    Raises:
        ConfigChangedError: its data has changed since.
        StoreError, RunLockedError: the folder cannot be used.
    """
    with Store(folder) as store:
        facts = store.facts()
    config = config_of(facts, folder, [f"execution.workers={workers}"] if workers else [])
    return open_run(config, folder.parent)


def beginning(config: Config, identity: Mapping[str, str]) -> tuple[Facts, Round]:
    """The facts and the round that a run begins with."""
    facts = Facts(
        config.metric,
        document=dict(config.document),
        config=config.text,
        folder=str(config.folder.resolve()),
        identity=identity,
        examples=config.objective.examples(config.metric),
        versions=versions(),
    )
    return facts, Round(1, config.space.stored(), "the space of the config")


def facts_from(known: Mapping[str, Any], folder: Path) -> Facts:
    """All facts of the run in `folder`: those that a damaged database has, the others as its config says.

    Raises:
        HpsearchError: the config needs data that is not there.
    """
    kept = {name: value for name, value in known.items() if name in Facts.__dataclass_fields__}
    kept["metric"] = Metric(**kept.get("metric", {"name": ""}))
    config = config_of(Facts(**kept), folder)
    return beginning(config, {**config.identity(), **config.objective.content()})[0]

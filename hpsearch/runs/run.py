"""A run: the folder, the store and the history that a config's search starts with or goes on from."""

import itertools

import re

from collections.abc import Callable, Iterator, Mapping, Sequence

from concurrent.futures import Executor

from dataclasses import dataclass, replace

from pathlib import Path

from types import TracebackType

from typing import Any, Self

import numpy as np

import yaml

from hpsearch.config import Config, read_config

from hpsearch.config.keys import NAME

from hpsearch.data import fingerprint, prepare

from hpsearch.stopping import make_rule

from hpsearch.errors import ConfigChangedError, UsageError

from hpsearch.engine.executors import InlineExecutor, ProcessExecutor, make_executor

from hpsearch.methods import Plan, SearchMethod, make_method

from hpsearch.objectives import CommandObjective, FunctionObjective, NetworkObjective, Objective, VectorizedObjective

from hpsearch.objectives.folder import RUN

from hpsearch.system.processes import end, marked

from hpsearch.engine.loop import Done, search

from hpsearch.store import DATABASE, Store, versions

from hpsearch.trial import History



BEST_MODEL = "best.npz"
_SHOWN = 100  # characters of a value in the list of what has changed


@dataclass
class Run:
    """An open run, held for writing until it is closed."""

    config: Config
    store: Store
    history: History
    resumed: bool
    rounds: dict[int, dict[str, Any]]
    added: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.store.close()

    def method(self) -> SearchMethod:
        """The search method of the newest round: the one that the config names, or that of a zoom."""
        search_ = self.config.search
        newest = max(self.rounds)
        reason = self.rounds[newest]["reason"]
        if "until" in reason:
            space = stored_config(self.store.facts(), self.store.folder, parameters=self.rounds[newest]["space"]).space
            return make_method(reason["method"], Plan(space, search_.seed, reason["until"], round=newest))
        trials = None if search_.trials is None else search_.trials + self.added
        plan = Plan(
            self.config.space,
            search_.seed,
            trials,
            grid=search_.grid,
            points=search_.points,
            rounds=search_.rounds,
        )
        return make_method(search_.method, plan)

    def add(self, trials: int) -> None:
        """Let the search have so many trials more, now and whenever it is taken up again.

        Raises:
            UsageError: its method has a fixed number of trials.
        """
        newest = max(self.rounds)
        row = self.rounds[newest]
        if "until" in row["reason"]:
            reason = row["reason"] | {"until": row["reason"]["until"] + trials}
            self.store.add_round(newest, row["space"], reason)
            self.rounds = self.store.rounds()
        elif self.config.search.method in ("grid", "points"):
            raise UsageError(
                f"--add: method {self.config.search.method} has its trials given; use `zoom`, or another run"
            )
        else:
            self.added += trials
            self.store.note({"added": self.added})

    def objective(self) -> Objective:
        """What the config trains."""
        config, folder = self.config, self.store.folder.resolve()
        if config.command is not None:
            return CommandObjective(config.command, config.metric, folder, config.folder, config.execution.timeout)
        if config.function is not None:
            kind = VectorizedObjective if config.function.vectorized else FunctionObjective
            return kind(config.function.path, config.metric, folder, config.folder)
        assert config.data is not None  # noqa: S101  the config was checked
        return NetworkObjective(config.data, config.metric)

    def executor(self) -> InlineExecutor | ProcessExecutor:
        """Where trials are trained; what an engine that was killed left running of this run is ended first."""
        folder = str(self.store.folder.resolve())
        if self.resumed:
            end(lambda: marked(RUN, folder), grace=0.0)
        settings = self.config.execution
        # Networks are small, and with another number of threads BLAS would round them differently.
        threads = 1 if self.config.model == "network" else None
        return make_executor(
            settings.workers,
            settings.timeout,
            threads_per_worker=settings.threads_per_worker or threads,
            devices=settings.devices,
            environment={RUN: folder},
        )

    def search(
        self,
        executor: Executor,
        slots: int,
        stopping: Callable[[], bool] = lambda: False,
        method: SearchMethod | None = None,
    ) -> Iterator[list[Done]]:
        """Go on with the search, or do what another method proposes; see `hpsearch.search.search`."""
        method = method or self.method()
        arrivals = search(
            method=method,
            objective=self.objective(),
            executor=executor,
            store=self.store,
            history=self.history,
            slots=slots,
            retries=self.config.execution.retries,
            rule=make_rule(self.config.metric, self.config.early_stop) if self.config.early_stop else None,
            max_failures=self.config.execution.max_failures,
            stopping=stopping,
            keep=self._keep_best,
        )
        for done in arrivals:
            self._note_rounds(method)
            yield done

    def _note_rounds(self, method: SearchMethod) -> None:
        """Write down the rounds that a method has begun by itself, and the region that each of them searches."""
        region = getattr(method, "region", None)
        for number in range(max(self.rounds) + 1, self.history.trials[-1].round + 1 if region else 0):
            earlier = [t for t in self.history.trials if t.round < number]
            known = History(self.history.metric, ((t, self.history.results.get(t.number)) for t in earlier))
            space = {p.name: p.spec() for p in region(known).parameters} if region else {}
            self.store.add_round(number, space, {"why": "coarse to fine"})
            self.rounds[number] = self.store.rounds()[number]

    def _keep_best(self, done: Sequence[Done]) -> None:
        """Write the best model before its result is saved: killed in between, the trial is run again."""
        if all(result.checkpoint is None for _, result in done):
            return  # to look for the best is a walk through the whole history
        best = self.history.best()
        # Of equals the earlier trial, as in the ranking.
        record = (self.history.score(best.number), -best.number) if best else (-np.inf, 0)
        metric = self.config.metric
        for job, result in done:
            if result.checkpoint is None or result.status.is_failure or job.replicate:
                continue
            score = (metric.sign * result.metrics[metric.name], -job.trial.number)
            if score > record:
                record = score
                partial = self.store.folder / f"{BEST_MODEL}.partial"
                partial.write_bytes(result.checkpoint)
                partial.replace(self.store.folder / BEST_MODEL)


def open_run(config: Config, runs: Path, *, name: str | None = None, new: bool = False, add: int = 0) -> Run:
    """Start the run of a config, or take it up where it was.

    Args:
        config: what to search.
        runs: the folder of all runs.
        name: another name than the config's.
        new: never take up an old run; number the name instead.
        add: so many trials more than the search has had up to now.

    Raises:
        UsageError: `name` cannot be the name of a run.
        ConfigChangedError: the run exists with another config or other data.
        StoreError, RunLockedError: the folder cannot be used.
    """
    if name is not None and not re.fullmatch(NAME.pattern, name):
        raise UsageError(f"--name {name}: must be {NAME.form}")
    folder = runs / (name or config.name)
    if new:
        numbered = (folder.with_name(f"{folder.name}-{i}") for i in itertools.count(2))
        folder = next(path for path in itertools.chain([folder], numbered) if not (path / DATABASE).exists())
    config = replace(config, name=folder.name)
    store = Store(folder, write=True)
    try:
        facts = store.facts()
        resumed = bool(facts)
        identity = _identity(config)
        if resumed:
            _compare(folder, facts["identity"], identity)
            store.note({"folder": str(config.folder.resolve())})  # the project may have moved
        else:
            store.note(_facts(config, identity))
            store.add_round(1, dict(config.document["parameters"]), {"why": "the space of the config"})
        run = Run(config, store, store.history(), resumed, store.rounds(), store.facts().get("added", 0))
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
    config = stored_config(facts, folder, overrides=[f"execution.workers={workers}"] if workers else [])
    return open_run(replace(config, text=facts["config"]), folder.parent)


def stored_config(
    facts: Mapping[str, Any],
    folder: Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> Config:
    """The config that a run was started with, or the same with other parameters."""
    document = dict(facts["document"]) | {"name": folder.name}
    if parameters is not None:
        # Points and grids were laid out for the old ranges.
        search_ = {key: value for key, value in document.get("search", {}).items() if key in ("seed", "trials")}
        document |= {"parameters": dict(parameters), "search": search_}
    text = yaml.safe_dump(document, sort_keys=False)
    place = Path(facts["folder"])
    return read_config(text, source=f"{folder}/config", folder=place, overrides=overrides, on_site=False)


def _identity(config: Config) -> dict[str, str]:
    identity = config.identity()
    if config.data is not None:
        identity["content of the data"] = fingerprint(config.data)
    return identity


def _facts(config: Config, identity: dict[str, str]) -> dict[str, Any]:
    return {
        "identity": identity,
        "config": config.text,
        "document": dict(config.document),
        "folder": str(config.folder.resolve()),
        "metric": {"name": config.metric.name, "goal": config.metric.goal},
        "examples": _examples(config),
        "versions": versions(),
    }


def _examples(config: Config) -> int | None:
    """How many examples an accuracy that trials are ranked by is measured on; None for any other metric."""
    if config.data is None or config.metric.name != "val_accuracy":
        return None
    return len(prepare(config.data).validation.labels)


def _compare(folder: Path, stored: dict[str, str], given: dict[str, str]) -> None:
    changes = [
        f"  {key}: was {_short(stored.get(key))}, is now {_short(given.get(key))}"
        for key in dict.fromkeys([*stored, *given])
        if stored.get(key) != given.get(key)
    ]
    if changes:
        lines = "\n".join(changes)
        raise ConfigChangedError(
            f"{folder} was started with another config:\n{lines}\n"
            "nothing was run and nothing was changed. The ways on:\n"
            f"  --new           a fresh run beside it\n"
            f"  --name NAME     a fresh run under another name\n"
            f"  undo the edit   to go on with the old one{_same_run_ways(stored, given)}"
        )


def _same_run_ways(stored: dict[str, str], given: dict[str, str]) -> str:
    """What does in the same run what the edit was for, where there is something that does."""
    changed = {key for key in {*stored, *given} if stored.get(key) != given.get(key)}
    ways = []
    if "search.trials" in changed:
        ways.append("\n  --add N         so many more trials of the old search, with its number as it was")
    if any(key.startswith("parameters.") for key in changed):
        ways.append("\n  hpsearch zoom   other ranges in the same run; --set NAME=RANGE sets one by hand")
    return "".join(ways)


def _short(value: str | None) -> str:
    if value is None:
        return "not there"
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."

"""A run: the folder, the store and the history that a config's search starts with or goes on from."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from hpsearch.config import Config
from hpsearch.data import fingerprint
from hpsearch.errors import ConfigChangedError
from hpsearch.methods import Plan, SearchMethod, make_method
from hpsearch.objectives import NetworkObjective, Objective
from hpsearch.search import Done, search
from hpsearch.store import DATABASE, Store, versions
from hpsearch.trial import History

__all__ = ["BEST_MODEL", "Run", "open_run", "space_document"]

BEST_MODEL = "best.npz"


@dataclass
class Run:
    """An open run, held for writing until it is closed."""

    config: Config
    store: Store
    history: History
    resumed: bool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.store.close()

    def method(self) -> SearchMethod:
        """The search method that the config names."""
        search_ = self.config.search
        plan = Plan(self.config.space, search_.seed, search_.trials, grid=search_.grid, points=search_.points)
        return make_method(search_.method, plan)

    def objective(self) -> Objective:
        """What the config trains."""
        assert self.config.data is not None  # noqa: S101  the config was checked
        return NetworkObjective(self.config.data, self.config.metric)

    def search(
        self, executor: Executor, slots: int, stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[list[Done]]:
        """Go on with the search; see `hpsearch.search.search`."""
        return search(
            method=self.method(),
            objective=self.objective(),
            executor=executor,
            store=self.store,
            history=self.history,
            slots=slots,
            retries=self.config.execution.retries,
            stopping=stopping,
            keep=self._keep_best,
        )

    def _keep_best(self, done: Sequence[Done]) -> None:
        """Write the best model before its result is saved: killed in between, the trial is run again."""
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


def open_run(config: Config, runs: Path, *, name: str | None = None, new: bool = False) -> Run:
    """Start the run of a config, or take it up where it was.

    Args:
        config: what to search.
        runs: the folder of all runs.
        name: another name than the config's.
        new: never take up an old run; number the name instead.

    Raises:
        ConfigChangedError: the run exists with another config or other data.
        StoreError, RunLockedError: the folder cannot be used.
    """
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
        else:
            store.note(_facts(config, identity))
            store.add_round(1, space_document(config), {"why": "the space of the config"})
        return Run(config, store, store.history(), resumed)
    except BaseException:
        store.close()
        raise


def space_document(config: Config) -> dict[str, Any]:
    """The config's parameters in their long form."""
    return dict(config.document["parameters"])


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
        "versions": versions(),
    }


def _compare(folder: Path, stored: dict[str, str], given: dict[str, str]) -> None:
    changes = [
        f"  {key}: was {stored.get(key, 'not there')}, is now {given.get(key, 'not there')}"
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
            f"  undo the edit   to go on with the old one"
        )

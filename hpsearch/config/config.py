"""A config that has been checked: frozen, and safe to act upon."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hpsearch.data import DataSource
from hpsearch.objectives.command.running import CommandSettings
from hpsearch.objectives.function.running import FunctionSettings
from hpsearch.space import Space
from hpsearch.stopping import EarlyStop
from hpsearch.trial import Metric

__all__ = ["Config", "ExecutionSettings", "SearchSettings"]


@dataclass(frozen=True)
class ConfirmSettings:
    """Run the `top` best trials again with `replicates` other seeds each."""

    top: int = 5
    replicates: int = 5


@dataclass(frozen=True)
class SearchSettings:
    """How the space is searched.

    Attributes:
        method: a key of `hpsearch.methods.METHODS`.
        trials: total number of trials; None for all that a grid or a list of points has.
        seed: of the search, of initial weights and of the data order.
        grid: points per parameter of a grid.
        points: settings to try first, or, with method `points`, the whole search.
        rounds: into how many rounds coarse_to_fine cuts the trials; None for as many as it likes.
        confirm: what to do at the end; None for nothing.
    """

    method: str = "random"
    trials: int | None = None
    seed: int = 0
    grid: Mapping[str, int] = field(default_factory=dict)
    points: tuple[Mapping[str, Any], ...] = ()
    rounds: int | None = None
    confirm: ConfirmSettings | None = None


@dataclass(frozen=True)
class ExecutionSettings:
    """Where trials run; nothing here changes what a trial gives.

    Attributes:
        workers: processes; None for one per core, 0 for none (inline).
        timeout: seconds that one trial may take; None for no limit.
        retries: how often a trial is tried again after its process died.
        max_failures: so many failed trials end the search; None for no limit.
        threads_per_worker: BLAS and OpenMP threads of each trial; None for its share of the cores.
        devices: one for each worker, which sees no other; none for no rule.
    """

    workers: int | None = None
    timeout: float | None = None
    retries: int = 1
    max_failures: int | None = None
    threads_per_worker: int | None = None
    devices: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Config:
    """What a config file says.

    Attributes:
        name: of the run, and of its folder.
        model: what is trained: `network`, `command` or `function`.
        data: what a network is trained on; None for other models.
        text: the file as it was given.
        document: the file as plain data, with what the command line changed; long forms throughout.
        folder: where the file lies; relative paths in it start here.
        command, function: what to run, where it is the user's own.
        early_stop: when a trial that has fallen behind is given up; None for never.
    """

    name: str
    model: str
    data: DataSource | None
    metric: Metric
    space: Space
    search: SearchSettings
    execution: ExecutionSettings
    text: str
    document: Mapping[str, Any]
    folder: Path
    command: CommandSettings | None = None
    function: FunctionSettings | None = None
    early_stop: EarlyStop | None = None

    def identity(self) -> dict[str, str]:
        """What decides the trials, as flat path -> text: two configs with equal ones give the same table.

        Not in it: the name, `execution` and `search.confirm`, which may change between one start and the next.
        """
        search = _given(self.search)
        search.pop("confirm", None)
        parts: dict[str, Any] = {
            "model": self.model,
            "data": _given(self.data) if self.data else None,
            "metric": _given(self.metric),
            "parameters": {parameter.name: parameter.spec() for parameter in self.space.parameters},
            "search": search,
            "command": _given(self.command) if self.command else None,
            "function": _given(self.function) if self.function else None,
            "early_stop": _given(self.early_stop) if self.early_stop else None,
        }
        return dict(self._flat("", {key: value for key, value in parts.items() if value is not None}))

    def _flat(self, path: str, value: Any) -> list[tuple[str, str]]:
        if isinstance(value, dict) and value and "distribution" not in value:
            rows = ((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
            return [row for key, item in rows for row in self._flat(key, item)]
        if isinstance(value, Path):
            # A project that moves as a whole is still the same.
            value = os.path.relpath(value.resolve(), self.folder.resolve())
        return [(path, json.dumps(value, default=str))]


def _given(settings: Any) -> dict[str, Any]:
    """The fields of a record that are set."""
    return {field.name: value for field in fields(settings) if (value := getattr(settings, field.name)) is not None}

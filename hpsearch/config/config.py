"""A config that has been checked: frozen, and safe to act upon."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from hpsearch.document import (
    COUNTS,
    SEED,
    Duration,
    Either,
    Integer,
    Key,
    ListOf,
    Moment,
    Number,
    OneOf,
    Size,
    Text,
    given,
    keys_of,
    section_schema,
)
from hpsearch.methods import (
    DEFAULT_METHOD,
    METHODS,
    MOST_TRIALS,
    NoSettings,
    Plan,
    ReplicateSettings,
    SearchMethod,
    make_method,
)
from hpsearch.objectives import ObjectiveSettings
from hpsearch.space import Space
from hpsearch.stopping import EarlyStop
from hpsearch.trial import Metric

_LIST_OF_SETTINGS = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1}]}
_COUNT = Integer(min=1, max=1024)
_WORKERS = Either((_COUNT, OneOf(("inline",))), "a number of processes, or `inline` for none")
_DEVICES = ListOf(Either((Integer(min=0, max=COUNTS), Text(r"[A-Za-z0-9/:_-]+")), "a number or a name of a device"))


@dataclass(frozen=True)
class SearchSettings:
    """How the space is searched; `own`: the settings of the method's own, whose keys stand beside these."""

    method: Annotated[str, Key("how points are chosen", OneOf(tuple(METHODS)))] = DEFAULT_METHOD
    trials: Annotated[int | None, Key("total number of trials", Integer(min=1, max=MOST_TRIALS))] = None
    seed: Annotated[int, Key("of the search, the initial weights and the data order", SEED)] = 0
    time: Annotated[float | None, Key("how long the search may take in all, such as 8h", Duration())] = None
    until: Annotated[float | None, Key("when the search ends, such as 2026-12-01 08:00", Moment())] = None
    grace: Annotated[
        float | None,
        Key("how long what runs when the time is up may go on; to its end by default", Duration(zero=True)),
    ] = None
    target: Annotated[float | None, Key("a value of the metric that is good enough, and ends the search", Number())] = (
        None
    )
    patience: Annotated[
        int | None, Key("so many trials without a better one end the search", Integer(min=1, max=10_000_000))
    ] = None
    points: Annotated[
        tuple[Mapping[str, Any], ...],
        Key("settings to try first, or with `method: points` alone: a list, or a CSV file", schema=_LIST_OF_SETTINGS),
    ] = ()
    confirm: Annotated[
        ReplicateSettings | None,
        Key(
            "at the end, run the best few again with other seeds: {top: 5, replicates: 5}",
            schema=section_schema(keys_of(ReplicateSettings)),
        ),
    ] = None
    own: Any = field(default_factory=NoSettings)

    @property
    def kind(self) -> type[SearchMethod]:
        """The method's row in METHODS."""
        return METHODS[self.method]

    @property
    def endless(self) -> bool:
        """Whether it may go on without a number of trials, as something else ends it."""
        return any(end is not None for end in (self.time, self.until, self.target, self.patience))

    def plan(self, space: Space, frozen: frozenset[str] = frozenset(), more: int = 0) -> Plan:
        """What the method is to do in this space, with so many trials more than the config says.

        frozen: hyperparameters that no trial can change once it has begun.
        """
        trials = None if self.trials is None else self.trials + more
        own = Plan(space, self.seed, trials, points=self.points, settings=self.own, endless=self.endless)
        return replace(own, frozen=frozen)


_NOT_OF_TRIALS = ("confirm", "own", "time", "until", "grace", "target", "patience")
"""Of the settings of a search, those that do not decide what its trials are."""

KEEPS_TIME = "`workers: 1` runs it in a process of its own; or leave `timeout` out"
"""How a trial gets a time limit that has none."""


@dataclass(frozen=True)
class ExecutionSettings:
    """Where trials run; nothing here changes what a trial gives. 0 workers are none: inline."""

    workers: Annotated[
        int | None, Key("number of processes, for networks of threads, or `inline`; one per core by default", _WORKERS)
    ] = None
    timeout: Annotated[
        float | None,
        Key("how long one trial may take, such as 30m; not for what runs inline, but for a command", Duration()),
    ] = None
    checkpoint_size: Annotated[
        int, Key("how large the checkpoint of a trial may be, where trials are carried on; 10 GiB by default", Size())
    ] = 10 * 2**30
    retries: Annotated[int, Key("how often a trial is tried again when its process died", Integer(min=0, max=100))] = 1
    max_failures: Annotated[int | None, Key("so many failed trials end the search", Integer(min=1, max=COUNTS))] = None
    threads_per_worker: Annotated[
        int | None, Key("BLAS and OpenMP threads of a trial; its share of the cores by default, 1 for networks", _COUNT)
    ] = None
    network: Annotated[
        str | None,
        Key(
            "what trains networks: the compiled `kernel`, the default where there is one, or `numpy`",
            OneOf(("kernel", "numpy")),
        ),
    ] = None
    devices: Annotated[
        tuple[int | str, ...],
        Key("one for each worker, which sees no other: CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES", _DEVICES),
    ] = ()

    def unkept(self, objective: type[ObjectiveSettings] | ObjectiveSettings) -> str:
        """Why a trial could not be ended when its time is up; empty where it can."""
        if self.workers != 0 or self.timeout is None or objective.keeps_time:
            return ""
        return f"execution.timeout: a {objective.name} that runs `inline` cannot be ended, so it has no time limit"


@dataclass(frozen=True)
class Config:
    """What a config file says.

    text: the file as it was given; document: the same as plain data, with what the command line changed, long forms
    throughout; folder: where the file lies and relative paths in it start; early_stop: None for never.
    """

    name: str
    objective: ObjectiveSettings
    metric: Metric
    space: Space
    search: SearchSettings
    execution: ExecutionSettings
    text: str
    document: Mapping[str, Any]
    folder: Path
    early_stop: EarlyStop | None = None

    def method(self, more: int = 0) -> SearchMethod:
        """The search method, with so many trials more than the config says."""
        return make_method(self.search.method, self.search.plan(self.space, self.objective.frozen, more))

    def identity(self) -> dict[str, str]:
        """What decides the trials, as flat path -> text: two configs with equal ones give the same table.

        Not in it, since it may change between one start and the next: the name, `execution`, and of `search` what ends
        it and the confirmation.
        """
        search = given(self.search) | given(self.search.own)
        parts = {
            "model": self.objective.name,
            **self.objective.identity(),
            "metric": {key: value for key, value in given(self.metric).items() if (key, value) != ("at", "last")},
            "parameters": self.space.spec(),
            "search": {key: value for key, value in search.items() if key not in _NOT_OF_TRIALS},
            "early_stop": self.early_stop.identity() if self.early_stop else {},
        }
        return dict(self._flat("", parts))

    def _flat(self, path: str, value: Any) -> list[tuple[str, str]]:
        if isinstance(value, Mapping) and "distribution" not in value:
            rows = ((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
            return [row for key, item in rows for row in self._flat(key, item)]
        if isinstance(value, Path):
            # A project that moves as a whole is still the same.
            value = os.path.relpath(value.resolve(), self.folder.resolve())
        return [(path, json.dumps(value, default=str))]

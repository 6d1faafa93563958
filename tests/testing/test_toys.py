"""A toy of each kind is one file and one row; what a careless one forgets is caught by the suites that are for all."""

import json
import math
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from rich.console import Console

from hpsearch.config import keys, read_config
from hpsearch.config.keys import search_keys
from hpsearch.document import Integer, Key, Mistakes, Node
from hpsearch.engine.executors import InlineExecutor, ProcessExecutor, ThreadExecutor
from hpsearch.history import History
from hpsearch.methods import METHODS, Plan, RandomSearch
from hpsearch.objectives import OBJECTIVES, Objective
from hpsearch.objectives.objective import ObjectiveSettings
from hpsearch.report import SECTIONS, Subject, findings
from hpsearch.runs import open_run
from hpsearch.space import DISTRIBUTIONS, LINEAR, Numeric, Scale, scales
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.store import Store
from hpsearch.testing import check_distribution, check_executor, check_method, check_objective, check_objective_settings
from hpsearch.trial import Job, Metric, Result, Status, Trial
from hpsearch.views.formats import as_findings
from hpsearch.views.report import print_report

# A scale: squares, for what acts by its square root.
SQUARE_ROOT = Scale(
    "square root",
    -1e-300,
    math.inf,
    forward=np.sqrt,
    inverse=np.square,
    problem=lambda low, _high, _whole: ("0 <= min", "start at 0") if low < 0 else None,
    widest=lambda _low, _high, _whole: (0.0, math.inf),
    outward=LINEAR.outward,
    ticks=LINEAR.ticks,
    step=LINEAR.step,
)


@pytest.fixture
def square_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DISTRIBUTIONS, "sqrtuniform", (SQUARE_ROOT, False))
    monkeypatch.setattr(scales, "SQUARE_ROOT", SQUARE_ROOT, raising=False)
    monkeypatch.setattr(SQUARE_ROOT.__class__, "__module__", scales.__name__)


@pytest.mark.usefixtures("square_root")
def test_a_scale_is_a_row_and_all_else_follows() -> None:
    check_distribution(Numeric("sqrtuniform", 1.0, 9.0))
    text = "function: os:getcwd\nmetric: {name: y, goal: minimize}\nparameters: {x: 'sqrtuniform(0, 4)'}"
    space = read_config(text, source="toy", folder=Path()).space
    assert space["x"].distribution.from_unit(np.array([0.5])) == [1.0]


def test_a_scale_that_says_nothing_of_its_limits_is_not_made() -> None:
    given = {name: getattr(SQUARE_ROOT, name) for name in SQUARE_ROOT.__dataclass_fields__ if name != "widest"}
    with pytest.raises(TypeError, match="widest"):
        Scale(**given)


@pytest.mark.usefixtures("square_root")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inverse": np.sqrt}, "its own values|value to point|inverse undoes"),
        ({"widest": lambda low, high, _whole: (low + 1, high)}, "widest"),
        ({"outward": lambda low, high, _smallest: (low + 1, high)}, "whole stretch|rounded outward|wider stretch"),
        ({"ticks": lambda low, high: [high, low]}, "ticks stand in order"),
    ],
)
def test_a_careless_scale_is_caught(monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any], said: str) -> None:
    careless = replace(SQUARE_ROOT, **change)
    monkeypatch.setitem(DISTRIBUTIONS, "sqrtuniform", (careless, False))
    monkeypatch.setattr(scales, "SQUARE_ROOT", careless, raising=False)
    with pytest.raises(AssertionError, match=said):
        check_distribution(Numeric("sqrtuniform", 1.0, 9.0))


@dataclass(frozen=True)
class EverySettings:
    every: Annotated[int, Key("takes every so many-th of the draws", Integer(min=1))] = 2


class EverySecond(RandomSearch):
    """Every second draw of a random search: a method with a key of its own."""

    Settings: ClassVar[type] = EverySettings
    example: ClassVar[str] = "search: {method: every, every: 2}"

    def __init__(self, plan: Plan) -> None:
        super().__init__(replace(plan, seed=plan.seed * plan.of(EverySettings).every))
        self._seed = plan.seed

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        return [self._own(job) for job in super().next_jobs(history, free)]

    def _own(self, job: Job) -> Job:
        return replace(job, trial=replace(job.trial, seed=self._seed))


class Repeating(EverySecond):
    """Careless: it draws anew and does not look at what there is."""

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        count = self.plan.room(history, free)
        points = [np.random.default_rng([5, n]).random(self.plan.space.dimensions) for n in range(count)]
        settings = self.plan.space.decode(np.reshape(points, (count, self.plan.space.dimensions)))
        return [self._own(job) for job in self.plan.jobs(history, settings)]


class Forgetful(EverySecond):
    """Careless: what it tries follows from what it was asked before."""

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        self._asked = getattr(self, "_asked", 0) + 1
        jobs = super().next_jobs(history, free)
        return [replace(j, trial=replace(j.trial, params={**j.trial.params, "epochs": self._asked})) for j in jobs]


def test_a_method_is_a_row_with_keys_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    check_method(EverySecond)
    monkeypatch.setitem(METHODS, "every", EverySecond)
    assert search_keys()["every"].doc == "takes every so many-th of the draws"
    assert METHODS["every"].Settings(every=3).every == 3


@pytest.mark.parametrize(("careless", "said"), [(Repeating, "comes twice|same jobs|goes on"), (Forgetful, "lies in")])
def test_a_careless_method_is_caught(careless: type[EverySecond], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_method(careless)


@dataclass(frozen=True)
class Echo(Objective):
    """An objective that gives a parameter back."""

    of: str
    times: int = 1
    wave: int = 4

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        return [[job] for job in jobs]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        return [Result(Status.COMPLETE, {"echo": self.times * float(job.trial.params[self.of])}) for job in batch]


@dataclass(frozen=True)
class EchoSettings(ObjectiveSettings):
    of: Annotated[str, Key("the parameter")]
    times: Annotated[int, Key("how often", Integer(min=1))] = 1
    name: ClassVar[str] = "echo"
    keys: ClassVar[Mapping[str, Key]] = {"echo": Key("a parameter, given back", schema={"type": "object"})}
    sections: ClassVar[Mapping[str, type]] = {}
    example: ClassVar[str] = "echo: {of: x}"

    @classmethod
    def read(cls, root: Node, metric: str, folder: Path, mistakes: Mistakes, *, on_site: bool) -> "EchoSettings | None":
        values = root.value["echo"].plain()
        return cls(values["of"], values.get("times", 1))

    def identity(self) -> Mapping[str, Any]:
        return {"echo": {"of": self.of, "times": self.times}}

    def objective(
        self, metric: Metric, run: Path, beside: Path, timeout: float | None, network: str | None = None
    ) -> Echo:
        return Echo(self.of, self.times)


class ForgetfulSettings(EchoSettings):
    """Careless: what it multiplies by decides the trials, and is not in its identity."""

    def identity(self) -> Mapping[str, Any]:
        return {"echo": {"of": self.of}}


ECHOES = [
    f"echo: {{of: x, times: {times}}}\nmetric: {{name: echo, goal: maximize}}\nparameters: {{x: 'uniform(0, 1)'}}"
    for times in (1, 2)
]


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OBJECTIVES, "echo", EchoSettings)
    monkeypatch.setitem(keys.TOP, "echo", EchoSettings.keys["echo"])


@pytest.mark.usefixtures("echo")
def test_an_objective_is_a_row_and_searched_with(tmp_path: Path) -> None:
    (config, _) = check_objective_settings(EchoSettings, ECHOES, tmp_path)
    check_objective(Echo("x"), [Job(Trial(n, 1, {"x": n / 3}, 0)) for n in range(1, 4)])
    small = replace(config, search=replace(config.search, trials=5), execution=replace(config.execution, workers=0))
    with open_run(small, tmp_path) as run:
        assert sum(len(done) for done in run.arrivals()) == 5
        assert all(r.metrics["echo"] == run.history.trial(n).params["x"] for n, r in run.history.results.items())


@pytest.mark.usefixtures("echo")
def test_a_careless_objective_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no row of OBJECTIVES"):
        check_objective_settings(ForgetfulSettings, ECHOES, tmp_path)
    monkeypatch.setitem(OBJECTIVES, "echo", ForgetfulSettings)
    with pytest.raises(AssertionError, match="identity"):
        check_objective_settings(ForgetfulSettings, ECHOES, tmp_path)
    lost = type("Lost", (EchoSettings,), {"keys": {"echo": EchoSettings.keys["echo"], "unheard": Key("of")}})
    monkeypatch.setitem(OBJECTIVES, "echo", lost)
    with pytest.raises(AssertionError, match="`unheard` is not in the JSON Schema"):
        check_objective_settings(lost, ECHOES, tmp_path)


@pytest.mark.parametrize("make", [InlineExecutor, lambda: ProcessExecutor(2)], ids=["inline", "processes"])
def test_every_executor_keeps_to_what_the_loop_relies_on(make: Any) -> None:
    check_executor(make)


def test_threads_keep_to_it_too_where_what_they_run_can_be_interrupted() -> None:
    over, begun = threading.Event(), threading.Barrier(3, timeout=60)

    def work(_: Sequence[int]) -> bool:
        begun.wait()
        return over.wait(60)

    executor = ThreadExecutor(2, over.set)
    assert [executor.submit(sum, [n], 1).result() for n in range(4)] == [1, 2, 3, 4]
    assert isinstance(executor.submit(max, []).exception(), ValueError)
    running = [executor.submit(work, [n]) for n in range(2)]
    waiting = executor.submit(sum, [1])
    begun.wait()
    executor.close(cancel=True)
    assert [future.result() for future in running] == [True, True]
    assert waiting.cancelled()


class Swallowing(InlineExecutor):
    """Careless: an exception becomes an answer."""

    def submit(self, fn: Any, batch: Sequence[Any], /, *args: Any) -> Any:
        future = super().submit(fn, batch, *args)
        if future.exception() is not None:
            return super().submit(len, batch)
        return future


def test_a_careless_executor_is_caught() -> None:
    with pytest.raises(AssertionError, match="what fn raises is the future's exception"):
        check_executor(Swallowing)


def test_a_section_of_the_report_is_a_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def slowest(subject: Subject) -> tuple[str, list[str], Any]:
        number, result = max(subject.history.results.items(), key=lambda item: item[1].seconds)
        return "What took longest", [f"trial {number} took longest"], {"trial": number, "seconds": result.seconds}

    monkeypatch.setitem(SECTIONS, "slowest", slowest)
    text = "function: work:score\nmetric: {name: y, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
    (tmp_path / "work.py").write_text("def score(x): return x\n")
    config = read_config(f"{text}search: {{trials: 12}}\nexecution: {{workers: inline}}", source="toy", folder=tmp_path)
    with open_run(config, tmp_path) as run:
        list(run.arrivals())
    with Store(tmp_path / config.name) as store:
        found = findings(store)
    out = Console(width=100)
    with out.capture() as captured:
        print_report(out, found, found.table.numbers, full=True)
    assert re.search(r"What took longest\n +trial \d+ took longest", captured.get())
    assert set(json.loads(as_findings(found, {}))["slowest"]) == {"trial", "seconds"}

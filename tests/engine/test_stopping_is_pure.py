"""Early stopping: which trials stop follows from the config alone, whatever finished first, killed or not."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpsearch.engine.loop import Search
from hpsearch.methods import Plan, RandomSearch
from hpsearch.objectives.recorder import Recorder, verdict
from hpsearch.space import Numeric, Parameter, Space
from hpsearch.stopping import NO_BAR, Bar, EarlyStop, make_rule
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Result, Status

METRIC = Metric("score")
SPACE = Space((Parameter("x", Numeric("uniform", 0.0, 1.0)), Parameter("speed", Numeric("uniform", 0.1, 2.0))))
TRIALS = 60
SETTINGS = EarlyStop("median", after=2, group=6)


@dataclass(frozen=True)
class Curves:
    """A curve that rises to x, reported twice an epoch, by programs that take their time at random."""

    wave: int = 10
    batch: int = 1

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        grouped = [list(jobs[i : i + self.batch]) for i in range(0, len(jobs), self.batch)]
        return grouped[::-1]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        found = []
        for job in batch:
            recorder, params = Recorder(METRIC, bar, job.trial.number), job.trial.params
            for i in range(16):
                recorder.add({"score": params["x"] * (1 - 0.5 ** (params["speed"] * (i + 1)))}, 1 + i // 2)
            time.sleep(np.random.default_rng().random() * 0.003)
            found.append(verdict(recorder, 0.0))
        return found


@dataclass
class Threads:
    """An executor whose jobs end in any order."""

    slots: int

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.slots)

    def submit(self, fn: Callable[..., Any], batch: Sequence[Any], /, *args: Any) -> "Future[Any]":
        return self.pool.submit(fn, batch, *args)

    def close(self, *, cancel: bool = False) -> None:
        self.pool.shutdown(cancel_futures=cancel)


def search(folder: Path, workers: int, trials: int = TRIALS, stop_after: int | None = None, batch: int = 1) -> None:
    """Search, or begin to and leave what runs behind, as a kill would."""
    with Store(folder, write=True, first=lambda: (Facts(METRIC), Round(1, SPACE.spec()))) as store:
        executor = Threads(workers)
        running = Search(
            method=RandomSearch(Plan(SPACE, seed=1, trials=trials)),
            objective=Curves(batch=batch),
            executor=executor,
            store=store,
            history=store.history(),
            rule=make_rule(METRIC, SETTINGS),
        )
        for i, _ in enumerate(running):
            if i == stop_after:
                break
        executor.close()


def rows(folder: Path) -> list[tuple[Any, ...]]:
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    assert not history.pending
    return [(n, r.status, dict(r.metrics), r.fell, curves[n]) for n, r in sorted(history.results.items())]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    folder = tmp_path_factory.mktemp("alone") / "run"
    search(folder, 1)
    return rows(folder)


def test_some_are_stopped_and_of_these_some_are_audited(expected: list[tuple[Any, ...]]) -> None:
    statuses = [row[1] for row in expected]
    assert statuses.count(Status.STOPPED) >= 10
    assert any(row[1] is Status.COMPLETE and row[3] is not None for row in expected)


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_any_number_of_workers_gives_the_same_rows(
    workers: int, tmp_path: Path, expected: list[tuple[Any, ...]]
) -> None:
    search(tmp_path / "run", workers)
    assert rows(tmp_path / "run") == expected


@pytest.mark.parametrize("seed", range(4))
def test_left_and_taken_up_with_other_workers_gives_the_same_rows(
    seed: int, tmp_path: Path, expected: list[tuple[Any, ...]]
) -> None:
    chance = np.random.default_rng(seed)
    for _ in range(4):
        search(tmp_path / "run", int(chance.choice([1, 2, 5])), stop_after=int(chance.integers(15)))
    search(tmp_path / "run", 2, trials=31)
    search(tmp_path / "run", 3)
    assert rows(tmp_path / "run") == expected


@pytest.mark.parametrize("workers", [1, 4])
def test_batches_of_several_have_one_bar(workers: int, tmp_path: Path, expected: list[tuple[Any, ...]]) -> None:
    search(tmp_path / "run", workers, batch=3)
    assert rows(tmp_path / "run") == expected


def test_a_trial_that_is_run_again_is_judged_as_it_was(tmp_path: Path, expected: list[tuple[Any, ...]]) -> None:
    search(tmp_path / "run", 2)
    with Store(tmp_path / "run", write=True) as store:
        store.put_back([row[0] for row in expected if row[1] is Status.STOPPED][::-1])
    search(tmp_path / "run", 2)
    assert rows(tmp_path / "run") == expected

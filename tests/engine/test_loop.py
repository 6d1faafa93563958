"""The loop: what is saved, what is tried again, what a resumed or a parallel search tries."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hpsearch.engine.executors import Executor, InlineExecutor, ProcessExecutor
from hpsearch.engine.loop import Search
from hpsearch.errors import DataError, JobTimedOutError, WorkerDiedError
from hpsearch.methods import Plan, RandomSearch
from hpsearch.space import Space
from hpsearch.store import Store
from hpsearch.trial import Job, Result, Status
from tests.conftest import Parabola, open_store


def run(store: Store, space: Space, objective: Any, *, trials: int = 20, executor: Executor | None = None, **more: Any):
    """Search to the end; (number, settings, score) of every trial."""
    executor = executor or InlineExecutor()
    for _ in Search(
        method=RandomSearch(Plan(space, seed=3, trials=trials)),
        objective=objective,
        executor=executor,
        store=store,
        history=store.history(),
        **more,
    ):
        pass
    return table(store)


def table(store: Store) -> list[tuple[Any, ...]]:
    history = store.history()
    return [(t.number, dict(t.params), history.score(t.number)) for t in history.trials]


class Failing(InlineExecutor):
    """Loses the batches that hold certain trials, as a pool does when a worker is killed."""

    def __init__(self, lose: Callable[[Sequence[Job]], Exception | None]) -> None:
        self.lose = lose

    def submit(self, fn: Callable[..., Any], batch: Sequence[Job], /, *args: Any) -> Future[Any]:
        error = self.lose(batch)
        if error is None:
            return super().submit(fn, batch, *args)
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


def numbers(batch: Sequence[Job]) -> set[int]:
    return {job.trial.number for job in batch}


def test_every_trial_is_run_once_and_saved(store: Store, space: Space, tmp_path: Path) -> None:
    rows = run(store, space, Parabola(log=tmp_path / "log"))
    ran = [int(line.split()[0]) for line in (tmp_path / "log").read_text().splitlines()]
    assert sorted(ran) == list(range(1, 21))
    assert [score for _, params, score in rows] == [-((params["x"] - 0.3) ** 2) for _, params, _ in rows]


def test_processes_and_inline_give_the_same_table(space: Space, tmp_path: Path) -> None:
    with open_store(tmp_path / "inline") as store:
        inline = run(store, space, Parabola())
    for workers in (1, 2):
        executor = ProcessExecutor(workers)
        with open_store(tmp_path / f"{workers}") as store:
            assert run(store, space, Parabola(), executor=executor) == inline
        executor.close()


@pytest.mark.parametrize("stop_after", [0, 1, 4, 11])
def test_a_search_cut_off_anywhere_goes_on_to_the_same_table(space: Space, tmp_path: Path, stop_after: int) -> None:
    with open_store(tmp_path / "whole") as store:
        whole = run(store, space, Parabola())
    log = tmp_path / "log"
    left = iter(range(stop_after))
    with open_store(tmp_path / "cut") as store:
        run(store, space, Parabola(log=log), stopping=lambda: next(left, None) is None)
    with open_store(tmp_path / "cut") as store:
        assert run(store, space, Parabola(log=log)) == whole
    ran = [int(line.split()[0]) for line in log.read_text().splitlines()]
    assert sorted(ran) == list(range(1, 21))


def test_stopping_starts_no_new_batch(store: Store, space: Space) -> None:
    assert run(store, space, Parabola(), stopping=lambda: True) == []


def test_a_lost_batch_is_tried_again_as_it_was(store: Store, space: Space, tmp_path: Path) -> None:
    tries: list[set[int]] = []

    def lose(batch: Sequence[Job]) -> Exception | None:
        if 5 in numbers(batch):
            tries.append(numbers(batch))
        return WorkerDiedError("killed") if 5 in numbers(batch) and len(tries) == 1 else None

    run(store, space, Parabola(log=tmp_path / "log"), executor=Failing(lose))
    assert tries == [{4, 5, 6}, {4, 5, 6}]
    assert all(result.status is Status.COMPLETE for result in store.history().results.values())


def test_a_job_whose_worker_dies_every_time_fails_alone_with_the_reason(store: Store, space: Space) -> None:
    dead = Failing(lambda batch: WorkerDiedError("its process was killed") if 5 in numbers(batch) else None)
    run(store, space, Parabola(), executor=dead)
    results = store.history().results
    assert len(results) == 20
    assert results[5].status is Status.FAILED
    assert "killed" in (results[5].error or "")
    assert [n for n, result in results.items() if result.status is not Status.COMPLETE] == [5]


def test_a_job_that_times_out_is_not_tried_again(store: Store, space: Space) -> None:
    tries: list[set[int]] = []

    def lose(batch: Sequence[Job]) -> Exception | None:
        tries.append(numbers(batch))
        return JobTimedOutError("stopped after 1 s") if 5 in numbers(batch) else None

    run(store, space, Parabola(), executor=Failing(lose))
    assert store.history().results[5].status is Status.TIMED_OUT
    assert [seen for seen in tries if 5 in seen] == [{4, 5, 6}, {5}]


@dataclass(frozen=True)
class Raising(Parabola):
    error: type[Exception] = ValueError

    def __call__(self, batch: Sequence[Job]) -> list[Result]:
        raise self.error(f"boom in {len(batch)}")


def test_an_exception_in_an_objective_is_a_failed_trial(store: Store, space: Space) -> None:
    run(store, space, Raising(), trials=2)
    results = store.history().results
    assert {result.status for result in results.values()} == {Status.FAILED}
    assert results[1].error == "ValueError: boom in 2 [R102]"


def test_an_error_that_no_other_trial_would_escape_ends_the_search(store: Store, space: Space) -> None:
    with pytest.raises(DataError, match="boom"):
        run(store, space, Raising(error=DataError))
    assert store.history().results == {}


def test_what_is_kept_beside_the_database_is_kept_before_the_results_are_saved(store: Store, space: Space) -> None:
    def keep(done: Sequence[tuple[Job, Result]]) -> None:
        saved = store.history().results
        assert not {job.trial.number for job, _ in done} & saved.keys()
        order.append(len(done))

    order: list[int] = []
    run(store, space, Parabola(), keep=keep)
    assert sum(order) == 20

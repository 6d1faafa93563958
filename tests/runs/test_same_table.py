"""The promise that the table is the same to the last bit, on networks large enough for BLAS to show a difference."""

from pathlib import Path

import pytest

from hpsearch.config import Config, read_config
from hpsearch.runs import open_run

TEXT = """\
name: wide
model: network
data: digits
parameters:
  learning_rate: loguniform(1e-4, 1e-1)
  units: lograndint(32, 256)
  layers: 2
  batch_size: 128
  epochs: 2
search: {trials: 12, seed: 5}
"""


def config(workers: str) -> Config:
    return read_config(TEXT, source="wide", folder=Path(), overrides=[f"execution.workers={workers}"])


def table(workers: str, folder: Path, stop_after: int | None = None) -> list[tuple[object, ...]]:
    with open_run(config(workers), folder) as run:
        executor = run.executor()
        arrivals: list[object] = []
        for done in run.search(executor, lambda: len(arrivals) >= (stop_after or 1000)):
            arrivals.extend(done)
        executor.close()
        results = run.history.results
        return [
            (trial.number, results[trial.number].metrics) for trial in run.history.trials if trial.number in results
        ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    return table("inline", tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_one_worker_and_many_give_the_same_metrics_to_the_last_bit(whole, workers: str, tmp_path: Path) -> None:
    assert table(workers, tmp_path) == whole


def test_a_resumed_search_gives_the_same_metrics_to_the_last_bit(whole, tmp_path: Path) -> None:
    assert len(table("inline", tmp_path, stop_after=1)) < 12
    assert table("inline", tmp_path) == whole


def test_half_of_it_and_then_the_other_half_gives_the_same_metrics_to_the_last_bit(whole, tmp_path: Path) -> None:
    half = read_config(TEXT, source="wide", folder=Path(), overrides=["execution.workers=2", "search.trials=6"])
    with open_run(half, tmp_path) as run:
        assert sum(map(len, run.arrivals())) == 6
    with open_run(half, tmp_path, add=6) as run:
        assert sum(map(len, run.arrivals())) == 6
        assert [(trial.number, run.history.results[trial.number].metrics) for trial in run.history.trials] == whole

"""Methods that carry trials on: the same tree and table whoever finishes first, whatever is killed or lost."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hpsearch.config import Config, read_config
from hpsearch.objectives.folder import checkpoint_folder
from hpsearch.runs import open_run
from hpsearch.store import Store
from hpsearch.trial import Status

NETWORK = """
model: network
data: {name: blobs, points: 120}
metric: val_loss
parameters:
  learning_rate: loguniform(1e-4, 1)
  units: randint(2, 6)
  dropout: [0, 0.2]
  decay: [none, exponential]
  decay_rate: {distribution: uniform, min: 0.8, max: 0.99, when: {decay: exponential}}
  batch_size: 16
  epochs: 9
"""
METHODS = {
    "halving": "{method: halving, trials: 12, seed: 1}",
    "halving, sampled": "{method: halving, trials: 20, eta: 2, min: 3, sampler: coarse_to_fine}",
    "halving, asynchronous": "{method: halving, trials: 20, asynchronous: true, seed: 2}",
    "halving, forecast": "{method: halving, trials: 20, eta: 2, min: 2, promote: forecast, seed: 2}",
    "halving, forecast, asynchronous": "{method: halving, asynchronous: true, promote: forecast, trials: 20, eta: 2}",
    "hyperband": "{method: hyperband, seed: 3}",
    "population": "{method: population, members: 6, interval: 2, seed: 4}",
    "population, tournament": "{method: population, members: 5, interval: 3, exploit: tournament}",
}


def config(method: str, workers: str = "inline") -> Config:
    text = f"{NETWORK}search: {METHODS[method]}\nexecution: {{workers: {workers}}}"
    return read_config(text, source="c.yaml", folder=Path())


def search(method: str, folder: Path, workers: str = "inline", most: int | None = None) -> None:
    """Search in a folder, or go on there; end after so many results."""
    with open_run(config(method, workers), folder) as run:
        done: list[int] = []
        for arrival in run.arrivals(lambda: most is not None and sum(done) >= most):
            done.extend([len(arrival)])


def table(folder: Path) -> list[Any]:
    """Every segment of every trial, where each came from, and the curve through all of them."""
    with Store(folder / "search") as store:
        history, curves = store.history(), store.curves()
    assert not history.waiting
    return [
        (trial, result.status, result.metrics, sorted(history.segments.get(trial.number, {})), curves[trial.number])
        for trial in history.trials
        for result in [history.results[trial.number]]
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    found = {}
    for method in METHODS:
        folder = tmp_path_factory.mktemp("undisturbed")
        search(method, folder)
        found[method] = table(folder)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_some_are_carried_on_and_the_rest_is_not(undisturbed: dict[str, list[Any]], method: str) -> None:
    rows = undisturbed[method]
    complete = [row for row in rows if row[1] is Status.COMPLETE]
    assert 0 < len(complete) < len(rows)
    assert {len(row[4]["val_loss"]) for row in complete} == {9}, "a curve goes through all segments, and its parents'"
    forked = [row[0] for row in rows if row[0].parent is not None]
    assert bool(forked) == method.startswith("population")
    for trial in forked:
        before = next(row for row in rows if row[0].number == trial.parent)
        own = next(row for row in rows if row[0].number == trial.number)
        assert own[4]["val_loss"][: trial.branch] == before[4]["val_loss"][: trial.branch]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("workers", ["1", "8"])
def test_the_number_of_workers_changes_nothing(
    undisturbed: dict[str, list[Any]], tmp_path: Path, method: str, workers: str
) -> None:
    search(method, tmp_path, workers)
    assert table(tmp_path) == undisturbed[method]


@pytest.mark.parametrize("method", METHODS)
def test_stopped_and_gone_on_with_again_and_again_it_is_the_same(
    undisturbed: dict[str, list[Any]], tmp_path: Path, method: str
) -> None:
    for most in (1, 4, 7, 3, 9, None):
        search(method, tmp_path, "2", most)
    assert table(tmp_path) == undisturbed[method]


@pytest.mark.parametrize(
    ("method", "after"), [("halving", 10), ("halving, asynchronous", 17), ("halving, forecast", 21), ("population", 9)]
)
def test_killed_it_is_the_same(undisturbed: dict[str, list[Any]], tmp_path: Path, method: str, after: int) -> None:
    code = (
        "import os, pathlib; from tests.engine.test_pausing_methods import config, open_run\n"
        f"with open_run(config({method!r}, '2'), pathlib.Path({str(tmp_path)!r})) as run:\n"
        "    done = 0\n"
        "    for arrival in run.arrivals():\n"
        "        done += len(arrival)\n"
        f"        if done >= {after}: os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    search(method, tmp_path)
    assert table(tmp_path) == undisturbed[method]


@pytest.mark.parametrize("method", ["halving", "population"])
@pytest.mark.parametrize("harm", ["gone", "damaged", "half"])
def test_with_all_checkpoints_lost_half_way_it_is_the_same(
    undisturbed: dict[str, list[Any]], tmp_path: Path, method: str, harm: str
) -> None:
    search(method, tmp_path, most=10)
    with Store(tmp_path / "search") as store:
        places = store.checkpoints()
    assert places
    for place in places:
        file = checkpoint_folder(tmp_path / "search", place) / "network.npz"
        content = file.read_bytes()
        file.unlink()
        if harm != "gone":
            file.write_bytes(content[: len(content) // 2] if harm == "half" else content[:-9] + b"x" + content[-8:])
    search(method, tmp_path)
    assert table(tmp_path) == undisturbed[method]


@pytest.mark.parametrize("method", METHODS)
def test_only_the_best_is_kept_in_the_end_and_all_is_bounded_on_the_way(tmp_path: Path, method: str) -> None:
    most = 0
    with open_run(config(method), tmp_path) as run:
        for _ in run.arrivals():
            most = max(most, len([*(tmp_path / "search" / "trials").glob("*/checkpoint-*")]))
        best = run.history.best()
        assert best is not None
        places = {(best.number, 0, 9)}
        assert run.store.checkpoints().keys() == places
    left = {str(path.relative_to(tmp_path / "search")) for path in (tmp_path / "search" / "trials").glob("*/c*")}
    assert left == {f"trials/{best.number}/checkpoint-9"}
    assert most <= 2 * 2 * 6  # twice what is needed: of the members those that they began with, and that they reach


@pytest.mark.parametrize("method", ["halving", "population"])
def test_a_lost_checkpoint_is_said_to_be_so_and_costs_no_trial_though_none_is_tried_again(
    undisturbed: dict[str, list[Any]], tmp_path: Path, method: str
) -> None:
    search(method, tmp_path, most=10)
    with Store(tmp_path / "search") as store:
        places = store.checkpoints()
    for place in places:
        (checkpoint_folder(tmp_path / "search", place) / "network.npz").write_bytes(b"")
    once = config(method)
    with open_run(replace(once, execution=replace(once.execution, retries=0)), tmp_path) as run:
        list(run.arrivals())
        assert run.lost
        assert {*run.lost} <= {f"the checkpoint of trial {n} at {reached} is damaged" for n, _, reached in places}
    assert table(tmp_path) == undisturbed[method]


DIES = """
command: [sh, -c, 'echo m={x}; echo {x} > $HPSEARCH_CHECKPOINT_OUT/m; test -z "$HPSEARCH_CHECKPOINT_IN" || HOW']
metric: {name: m, goal: minimize}
parameters: {x: 'uniform(0, 1)'}
execution: {workers: inline, retries: 0, timeout: 2s, max_failures: 1000}
"""


@pytest.mark.parametrize("how", ["kill -9 $$", "exit 1", "sleep 60"])
@pytest.mark.parametrize(
    "method", ["halving, trials: 3", "halving, trials: 3, asynchronous: true", "population, members: 3"]
)
def test_trials_that_cannot_be_carried_on_fail_once_and_the_search_comes_to_its_end(
    tmp_path: Path, method: str, how: str
) -> None:
    text = f"{DIES.replace('HOW', how)}search: {{method: {method}, max: 9}}"
    with open_run(read_config(text, source="c.yaml", folder=tmp_path), tmp_path) as run:
        done = [(job.trial.number, result) for each in run.arrivals() for job, result in each]
        failed = [number for number, result in done if result.status.is_failure]
        assert failed
        assert len(failed) == len({*failed})
        assert all(result.start for _, result in done if result.status.is_failure)

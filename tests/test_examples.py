"""The configs that a user copies: each runs as it stands, from anywhere, or says what it lacks."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hpsearch.store import Store
from hpsearch.trial import Status

CONFIGS = Path(__file__).parents[1] / "configs"
NEEDS = {"keras", "sklearn", "torch", "xgboost"}
SMALLER = {
    "torch_halving": ("search.trials=6", "parameters.epochs=9"),
    "torch_population": ("search.members=6", "search.interval=2", "parameters.epochs=4"),
}


def needs(name: str) -> str | None:
    """The library that an example lacks here."""
    library = name.partition("_")[0]
    return library if library in NEEDS and importlib.util.find_spec(library) is None else None


def call(where: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A program in a folder, with the Python of these tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path} | environment
    return subprocess.run(words, cwd=where, env=env, capture_output=True, text=True, check=False)


def run(name: str, folder: Path, where: Path) -> "subprocess.CompletedProcess[str]":
    """A few trials of an example, started from a folder."""
    config = os.path.relpath(CONFIGS / f"{name}.yaml", where)
    fewer = [word for setting in SMALLER.get(name, ["search.trials=6"]) for word in ("--set", setting)]
    return call(where, sys.executable, "-m", "hpsearch", "run", config, "--runs", str(folder), *fewer)


@pytest.mark.parametrize("where", ["configs", "elsewhere"])
@pytest.mark.parametrize("name", ["function", "keras", "shell", "sklearn", "torch", *SMALLER, "xgboost"])
def test_an_example_runs_or_says_what_it_needs(name: str, where: str, tmp_path: Path) -> None:
    done = run(name, tmp_path / "runs", CONFIGS if where == "configs" else tmp_path)
    if needs(name):
        assert done.returncode == 1
        assert "this example needs" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    with Store(tmp_path / "runs" / name) as store:
        history = store.history()
    assert {result.status for result in history.results.values()} <= {Status.COMPLETE, Status.PAUSED, Status.STOPPED}
    assert len(history.results) >= 6
    assert history.best() is not None


LOSS = re.compile(r"epoch (\d+): loss=\S+ val_loss=(\S+)")


@pytest.mark.parametrize("name", SMALLER)
def test_torch_carried_on_by_a_method_and_by_hand_is_torch_trained_at_once(name: str, tmp_path: Path) -> None:
    if needs(name):
        pytest.skip("this test needs PyTorch: pip install torch")
    assert run(name, tmp_path / "runs", tmp_path).returncode == 0
    folder = tmp_path / "runs" / name
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    trial = next(t for t in history.trials if t.parent is None and history.results[t.number].status is Status.COMPLETE)
    options = [f"--{parameter}={value}" for parameter, value in trial.params.items()]
    seed = {"HPSEARCH_SEED": str(trial.seed), "OMP_NUM_THREADS": "1"}
    at_once = call(CONFIGS, sys.executable, "train_torch_resumable.py", *options, **seed)
    losses = LOSS.findall(at_once.stdout)
    assert len(losses) == trial.end, at_once.stderr
    assert curves[trial.number]["val_loss"] == pytest.approx([float(loss) for _, loss in losses], rel=1e-6)
    forked = call(tmp_path, sys.executable, "-m", "hpsearch", "fork", name, f"{trial.number}@2")
    assert forked.returncode == 0, forked.stderr
    (child,) = (int(path.name) for path in (folder / "trials").iterdir() if int(path.name) > len(history.trials))
    assert LOSS.findall((folder / "trials" / str(child) / "stdout").read_text()) == losses[2:]
    tree = call(tmp_path, sys.executable, "-m", "hpsearch", "tree", name).stdout
    assert re.search(rf"@2 trial {child}: unchanged; .*; the same$", tree, re.M), tree

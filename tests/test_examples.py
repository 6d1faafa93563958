"""The configs that a user copies: each runs as it stands, from anywhere, or says what it lacks."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hpsearch.store import Store
from hpsearch.trial import Status

CONFIGS = Path(__file__).parents[1] / "configs"
NEEDS = {"keras": "keras", "sklearn": "sklearn", "torch": "torch", "xgboost": "xgboost"}


def run(name: str, folder: Path, where: Path) -> "subprocess.CompletedProcess[str]":
    """Six trials of an example, started from a folder, with the Python of these tests."""
    config = os.path.relpath(CONFIGS / f"{name}.yaml", where)
    line = [sys.executable, "-m", "hpsearch", "run", config, "--runs", str(folder), "--set", "search.trials=6"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(line, cwd=where, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("where", ["configs", "elsewhere"])
@pytest.mark.parametrize("name", ["function", "keras", "shell", "sklearn", "torch", "xgboost"])
def test_an_example_runs_or_says_what_it_needs(name: str, where: str, tmp_path: Path) -> None:
    done = run(name, tmp_path / "runs", CONFIGS if where == "configs" else tmp_path)
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        assert done.returncode == 1
        assert "this example needs" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    with Store(tmp_path / "runs" / name) as store:
        history = store.history()
    assert {result.status for result in history.results.values()} <= {Status.COMPLETE, Status.STOPPED}
    assert len(history.results) == 6
    assert history.best() is not None

"""kill -9 the engine at random moments: no finished trial is lost or repeated, and the table is the undisturbed one.

Bounded in the gate; in full with HPSEARCH_KILLS=200 pytest tests/test_kill.py
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hpsearch.store import DATABASE, Store

KILLS = int(os.environ.get("HPSEARCH_KILLS", "6"))

NETWORK = """\
model: network
data: {name: blobs, points: 200}
parameters:
  learning_rate: loguniform(1e-3, 1)
  units: lograndint(4, 32)
  layers: [1, 2]
  epochs: 6
"""
COMMAND = """\
command: [sh, work.sh, "{x}"]
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)'}
"""
FUNCTION = """\
function: work:score
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)'}
"""
SHELL = 'echo "$HPSEARCH_TRIAL" >> ran; sleep 0.02; echo "score=$1"; echo "$HPSEARCH_TRIAL" >> done\n'
PYTHON = """\
import os, time

def score(x):
    time.sleep(0.01)
    return x
"""


def finished(folder: Path) -> dict[int, tuple[object, ...]]:
    """Trial -> its result and the moment when it was saved."""
    if not (folder / DATABASE).exists():
        return {}
    db = sqlite3.connect(f"{(folder / DATABASE).as_uri()}?mode=ro", uri=True, timeout=30)
    try:
        return {row[0]: row for row in db.execute("SELECT trial, status, metrics, finished FROM results")}
    except sqlite3.OperationalError:  # killed before there were tables
        return {}
    finally:
        db.close()


def start(place: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "hpsearch", "run", "search.yaml", "--quiet", "--name", name]
    return subprocess.Popen(command, cwd=place, start_new_session=True)


def table(folder: Path) -> list[tuple[object, ...]]:
    with Store(folder) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "trials"), [("network", 300), ("command", 60), ("function", 120)])
def test_the_engine_killed_at_random_moments_loses_and_repeats_nothing(kind: str, trials: int, tmp_path: Path) -> None:
    (tmp_path / "work.sh").write_text(SHELL)
    (tmp_path / "work.py").write_text(PYTHON)
    target = max(2, KILLS // 3)
    config = {"network": NETWORK, "command": COMMAND, "function": FUNCTION}[kind]
    (tmp_path / "search.yaml").write_text(f"{config}search: {{trials: {trials}}}\nexecution: {{workers: 2}}\n")
    whole = start(tmp_path, "whole")
    begin = time.monotonic()
    assert whole.wait(timeout=300) == 0
    usual = time.monotonic() - begin
    ran_before = len(_lines(tmp_path / "ran"))
    rng = np.random.default_rng(trials)
    runs, killed = 0, 0
    seen: dict[int, tuple[object, ...]] = {}
    while True:
        folder = tmp_path / "runs" / f"killed-{runs}"
        process = start(tmp_path, folder.name)
        done = _done_within(process, float(rng.uniform(0.2, usual)) if killed < target else 300.0)
        killed += not done
        now = finished(folder)
        assert {number: now.get(number) for number in seen} == seen
        seen = now
        if done:
            assert table(folder) == table(tmp_path / "runs" / "whole")
            runs, seen = runs + 1, {}
            if killed >= target:
                break
    assert killed == target
    if kind == "command":
        _check_runs(_lines(tmp_path / "ran")[ran_before:], trials * runs, trials, killed)


def _done_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether the search came to its end; else it is killed."""
    try:
        assert process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        return False
    return True


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def _check_runs(ran: list[str], wanted: int, trials: int, killed: int) -> None:
    """Every trial was started, and only those twice that ran when the engine was killed: two workers a kill."""
    assert set(ran) == {str(number) for number in range(1, trials + 1)}
    assert wanted <= len(ran) <= wanted + 2 * killed

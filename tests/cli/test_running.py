"""What other commands say of a run that goes on: which trials run, for how long, how far they are."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

CODE = """
import time
from pathlib import Path
def train(x):
    for step in range(2000):
        yield {"loss": x + 1 / (step + 1)}
        time.sleep(0.02)
        if Path("go").exists():
            return
"""


@pytest.fixture
def going_on(cli):
    Path("slow.py").write_text(CODE)
    Path("s.yaml").write_text(
        "function: slow:train\nmetric: {name: loss, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
        "search: {trials: 2}\nexecution: {workers: 1}\n"
    )
    command = [sys.executable, "-m", "hpsearch", "run", "s.yaml"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while "running" not in cli("report", "s").out and time.monotonic() < until:
            time.sleep(0.2)
        try:
            yield cli
        finally:
            Path("go").touch()
            out, _ = process.communicate(timeout=60)
    assert "running: trial 1, " in out
    assert process.returncode == 0
    assert not list(Path("runs/s/running").iterdir())


def test_report_and_show_know_what_runs(going_on) -> None:
    said = going_on("report", "s").out
    assert "1 running, 1 pending" in said
    assert "running: trial 1, " in said
    time.sleep(1)
    assert "loss so far" in going_on("show", "s", "1").out
    assert "not run yet" in going_on("show", "s", "2").out
    rows = going_on("report", "s", "--format", "csv").out.splitlines()
    assert [row.split(",")[3] for row in rows[1:]] == ["running", "pending"]

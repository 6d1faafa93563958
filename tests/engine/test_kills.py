"""kill -9 a trial, its worker, a grandchild, the engine: the trial is tried again, and nobody is left running."""

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from hpsearch.config import load_config
from hpsearch.runs import open_run
from hpsearch.store import Store
from hpsearch.trial import Status

CONFIG = """
name: kills
{what}
metric: {{name: score, goal: maximize}}
parameters: {{x: [1, 2, 3, 4]}}
search: {{trials: 4}}
execution: {{workers: 2, retries: {retries}}}
"""

# Trial 2 does `deed` in its first attempt, with a child and a daemon around it.
SCRIPT = """
import os, signal, subprocess, sys, time
from pathlib import Path

def train(x):
    here = Path(__file__).parent
    first = here / "first"
    if os.environ["HPSEARCH_TRIAL"] == "2" and not first.exists():
        first.touch()
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
        {deed}
    return x * 10

if __name__ == "__main__":
    print("score:", train(float(sys.argv[1])))
"""

DEEDS = {
    "the trial": "os.kill(os.getpid(), signal.SIGKILL)",
    "the worker": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)",
    "a grandchild": "child.kill(); child.wait()",
}
KINDS = {"command": f'command: [{sys.executable}, train.py, "{{x}}"]', "function": "function: train:train"}
FUNCTION_DEEDS = {"the worker": "os.kill(os.getpid(), signal.SIGKILL)", "a grandchild": DEEDS["a grandchild"]}
CASES = [("command", who, deed) for who, deed in DEEDS.items()] + [
    ("function", *case) for case in FUNCTION_DEEDS.items()
]


def config(folder: Path, kind: str, deed: str, retries: int = 1) -> Path:
    (folder / "train.py").write_text(SCRIPT.format(deed=deed))
    path = folder / "kills.yaml"
    path.write_text(CONFIG.format(what=KINDS[kind], retries=retries))
    return path


def left(folder: Path) -> list[psutil.Process]:
    """Live processes that a run in this folder has started."""
    found = []
    for process in psutil.process_iter():
        try:
            inside = process.environ().get("HPSEARCH_RUN", "").startswith(str(folder))
            if inside and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def searched(path: Path) -> dict[int, tuple[Status, float | None, str | None]]:
    """Run the config; number -> status, score and error of its trials."""
    with open_run(load_config(path), path.parent / "runs") as run:
        executor = run.executor()
        for _ in run.search(executor):
            pass
        executor.close()
        results = run.history.results
    return {n: (r.status, r.metrics.get("score"), r.error) for n, r in sorted(results.items())}


@pytest.mark.parametrize(("kind", "who", "deed"), CASES)
def test_a_kill_costs_one_attempt_and_nobody_is_left(tmp_path: Path, kind: str, who: str, deed: str) -> None:
    begin = time.perf_counter()
    table = searched(config(tmp_path, kind, deed))
    assert [(status, error) for status, _, error in table.values()] == [(Status.COMPLETE, None)] * 4, who
    assert {score for _, score, _ in table.values()} == {10, 20, 30, 40}
    assert left(tmp_path) == []
    assert time.perf_counter() - begin < 30


def test_without_retries_a_killed_trial_is_a_row_with_its_reason(tmp_path: Path) -> None:
    table = searched(config(tmp_path, "command", DEEDS["the trial"], retries=0))
    status, _, error = table[2]
    assert status is Status.FAILED
    assert "SIGKILL" in str(error)
    assert [table[n][0] for n in (1, 3, 4)] == [Status.COMPLETE] * 3


def engine(path: Path) -> "subprocess.Popen[bytes]":
    line = [sys.executable, "-m", "hpsearch", "run", str(path), "--runs", str(path.parent / "runs"), "--quiet"]
    return subprocess.Popen(line, cwd=path.parent)


@pytest.mark.parametrize("kind", KINDS)
def test_when_the_engine_is_killed_its_trials_end_and_the_search_goes_on_later(tmp_path: Path, kind: str) -> None:
    path = config(tmp_path, kind, "time.sleep(60)")
    killed = engine(path)
    while not (tmp_path / "first").exists():
        assert killed.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    killed.kill()
    killed.wait()
    deadline = time.monotonic() + 20
    while left(tmp_path):
        assert time.monotonic() < deadline, left(tmp_path)
        time.sleep(0.1)
    assert engine(path).wait(60) == 0
    with Store(tmp_path / "runs" / "kills") as store:
        results = store.history().results
    assert sorted(r.metrics["score"] for r in results.values()) == [10, 20, 30, 40]
    assert left(tmp_path) == []


def test_what_outlived_a_killed_engine_ends_before_the_search_goes_on(tmp_path: Path) -> None:
    path = config(tmp_path, "command", "pass")
    open_run(load_config(path), tmp_path / "runs").store.close()
    mark = {"HPSEARCH_RUN": str((tmp_path / "runs" / "kills").resolve())}
    leftover = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, **mark})
    with open_run(load_config(path), tmp_path / "runs") as run:
        run.executor().close()
        assert leftover.wait(5) != 0


@pytest.mark.slow
def test_workers_killed_at_random_moments_cost_no_trial_and_leave_nobody(tmp_path: Path) -> None:
    path = config(tmp_path, "function", "pass", retries=100)
    path.write_text(path.read_text().replace("[1, 2, 3, 4]", "'uniform(0, 1)'").replace("trials: 4", "trials: 150"))
    (tmp_path / "train.py").write_text("import time\ndef train(x):\n    time.sleep(x / 10)\n    return x\n")
    rng, over = np.random.default_rng(0), threading.Event()

    def kill() -> None:
        while not over.wait(rng.uniform(0, 0.6)):
            for process in rng.permutation(psutil.Process().children()).tolist()[:1]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "spawn_main" in " ".join(process.cmdline()):
                        process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        table = searched(path)
    finally:
        over.set()
        killer.join()
    assert [status for status, _, _ in table.values()] == [Status.COMPLETE] * 150
    assert left(tmp_path) == []


def test_a_search_whose_first_trials_all_fail_alike_stops_with_the_reason_once(tmp_path: Path) -> None:
    path = config(tmp_path, "command", "pass")
    path.write_text(path.read_text().replace("[1, 2, 3, 4]", "'uniform(0, 1)'").replace("trials: 4", "trials: 40"))
    (tmp_path / "train.py").write_text(textwrap.dedent("import sys; sys.exit('no such data: ' + sys.argv[1])"))
    line = [sys.executable, "-m", "hpsearch", "run", str(path), "--runs", str(tmp_path / "runs")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("no such data") == 1
    with Store(tmp_path / "runs" / "kills") as store:
        assert 5 <= len(store.history().results) <= 7

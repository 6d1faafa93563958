"""What happens around a search changes nothing in it: many readers, a clock that is set back, any number of workers.

Bounded in the gate; in full with HPSEARCH_REPORTS=10000 pytest tests/test_undisturbed.py
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpsearch.cli import main
from hpsearch.engine.executors import InlineExecutor
from hpsearch.engine.loop import Search
from hpsearch.methods import Plan, make_method
from hpsearch.space import Space
from hpsearch.store import Store
from tests.conftest import Parabola, open_store

REPORTS = int(os.environ.get("HPSEARCH_REPORTS", "150"))

FUNCTION = "function: work:score"
COMMAND = 'command: [sh, -c, "echo score=$0", "{x}"]'
COMMON = """
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)'}
"""


def table(folder: Path) -> list[tuple[object, ...]]:
    with Store(folder) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


@pytest.mark.slow
def test_as_many_reports_as_trials_are_read_while_the_trials_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work.py").write_text("import time\ndef score(x):\n    time.sleep(0.1)\n    return x\n")
    (tmp_path / "search.yaml").write_text(f"{FUNCTION}{COMMON}search: {{trials: {REPORTS}}}\n")
    command = [sys.executable, "-m", "hpsearch", "run", "search.yaml", "--quiet", "--workers", "2"]
    writer = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while not _count(tmp_path / "runs" / "search") and writer.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    counts = []
    while len(counts) < REPORTS or writer.poll() is None:
        with pytest.raises(SystemExit) as stopped:
            main(["report", "search", "--top", "1"])
        out, err = capsys.readouterr()
        assert not stopped.value.code, err
        found = re.search(r"(\d+) complete", out)
        counts.append(int(found.group(1)) if found else 0)
    assert writer.wait(timeout=600) == 0
    assert counts == sorted(counts)
    assert len(set(counts)) > REPORTS // 5  # they were read while it went on
    assert len(table(tmp_path / "runs" / "search")) == REPORTS


def _count(folder: Path) -> int:
    if not (folder / "run.db").exists():
        return 0
    with Store(folder) as store:
        return len(store.history().results)


def test_a_clock_that_is_set_back_changes_nothing(
    tmp_path: Path, space: Space, parabola: Parabola, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(folder: Path) -> list[tuple[object, ...]]:
        for trials in (12, 30):  # the second start goes on where the first ended
            with open_store(folder) as store:
                method = make_method("random", Plan(space, 0, trials))
                for _ in Search(
                    method=method, objective=parabola, executor=InlineExecutor(), store=store, history=store.history()
                ):
                    pass
        return table(folder)

    right = searched(tmp_path / "right")
    now = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    assert searched(tmp_path / "back") == right


@pytest.mark.slow
@pytest.mark.parametrize("what", [FUNCTION, COMMAND])
def test_any_number_of_workers_runs_the_same_trials_of_own_code(tmp_path: Path, what: str) -> None:
    (tmp_path / "work.py").write_text("def score(x): return x\n")
    (tmp_path / "search.yaml").write_text(f"{what}{COMMON}search: {{trials: 40}}\n")
    tables = []
    for workers in ("1", "2", "8"):
        command = [sys.executable, "-m", "hpsearch", "run", "search.yaml", "--quiet", "--workers", workers]
        done = subprocess.run([*command, "--name", workers], cwd=tmp_path, check=False, timeout=300)
        assert done.returncode == 0
        tables.append(table(tmp_path / "runs" / workers))
    assert len(tables[0]) == 40
    assert tables[1] == tables[0]
    assert tables[2] == tables[0]

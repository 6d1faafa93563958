"""More trials, trials again, a second terminal."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpsearch.store import Store, running_process


def table(name: str = "small") -> list[tuple[object, ...]]:
    with Store(Path("runs", name)) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


def test_add_goes_on_with_the_same_search(finished, small: Path) -> None:
    before = table()
    outcome = finished("run", str(small), "--add", "4")
    assert outcome.code == 0
    assert "going on after 8 finished trials" in outcome.out
    after = table()
    assert after[:8] == before
    assert len(after) == 12
    small.write_text(small.read_text().replace("name: small", "name: twelve").replace("trials: 8", "trials: 12"))
    finished("run", str(small))
    assert [row[1] for row in table("twelve")] == [row[1] for row in after]


def test_what_was_added_stays(finished, small: Path) -> None:
    finished("run", str(small), "--add", "4")
    assert "all 12 trials are done" in finished("run", str(small)).out


def test_add_to_a_grid_is_refused(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("{trials: 8,", "{method: grid, grid: 2,"))
    assert cli("run", str(small)).code == 0
    outcome = cli("run", str(small), "--add", "4")
    assert outcome.code == 2
    assert "method grid has its trials given" in outcome.err


def test_retry_runs_trials_again_with_the_same_settings(finished) -> None:
    before = table()
    outcome = finished("retry", "small", "3", "5")
    assert outcome.code == 0
    assert [row[:2] for row in table()] == [row[:2] for row in before]
    assert "8 trials: 8 complete" in outcome.out


def test_retry_of_nothing_says_how_to_choose(finished) -> None:
    outcome = finished("retry", "small", "--failed")
    assert outcome.code == 2
    assert "no trials to run again: none of small is failed" in outcome.err
    assert "name some, or say --failed" in finished("retry", "small").err


def test_stop_of_a_run_that_does_not_run_says_so(finished) -> None:
    assert "small is not running" in finished("stop", "small").out


def test_watch_of_a_run_that_has_ended_shows_how_it_stands(finished) -> None:
    out = finished("watch", "small").out
    assert "8 trials: 8 complete" in out
    assert re.search(r"^rank +trial", out, re.MULTILINE)


def test_logs_of_a_trial_that_wrote_nothing_say_where_they_would_be(finished) -> None:
    outcome = finished("logs", "small", "1")
    assert outcome.code == 2
    assert "runs/small/trials/1" in outcome.err


@pytest.fixture
def running(cli, small: Path):  # noqa: ARG001  the command line changes to the empty folder
    """A search in another process that takes minutes if it is not stopped."""
    text = small.read_text().replace("epochs: 3", "epochs: 20").replace("trials: 8", "trials: 20000")
    small.write_text(text.replace("workers: inline", "workers: 1"))
    process = subprocess.Popen(
        [sys.executable, "-m", "hpsearch", "run", str(small)],
        cwd=small.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    folder = small.parent / "runs" / "small"
    deadline = time.monotonic() + 60
    while running_process(folder) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def test_stop_from_a_second_terminal_ends_a_run_as_ctrl_c_does(cli, running: subprocess.Popen[str]) -> None:
    outcome = cli("stop", "small")
    assert f"pid {running.pid}" in outcome.out
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130, out
    assert "type the same command again" in out


def test_reading_while_a_run_writes_disturbs_neither(cli, running: subprocess.Popen[str]) -> None:
    counts = []
    for _ in range(20):
        outcome = cli("report", "small", "--top", "2")
        assert outcome.code == 0, outcome.err
        found = re.search(r"small: (\d+) trials", outcome.out)
        assert found
        counts.append(int(found.group(1)))
    assert counts == sorted(counts)
    assert running.poll() is None

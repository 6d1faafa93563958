"""What Ctrl-C and kill do to a real process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from hpsearch.store import Store

CONFIG = """\
name: long
model: network
data: digits
parameters:
  learning_rate: loguniform(1e-3, 1e-1)
  units: lograndint(4, 64)
  layers: [1, 2]
  batch_size: [64, 128]
  epochs: 40
search: {trials: 40, seed: 2}
execution: {workers: 2}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "long.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """Whoever runs the tests may ignore hangups, as nohup does, and so would all that they start."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def start(config: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hpsearch", "run", str(config), *options]
    return subprocess.Popen(
        command, cwd=config.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def test_a_second_ctrl_c_while_the_first_one_s_end_is_near_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("import time\ndef train(x):\n time.sleep(0.05)\n return x\n")
    (tmp_path / "f.yaml").write_text(
        "function: f:train\nmetric: {name: m, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
        "search: {trials: 400}\nexecution: {workers: 2}\n"
    )
    for delay in (0.0, 0.02, 0.05, 0.06, 0.08):
        process = start(tmp_path / "f.yaml", "--new")
        time.sleep(0.9)
        for pause in (delay, 0.0):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            time.sleep(pause)
        output, _ = process.communicate(timeout=60)
        assert process.returncode in (130, -signal.SIGINT), output  # the very end leaves the signal to the system
        assert "Error" not in output


def finished(folder: Path) -> int:
    try:
        with Store(folder) as store:
            return len(store.history().results)
    except Exception:  # not there yet
        return 0


def wait_for_results(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not finished(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def table(folder: Path) -> list[tuple[object, ...]]:
    with Store(folder) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


def test_ctrl_c_lets_running_batches_finish_saves_all_and_says_how_to_go_on(config: Path) -> None:
    config.write_text(CONFIG.replace("epochs: 4", "epochs: 40"))
    process = start(config)
    folder = config.parent / "runs" / "long"
    wait_for_results(folder, process)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "type the same command again" in out
    assert "Traceback" not in out
    assert 0 < finished(folder) < 40
    again = start(config)
    out, _ = again.communicate(timeout=120)
    assert again.returncode == 0, out
    assert finished(folder) == 40


@pytest.mark.parametrize("option", [("--new",), ("--add", "20")])
def test_where_the_same_command_would_begin_more_ctrl_c_names_one_that_goes_on(
    config: Path, option: tuple[str, ...]
) -> None:
    config.write_text(CONFIG.replace("epochs: 4", "epochs: 40"))
    process = start(config, "--name", "mine", *option)
    wait_for_results(config.parent / "runs" / "mine", process)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "type `hpsearch run mine`" in out
    assert "same command" not in out


def test_ctrl_c_twice_stops_at_once(config: Path) -> None:
    config.write_text(CONFIG.replace("epochs: 4", "epochs: 3000"))
    process = start(config)
    deadline = time.monotonic() + 60
    while not (config.parent / "runs/long/run.db").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130, out
    assert "Traceback" not in out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_kill_and_a_closed_terminal_end_all_processes_in_order_and_no_trial_fails_of_it(
    config: Path, number: int, code: int
) -> None:
    config.write_text(CONFIG.replace("epochs: 4", "epochs: 40").replace("workers: 2", "workers: 2, retries: 0"))
    process = start(config)
    folder = config.parent / "runs" / "long"
    wait_for_results(folder, process)
    for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        with suppress(psutil.Error):
            one.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == code, out
    assert "Traceback" not in out
    with Store(folder) as store:
        assert {str(result.status) for result in store.history().results.values()} == {"complete"}


def test_a_search_outlives_whoever_read_its_output(config: Path) -> None:
    process = start(config)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert finished(config.parent / "runs" / "long") == 40


@pytest.mark.parametrize("how", ["<&- >&- 2>&-", "> /dev/full", "> out"])
def test_streams_that_are_closed_full_or_of_ascii_end_no_search(config: Path, how: str) -> None:
    line = f"exec {sys.executable} -m hpsearch run {config.name} --set parameters.units=[4,8] {how}"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(["sh", "-c", line], cwd=config.parent, env=environment, timeout=60, check=False)  # noqa: S607
    assert done.returncode == 0
    assert finished(config.parent / "runs" / "long") == 40


def test_ctrl_c_while_modules_are_imported_is_one_line(config: Path) -> None:
    for i in range(8):
        process = start(config)
        time.sleep(0.1 + 0.05 * i)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 130, out
        assert "Traceback" not in out


def test_a_report_that_cannot_be_written_says_so(config: Path) -> None:
    start(config).communicate(timeout=60)
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "hpsearch", "report", "long"]
        done = subprocess.run(
            command, cwd=config.parent, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device [S104]\n")


def test_a_search_killed_at_any_moment_goes_on_to_the_table_of_an_undisturbed_one(config: Path) -> None:
    whole = start(config, "--name", "whole")
    out, _ = whole.communicate(timeout=120)
    assert whole.returncode == 0, out
    kills = 0
    for delay in (0.0, 0.05, 0.15):
        process = start(config)
        wait_for_results(config.parent / "runs" / "long", process)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        kills += process.returncode == -signal.SIGKILL
    assert kills
    last = start(config)
    out, _ = last.communicate(timeout=120)
    assert last.returncode == 0, out
    assert table(config.parent / "runs/long") == table(config.parent / "runs/whole")


def test_a_second_run_on_the_same_folder_is_refused_with_the_pid_of_the_first(config: Path) -> None:
    long = ("--set", "search.trials=20000")
    first = start(config, *long)
    wait_for_results(config.parent / "runs" / "long", first)
    second = start(config, *long)
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert re.search(rf"pid {first.pid}, since ", out)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)


def test_an_interrupted_confirmation_gives_no_verdict_and_goes_on_with_the_same_command(config: Path) -> None:
    (config.parent / "slow.py").write_text(
        "import time\n\n\ndef train(x, seed):\n    time.sleep(0.2)\n    return {'loss': x + seed % 7 / 1e6}\n"
    )
    config.write_text(
        "name: long\nfunction: slow:train\nmetric: {name: loss, goal: minimize}\n"
        "parameters: {x: 'uniform(0, 1)'}\nsearch: {trials: 4}\nexecution: {workers: 2}\n"
    )
    out, _ = start(config).communicate(timeout=60)
    command = [sys.executable, "-m", "hpsearch", "confirm", "long", "--top", "3", "--replicates", "5"]
    folder = config.parent / "runs" / "long"
    process = subprocess.Popen(
        command, cwd=config.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not replicates(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "repetitions left to confirm. To go on, type the same command again" in out
    assert "winner" not in out
    again = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 0, again.stderr
    assert "better than the other 2" in again.stdout
    assert replicates(folder) == 15


def replicates(folder: Path) -> int:
    with Store(folder) as store:
        return sum(number > 0 for row in store.history().replicates.values() for number in row)


@pytest.mark.parametrize(("trap", "ignored"), [("trap '' HUP; ", 1), ("", 0)])
def test_what_a_trial_starts_ignores_hangups_where_the_search_does(tmp_path: Path, trap: str, ignored: int) -> None:
    (tmp_path / "told.py").write_text("import signal\nprint('score:', int(signal.getsignal(1) is signal.SIG_IGN))\n")
    (tmp_path / "told.yaml").write_text(
        f'command: [{sys.executable}, told.py, "{{x}}"]\nmetric: {{name: score, goal: maximize}}\n'
        'parameters: {x: "uniform(0, 1)"}\nsearch: {trials: 2}\nexecution: {workers: 1}\n'
    )
    line = f"{trap}exec {sys.executable} -m hpsearch run told.yaml --quiet"
    assert subprocess.run(["sh", "-c", line], cwd=tmp_path, timeout=60, check=False).returncode == 0  # noqa: S607
    with Store(tmp_path / "runs" / "told") as store:
        assert {result.metrics["score"] for result in store.history().results.values()} == {ignored}

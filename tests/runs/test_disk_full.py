"""A disk that fills up in mid-write: a clear stop, no trial judged by output that was cut off, and it goes on later."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hpsearch.errors import StoreError
from hpsearch.objectives import Objective
from hpsearch.objectives.command.program import Program
from hpsearch.objectives.command.running import CommandObjective
from hpsearch.objectives.function.running import FunctionObjective, VectorizedObjective
from hpsearch.store import Store
from hpsearch.trial import Job, Metric, Trial

TRIALS = 120
COMMAND = 'command: [sh, -c, "echo score=$0", "{x}"]'
FUNCTION = "function: work:score"
COMMON = f"""
metric: {{name: score, goal: maximize}}
parameters: {{x: 'uniform(0, 1)'}}
search: {{trials: {TRIALS}}}
execution: {{workers: 2}}
"""


def table(folder: Path) -> list[tuple[object, ...]]:
    with Store(folder) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


def search(place: Path, name: str, largest: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    """Run the search; `largest`: bytes that any file may have, beyond which a write fails as on a full disk."""
    return subprocess.run(
        [sys.executable, "-m", "hpsearch", "run", "search.yaml", "--name", name],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", [COMMAND, FUNCTION])
def test_a_search_that_runs_out_of_space_says_so_and_goes_on_to_the_undisturbed_table(
    tmp_path: Path, what: str
) -> None:
    (tmp_path / "search.yaml").write_text(what + COMMON)
    (tmp_path / "work.py").write_text("def score(x): return x\n")
    assert search(tmp_path, "whole").returncode == 0
    counts = [0]
    for largest in (100_000, 250_000):
        cut = search(tmp_path, "cut", largest)
        assert cut.returncode == 1
        assert "what was finished before is safe" in cut.stderr + cut.stdout
        assert "Traceback" not in cut.stderr
        with Store(tmp_path / "runs" / "cut") as store:
            counts.append(len(store.history().results))
    assert counts == sorted(counts)
    assert 0 < counts[-1] < TRIALS
    assert search(tmp_path, "cut").returncode == 0
    assert table(tmp_path / "runs" / "cut") == table(tmp_path / "runs" / "whole")


NETWORK = """
model: network
data: {name: blobs, points: 60}
parameters: {learning_rate: 'loguniform(1e-3, 1)', units: 512, batch_norm: false, epochs: 1}
search: {trials: 4}
execution: {workers: inline}
"""


def test_a_best_network_for_which_there_is_no_room_ends_the_search_in_order_and_it_goes_on_later(
    tmp_path: Path,
) -> None:
    (tmp_path / "search.yaml").write_text(NETWORK)
    assert search(tmp_path, "whole").returncode == 0
    cut = search(tmp_path, "cut", 500_000)  # the network has a million bytes
    assert cut.returncode == 1
    assert "best.npz: cannot be written: File too large" in cut.stderr
    assert "what was finished before is safe" in cut.stderr
    assert "Traceback" not in cut.stderr
    assert not list((tmp_path / "runs" / "cut").glob("best.npz*"))
    assert search(tmp_path, "cut").returncode == 0
    assert table(tmp_path / "runs" / "cut") == table(tmp_path / "runs" / "whole")
    best = [(tmp_path / "runs" / name / "best.npz").read_bytes() for name in ("cut", "whole")]
    assert best[0] == best[1]


def objectives(place: Path, body: str) -> list[Objective]:
    metric = Metric("score")
    (place / "full.py").write_text(f"def score(x):\n    {body}\n")
    line = (sys.executable, "-c", f"def score(x):\n    {body}\nprint('score', score({{x}}), sep='=')")
    return [
        CommandObjective(Program(line), metric, place / "run", place),
        FunctionObjective("full:score", metric, place / "run", place),
        VectorizedObjective("full:score", metric, place / "run", place),
    ]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_trial_that_fails_while_the_disk_is_full_is_no_failure_but_ends_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    (tmp_path / "run").mkdir()
    objective = objectives(tmp_path, "raise RuntimeError('cannot write')")[which]
    batch = [Job(Trial(1, 1, {"x": 0.5}, 0))]
    assert objective(batch)[0].status.is_failure
    full = SimpleNamespace(f_blocks=10**6, f_bfree=3, f_bavail=3, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    with pytest.raises(StoreError, match="the disk is full"):
        objective(batch)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_trial_s_folder_for_which_there_is_no_space_ends_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    (tmp_path / "run").mkdir()
    objective = objectives(tmp_path, "return x")[which]

    def no_space(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", no_space)
    with pytest.raises(StoreError, match="the disk is full"):
        objective([Job(Trial(1, 1, {"x": 0.5}, 0))])

"""The function of docs/your-code.md that can be carried on: in parts it is what it is at once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hpsearch.objectives.function.calling import load
from hpsearch.store import Store
from hpsearch.trial import Status
from tests.docs.transcript import ROOT, files_of

FILES = files_of((ROOT / "docs" / "your-code.md").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def train(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield load("descent:train", folder)
    sys.modules.pop("descent")


def search(folder: Path, *words: str) -> None:
    line = [sys.executable, "-m", "hpsearch", *words]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["train", "fit"])
@pytest.mark.parametrize("method", ["halving", "population"])
def test_it_is_carried_on_to_what_it_is_at_once(
    folder: Path, train: Callable[..., Any], name: str, method: str
) -> None:
    text = FILES["descent.yaml"].replace("descent:train #", f"descent:{name} #")
    (folder / "c.yaml").write_text(
        text.replace("population, members: 6", "halving, trials: 9").replace("interval", "min")
        if method == "halving"
        else text
    )
    search(folder, "run", "c.yaml", "-q")
    with Store(folder / "runs" / "c") as store:
        history, curves = store.history(), store.curves()
    assert {result.status for result in history.results.values()} == {Status.PAUSED, Status.COMPLETE}
    whole = [t for t in history.trials if t.parent is None and history.results[t.number].status is Status.COMPLETE]
    assert whole
    for trial in whole:
        losses = [report["loss"] for report in train(**trial.params, seed=trial.seed, until=12)]
        assert history.results[trial.number].metrics["loss"] == losses[-1]
        shown = curves[trial.number]
        steps = [int(step) for step in shown.get("step", range(1, 13))]
        assert name == "fit" or steps == [*range(1, 13)]
        assert len(steps) > 1
        assert shown["loss"] == pytest.approx([losses[step - 1] for step in steps], rel=1e-6)  # stored with 7 digits

from pathlib import Path

import pytest
from rich.console import Console

from hpsearch.config import read_config
from hpsearch.engine import loop
from hpsearch.runs import open_run
from hpsearch.trial import Job, Result, Status, Trial
from hpsearch.views.live import LiveView, PlainView, Tally

CONFIG = """\
name: small
model: network
data: {name: blobs, points: 120}
parameters: {learning_rate: "loguniform(1e-3, 1)"}
search: {trials: 8}
"""


def test_the_live_view_says_that_the_search_is_stopping_from_the_moment_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    out = Console(width=80, force_terminal=True)
    with open_run(read_config(CONFIG, source="small.yaml", folder=tmp_path), tmp_path) as run:
        view = LiveView(out, run, lambda: " ".join(said))

        def shown() -> str:
            with out.capture() as captured:
                out.print(view.frame())
            return captured.get()

        assert "Stopping" not in shown()
        said.append("Stopping")
        assert "Stopping" in shown()


def test_a_trial_counts_once_and_replicates_are_no_trials(tmp_path: Path) -> None:
    with open_run(read_config(CONFIG, source="small.yaml", folder=tmp_path), tmp_path) as run:
        tally = Tally(run)
        trials = [Trial(number, 1, {"learning_rate": 0.1}, 0) for number in range(1, 9)]
        for trial in trials:
            tally.add([(Job(trial, until=1), Result(Status.PAUSED, {"val_accuracy": 0.5}))])
            tally.add([(Job(trial), Result(Status.COMPLETE, {"val_accuracy": 0.1 * trial.number}))])
        better = tally.add([(Job(trials[0], replicate=2), Result(Status.COMPLETE, {"val_accuracy": 1.0}))])
    assert not better
    assert tally.counts == {"complete": 8}
    assert [trial.number for trial, _ in tally.top] == [8, 7, 6, 5, 4]
    assert "left" not in tally.pace()


def test_more_results_than_were_expected_leave_no_time_below_zero(tmp_path: Path) -> None:
    with open_run(read_config(CONFIG, source="small.yaml", folder=tmp_path), tmp_path) as run:
        tally = Tally(run)
        for number in range(1, 25):
            tally.add([(Job(Trial(number, 1, {}, 0)), Result(Status.COMPLETE, {"val_accuracy": 0.5}))])
    assert "left" not in tally.pace()


HELD = """\
import os, time
from pathlib import Path


def train(x):
    for epoch in range(3):
        while os.environ["HPSEARCH_TRIAL"] == "5" and not Path({go!r}).exists():
            time.sleep(0.01)
        yield {{"score": x * epoch}}
"""


def test_workers_that_early_stopping_lets_wait_are_said_to_wait_and_for_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TICK", 0.05)
    go = tmp_path / "go"
    (tmp_path / "held.py").write_text(HELD.format(go=str(go)))
    config = """\
name: small
function: held:train
metric: {name: score, goal: maximize}
parameters: {x: "uniform(0, 1)"}
search: {trials: 30}
early_stop: {rule: median}
execution: {workers: 2}
"""
    out, awaited = Console(width=120), []
    with out.capture() as printed, open_run(read_config(config, source="h.yaml", folder=tmp_path), tmp_path) as run:
        view = PlainView(out, run)
        for done in run.arrivals():
            view.show(done)
            if run.awaited and not done:
                awaited.append(run.awaited)
                if len(awaited) == 3:
                    go.touch()
        assert run.awaited is None
    assert set(awaited[:3]) == {5}
    assert printed.get().count("free workers wait for trial 5,") == 1
    assert len(run.history.results) == 30

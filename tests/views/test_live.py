import itertools
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from hpsearch.config import read_config
from hpsearch.engine import loop
from hpsearch.report import findings
from hpsearch.runs import open_run
from hpsearch.trial import Job, Result, Status, Trial
from hpsearch.views.live import LiveView, PlainView, Tally
from hpsearch.views.report import print_end

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


WIDE = """\
name: wide
command: [python, -c, "{last} {a_name_that_takes_room} {another_name_that_takes_room} {yet_another_one_that_does}"]
metric: {name: loss, goal: minimize}
parameters:
  a_name_that_takes_room: uniform(0, 1)
  another_name_that_takes_room: uniform(0, 1)
  yet_another_one_that_does: uniform(0, 1)
  last: uniform(0, 1)
search: {trials: 60}
"""


def test_where_not_all_columns_fit_those_that_matter_stay_while_a_search_runs_and_when_it_ends(tmp_path: Path) -> None:
    config, out, rng = (
        read_config(WIDE, source="wide.yaml", folder=tmp_path),
        Console(width=42),
        np.random.default_rng(3),
    )
    with open_run(config, tmp_path) as run:
        view, heads = LiveView(out, run), []
        for number in range(1, 61):
            params = {name: float(rng.random()) for name in config.space.axes}
            job, result = Job(Trial(number, 1, params, 0)), Result(Status.COMPLETE, {"loss": 10 * params["last"]})
            run.history.add(job)
            run.history.finish(job, result)
            view.tally.add([(job, result)])
            with out.capture() as captured:
                out.print(view.render())
            heads.append("last" in captured.get())
        with out.capture() as captured:
            print_end(out, run)
    assert (heads[0], heads[-1]) == (False, True)
    assert sum(before != after for before, after in itertools.pairwise(heads)) == 1
    assert "last" in captured.get().partition("60 trials")[0]


def test_columns_of_a_report_are_in_one_order_whatever_is_asked_of_it(tmp_path: Path) -> None:
    config, rng = read_config(WIDE, source="wide.yaml", folder=tmp_path), np.random.default_rng(3)
    with open_run(config, tmp_path) as run:
        for number in range(1, 61):
            params = {name: float(rng.random()) for name in config.space.axes}
            job = Job(Trial(number, 1, params, 0))
            run.store.add_batches([[job]])
            run.store.finish([(job, Result(Status.COMPLETE, {"loss": 10 * params["last"]}))])
        assert {findings(run.store, insight=insight).important[0] for insight in (True, False)} == {"last"}

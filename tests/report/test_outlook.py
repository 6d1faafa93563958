"""What is expected of trials that run or are paused, and of which nothing is said."""

from pathlib import Path

import pytest

from hpsearch.config import Config, read_config
from hpsearch.history import History
from hpsearch.objectives import Running
from hpsearch.report.outlook import outlook
from hpsearch.trial import Job, Metric, Result, Status, Trial

LOSS = [0.2 + 1.5 * t**-0.8 for t in range(1, 61)]
METRIC = "metric: {name: val_loss, goal: minimize}"
RATE = "parameters: {learning_rate: {distribution: loguniform, min: 0.001, max: 1}"
NETWORK = f"model: network\ndata: digits\n{METRIC}\n{RATE}, epochs: 60}}"
COMMAND = f"command: echo --lr {{learning_rate}}\n{METRIC}\n{RATE}}}"


def of(text: str) -> Config:
    return read_config(text, source="c.yaml", folder=Path())


def known(status: Status = Status.PAUSED, until: int | None = 20) -> tuple[History, Trial]:
    trial = Trial(1, 1, {"learning_rate": 0.1, "epochs": 60}, 0, end=60)
    history, job = History(Metric("val_loss", "minimize")), Job(trial, until=until)
    history.add(job)
    history.finish(job, Result(status, {"val_loss": LOSS[19]}))
    return history, trial


def runs(curve: list[float], step: int, replicate: int = 0) -> Running:
    return Running(1, replicate, 0.0, 1, step, curve[-1], tuple(curve))


@pytest.mark.parametrize("text", [NETWORK, COMMAND], ids=["network", "command"])
def test_a_paused_trial_is_forecast_to_its_end(text: str) -> None:
    found = outlook(of(text), *known(), LOSS[:20])
    assert found is not None
    assert found.end == 60
    assert abs(found.value - LOSS[-1]) < 0.02


def test_several_reports_an_epoch_are_told_by_where_the_trial_has_come_to() -> None:
    many = [0.2 + 1.5 * (t / 10) ** -0.8 for t in range(10, 210)]
    found = outlook(of(COMMAND), *known(), many)
    assert found is not None
    assert abs(found.value - LOSS[-1]) < 0.04


def test_so_is_one_that_runs_from_its_beginning_or_on_from_where_it_was() -> None:
    history, trial = known()
    whole = outlook(of(NETWORK), history, trial, [], runs(LOSS[:30], 30))
    carried = outlook(of(NETWORK), history, trial, LOSS[:20], runs(LOSS[20:30], 30))
    assert whole is not None
    assert whole == carried


@pytest.mark.parametrize(
    ("text", "status", "until", "running", "before"),
    [
        (NETWORK, Status.COMPLETE, None, None, LOSS[:20]),
        (NETWORK, Status.STOPPED, None, None, LOSS[:20]),
        (NETWORK, Status.PAUSED, 3, None, LOSS[:3]),
        (NETWORK, Status.PAUSED, 20, runs(LOSS[:30], 30, replicate=1), []),
        (NETWORK, Status.PAUSED, 20, runs(LOSS[20:30:2], 30), LOSS[:20]),
        (COMMAND, Status.PAUSED, 20, runs(LOSS[:30], 30), []),
    ],
    ids=["complete", "stopped", "too few", "another seed", "with gaps", "steps of a program"],
)
def test_of_others_nothing_is_said(
    text: str, status: Status, until: int | None, running: Running | None, before: list[float]
) -> None:
    assert outlook(of(text), *known(status, until), before, running) is None

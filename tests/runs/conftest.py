"""A finished search of a function that writes its own checkpoints, and its run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hpsearch.config import read_config
from hpsearch.methods import Forks, Plan
from hpsearch.runs import Run, open_run

MODULE = """
import json
from pathlib import Path

def train(lr, until, checkpoint_in, checkpoint_out):
    state = json.loads((Path(checkpoint_in) / "state").read_text()) if checkpoint_in else {"w": 0.0, "epoch": 0}
    while state["epoch"] < (until or 6):
        state = {"w": state["w"] + lr * (1 - state["w"]), "epoch": state["epoch"] + 1}
        if lr < 0.002 and state["epoch"] == 4:
            raise ValueError("lr is too small")
        yield {"score": state["w"]}
    if checkpoint_out:
        (Path(checkpoint_out) / "state").write_text(json.dumps(state))

def plain(lr, until, checkpoint_in, checkpoint_out):
    return list(train(lr, until, checkpoint_in, checkpoint_out))[-1]
"""
CONFIG = """
name: own
function: own_module:train
metric: {name: score, goal: maximize}
parameters: {lr: "loguniform(1e-3, 1)"}
search: {method: points, points: [{lr: 0.1}, {lr: 0.5}, {lr: 0.001}]}
execution: {workers: inline}
"""


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Run]:
    """Opens a run of that config, with some of its words replaced, for writing."""
    (tmp_path / "own_module.py").write_text(MODULE)

    def call(**words: str) -> Run:
        text = CONFIG
        for old, new in words.items():
            text = text.replace(old, new)
        return open_run(read_config(text, source="own", folder=tmp_path), tmp_path / "runs")

    return call


@pytest.fixture
def own(opened: Callable[..., Run]) -> Run:
    """That run, finished: trials 1 and 2 are complete, 3 failed at epoch 4."""
    run = opened()
    for _ in run.arrivals():
        pass
    return run


def forks_done(run: Run) -> None:
    """Train what was forked."""
    for _ in run.arrivals(method=Forks(Plan(run.config.space))):
        pass

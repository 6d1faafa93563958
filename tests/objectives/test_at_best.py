"""`metric: {at: best}`: the same rule for networks, commands and functions."""

import io
import sys
from pathlib import Path

import pytest

from hpsearch import nn
from hpsearch.data import DataSource, prepare
from hpsearch.objectives.command.program import Program
from hpsearch.objectives.command.running import CommandObjective
from hpsearch.objectives.function.running import FunctionObjective
from hpsearch.objectives.network.training import NetworkObjective
from hpsearch.objectives.recorder import Recorder, verdict
from hpsearch.trial import Job, Metric, Result, Status, Trial

REPORTS = [(0.5, 3.0), (0.9, 2.0), (0.9, 1.0), (0.7, 4.0)]
CODE = "".join(f"print('acc: {acc} loss: {loss}')\n" for acc, loss in REPORTS)
FUNCTION = f"def train(x):\n    for acc, loss in {REPORTS}:\n        yield {{'acc': acc, 'loss': loss}}\n"


def job() -> Job:
    return Job(Trial(1, 1, {"x": 1}, 0))


def of_a_command(metric: Metric, folder: Path) -> Result:
    (folder / "train.py").write_text(CODE)
    program = Program((sys.executable, str(folder / "train.py"), "{x}"))
    return CommandObjective(program, metric, folder / "run", folder)([job()])[0]


def of_a_function(metric: Metric, folder: Path) -> Result:
    module = f"best_{folder.name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(FUNCTION)
    return FunctionObjective(f"{module}:train", metric, folder / "run", folder)([job()])[0]


@pytest.mark.parametrize("kind", [of_a_command, of_a_function])
@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric("acc"), (0.7, 4.0)),
        (Metric("acc", at="best"), (0.9, 2.0)),
        (Metric("loss", "minimize", "best"), (0.9, 1.0)),
    ],
)
def test_the_metrics_of_a_program_are_those_of_one_moment(kind, metric, expected, tmp_path):
    result = kind(metric, tmp_path)
    assert result.status is Status.COMPLETE
    assert (result.metrics["acc"], result.metrics["loss"]) == expected
    assert next(iter(result.metrics)) == metric.name


def test_what_ends_in_nan_has_diverged_whatever_its_best_was():
    recorder = Recorder(Metric("acc", at="best"))
    for value in (0.5, float("nan")):
        recorder.add({"acc": value})
    assert verdict(recorder, 0.0).status is Status.DIVERGED


def test_the_network_that_is_kept_is_that_of_the_epoch_that_counts(tmp_path):
    data, params = DataSource(name="blobs"), {"epochs": 12, "learning_rate": 0.5, "units": 4, "dropout": 0.5}
    source = prepare(data)
    found = {}
    for at in ("last", "best"):
        objective = NetworkObjective(data, Metric("val_loss", "minimize", at), tmp_path / at)
        (result,) = objective([Job(Trial(1, 1, params, 4))])
        assert result.model is not None
        loss, accuracy = nn.evaluate(nn.load(io.BytesIO(result.model)), source.validation)
        assert result.metrics["val_loss"] == pytest.approx(loss, rel=1e-4)
        assert result.metrics["val_accuracy"] == pytest.approx(accuracy)
        found[at] = result
    curve = found["best"].curve["val_loss"]
    assert curve == found["last"].curve["val_loss"]
    assert found["best"].metrics["val_loss"] == min(curve) < curve[-1] == found["last"].metrics["val_loss"]

"""The screen of one model: what it says of where the model is going, and how much room it takes."""

from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from hpsearch.config import read_config
from hpsearch.runs import open_run
from hpsearch.runs.babysitting import Babysitter, begun
from hpsearch.views.babysitting import Screen, draw

CONFIG = """
model: network
data: {name: blobs, points: 120}
metric: val_loss
parameters:
  learning_rate: loguniform(1e-4, 1)
  units: randint(2, 6)
  batch_size: 16
  epochs: 30
execution: {workers: inline}
"""


def drawn(model: Babysitter) -> list[str]:
    out = Console(file=StringIO(), width=80, height=24)
    out.print(draw(out, model, Screen()))
    assert isinstance(out.file, StringIO)
    return out.file.getvalue().splitlines()


@pytest.mark.parametrize(("every", "speaks"), [(3, False), (12, True), (30, False)])
def test_where_the_model_goes_is_said_in_a_line_once_it_can_be(tmp_path: Path, every: int, speaks: bool) -> None:
    config = read_config(CONFIG, source="c.yaml", folder=Path())
    with open_run(config, tmp_path) as run, closing(run.executor()) as executor:
        model = Babysitter(run, executor, begun(run, {}, None), every)
        for _ in model.advance():
            pass
        lines = drawn(model)
        assert len(lines) <= 24
        assert sum("expected at epoch 30: 0." in line and " ± 0." in line for line in lines) == speaks
        if speaks:
            model.turn("learning_rate", 0.5)
            assert not any("expected" in line for line in drawn(model)), "what is turned goes elsewhere"

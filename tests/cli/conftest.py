"""A small search that takes a fraction of a second, and the command line called in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hpsearch.cli import main

SMALL = """\
name: small
model: network
data: {name: blobs, points: 120}
parameters:
  learning_rate: loguniform(1e-3, 1)
  units: [4, 8]
  layers: 1
  epochs: 3
search: {trials: 8, seed: 1}
execution: {workers: inline}
"""


@dataclass
class Outcome:
    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Call hpsearch in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> Outcome:
        with pytest.raises(SystemExit) as stopped:
            main(args)
        code = stopped.value.code or 0
        captured = capsys.readouterr()
        return Outcome(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def finished(cli: Cli, small: Path) -> Cli:
    """The command line, in a folder where the small search has been run."""
    outcome = cli("run", str(small))
    assert outcome.code == 0, outcome.err
    return cli

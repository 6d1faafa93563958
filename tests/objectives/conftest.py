"""Commands whose program is a few lines of Python in a temporary folder, and what is read of lines."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpsearch.objectives.command.output import LineReader
from hpsearch.objectives.command.program import Program
from hpsearch.objectives.command.running import CommandObjective
from hpsearch.trial import Job, Metric, Trial

Command = Callable[..., CommandObjective]


def job(number: int = 1, **params: Any) -> Job:
    return Job(Trial(number, 1, params, seed=5))


def reports(printed: str, metric: str) -> tuple[LineReader, list[tuple[float, float | None]]]:
    """What is read of the metric in lines that `⏎` ends, by value and step."""
    reader, found = LineReader(metric), []
    for line in printed.split("⏎"):
        values, step = reader.read(line.encode())
        found += [(values[metric], step)] if metric in values else []
    return reader, found


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`command(code, *arguments)`: an objective that runs this Python code; its metric is `score`."""

    def made(code: str, *arguments: str, timeout: float | None = 30, goal: str = "maximize", **more: Any):
        script = tmp_path / "train.py"
        script.write_text(textwrap.dedent(code))
        program = Program((sys.executable, str(script), *arguments), **more)
        return CommandObjective(program, Metric("score", goal), tmp_path / "run", tmp_path, timeout)

    return made

"""How a space is shown before anything runs."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from hpsearch.config import read_config
from hpsearch.views.space import print_space


def shown(parameter: str) -> str:
    head = 'command: [echo, m=1, "${args}"]\nmetric: {name: m, goal: minimize}\n'
    text = f"{head}parameters: {{x: {parameter}, y: [1, 2]}}"
    out = io.StringIO()
    print_space(Console(file=out, width=200), read_config(text, source="c.yaml", folder=Path()))
    (line,) = [line for line in out.getvalue().splitlines() if line.startswith("x ")]
    return line


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("[null, cosine]", "null, cosine"),
        ('["null", null]', "'null', null"),
        ('["08", "1e5", 8, true, "true"]', "'08', '1e5', 8, true, 'true'"),
        ('["", "a, b"]', "'', 'a, b'"),
        ("[[64, 32], [128]]", "[64, 32], [128]"),
        ('"randint(1, 1000000)"', "1 to 1000000"),
        ('"lograndint(1, 123456789)"', "1 to 123456789"),
        ('"uniform(0, 1000000, 250000)"', "0 to 1000000 step 250000"),
        ('"loguniform(1e-5, 1e6)"', "1e-05 to 1000000"),
    ],
)
def test_values_are_shown_as_a_config_writes_them(parameter: str, words: str) -> None:
    assert f" {words} " in shown(parameter)

"""How a space is shown before anything runs."""

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
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


WIDE = """\
command: [echo, m=1, "${args}"]
metric: {name: 精度, goal: minimize}
parameters:
  学習率: loguniform(1e-4, 1)
  מקדם: uniform(0, 1)
  "\u0065\u0301tage": [狐, שלום, "a\u0300\u0301b", 🦊]
  隠れ層_の_ユニット_数: {distribution: lograndint, min: 8, max: 1024, when: {"\u0065\u0301tage": 狐}}
"""


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_a_parameter_depends_on_is_shown_on_a_narrow_screen_too(width: int) -> None:
    out = Console(file=io.StringIO(), width=width)
    print_space(out, read_config(WIDE, source="c.yaml", folder=Path()))
    lines = out.file.getvalue().splitlines()
    assert any("exists when" in line for line in lines)
    assert any(line.endswith('["狐"]') for line in map(str.rstrip, lines))
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    values = [line for line in lines if "0.0001 to 1" in line or "0 to 1 " in line]
    assert len({cell_len(line[: re.search("0(.0001)? to", line).start()]) for line in values}) == 1


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("{trials: 1000}", "random search: 1,000 trials"),
        ("{time: 1h}", "random search: no fixed number of trials"),
        ("{method: halving, trials: 9, max: 9}", "halving search: 9 trials"),
        ("{method: halving, max: 9, asynchronous: true, time: 1h}", "halving search: no fixed number of trials"),
        ("{method: hyperband, max: 9}", "hyperband search: 17 trials"),
        ("{method: population, max: 9}", "population search: no fixed number of trials"),
    ],
)
def test_how_many_trials_there_will_be_is_said_where_somebody_knows_it(search: str, words: str) -> None:
    head = "function: math:sqrt\nmetric: {name: m, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
    out = io.StringIO()
    print_space(Console(file=out, width=200), read_config(f"{head}search: {search}", source="c.yaml", folder=Path()))
    assert out.getvalue().splitlines()[-1].startswith(f"{words}, ")

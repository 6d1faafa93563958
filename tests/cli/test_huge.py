"""Runs whose metrics lie at the ends of what a float holds: every command that reads them ends as usual."""

from pathlib import Path

import pytest

CONFIG = """\
function: f:train
metric: {name: m, goal: GOAL}
parameters: {lr: "loguniform(1e-4, 1)", depth: "randint(1, 5)"}
search: {trials: 24}
execution: {workers: inline}
"""
FUNCTIONS = {
    "huge where it is bad": "lr if lr < 0.1 else 1e180 * depth",
    "at the end of floats": "1.7e308 * (1 if lr < 0.1 else -1) / depth",
    "squares overflow": "1e154 * lr",
    "tiny": "1e-200 * lr",
    "all equal": "1e308",
    "one finite": "1e308 if depth == 1 and lr < 0.01 else float('inf')",
    "no number": "float('nan')",
    "of all kinds": "[float('inf'), float('-inf'), float('nan'), -1e308, lr][depth - 1]",
}


@pytest.mark.parametrize("goal", ["minimize", "maximize"])
@pytest.mark.parametrize("value", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_command_that_reads_a_run_of_extreme_metrics_ends_as_usual(cli, tmp_path: Path, value: str, goal: str):
    (tmp_path / "f.py").write_text(f"def train(lr, depth):\n    for _ in range(6):\n        yield {value}\n")
    config = tmp_path / "c.yaml"
    config.write_text(CONFIG.replace("GOAL", goal))
    ran = cli("run", str(config))
    assert "Traceback" not in ran.err
    some = ran.code == 0
    for args in (("report",), ("report", "--format", "findings"), ("show", "c", "1"), ("watch", "c"), ("ls",)):
        assert cli(*args).code == 0
    assert cli("confirm", "c", "--top", "2", "--replicates", "2").code == (0 if some else 1)
    assert cli("report").code == 0
    assert cli("zoom", "c", "--dry-run").code == (0 if some else 1)
    assert cli("plan", str(config), "--trials", "3").code == 0

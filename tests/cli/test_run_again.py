"""`run` without a config file, without running, and with the environment's changes."""

from pathlib import Path

import pytest

CONFIG = """\
command: [sh, -c, 'echo "loss=$0"', "{x}"]
metric: {name: loss, goal: minimize}
parameters: {x: "uniform(0, 1)"}
search: {trials: 6}
execution: {workers: inline}
"""


@pytest.fixture
def made(cli):
    Path("c.yaml").write_text(CONFIG)
    return cli


def test_a_run_goes_on_without_its_config_file(made):
    made("run", "c.yaml", "--set", "search.trials=3")
    Path("c.yaml").unlink()
    assert "all 3 trials are done" in made("run", "c").out
    assert made("run", "c", "--set", "search.trials=5").code == 0
    assert "all 5 trials are done" in made("run", "c").out
    assert made("run", "runs/c").code == 0
    assert made("run", "c", "--new").code == 0
    assert Path("runs/c-2").is_dir()


def test_a_dry_run_shows_what_would_run_and_writes_nothing(made):
    out = made("run", "c.yaml", "--dry-run").out
    lines = [line for line in out.splitlines() if " sh -c " in line]
    assert len(lines) == 5
    assert "of 6 trials; nothing was run" in out
    assert not Path("runs").exists()
    made("run", "c.yaml", "--set", "search.trials=2")
    assert "sh -c 'echo" in made("show", "c", "1").out
    again = made("run", "c.yaml", "--dry-run").out
    assert "goes on after 2 finished trials" in again
    assert [line for line in again.splitlines() if " sh -c " in line][:3] == lines[2:]
    made("run", "c.yaml")
    assert "There is nothing to run" in made("run", "c.yaml", "--dry-run").out


def test_a_dry_run_of_a_new_run_is_of_the_name_that_it_would_have(made):
    made("run", "c.yaml")
    lines = [line for line in made("run", "c.yaml", "--dry-run", "--new").out.splitlines() if " sh -c " in line]
    assert len(lines) == 5
    assert all("/runs/c-2/trials/" in line for line in lines)
    made("run", "c.yaml", "--new")
    assert lines[0] in made("show", "c-2", "1").out


def test_the_line_that_is_shown_is_the_line_that_runs(made):
    out = made("run", "c.yaml", "--dry-run").out
    made("run", "c.yaml")
    line = made("best", "c", "--format", "command").out.strip()
    assert line in made("show", "c", "2").out + "".join(made("show", "c", str(n)).out for n in range(1, 7))
    assert line in out or line.split(" sh -c ")[1] not in out  # the sixth is not among the first five


def test_the_environment_changes_a_config_and_the_command_line_has_the_last_word(made, monkeypatch):
    monkeypatch.setenv("HPSEARCH_SET", "search.trials=2; x=uniform(0, 0.5) ;")
    assert "2 trials: 2 complete" in made("run", "c.yaml").out
    assert "3 trials: 3 complete" in made("run", "c.yaml", "--set", "search.trials=3").out
    monkeypatch.setenv("HPSEARCH_SET", "search.trails=2")
    assert "--set search.trails=2" in made("run", "c.yaml").err

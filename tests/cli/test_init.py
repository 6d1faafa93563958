from pathlib import Path

import pytest

from hpsearch.config import load_config
from hpsearch.methods import MOST_TRIALS, suggestion
from hpsearch.objectives import HYPERPARAMETERS


@pytest.fixture(autouse=True)
def _table(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    rows = [f"{i % 11},{i % 5},{'red' if i % 2 else 'blue'},{'xyz'[i % 3]}" for i in range(200)]
    path.write_text("\n".join(["a,b,colour,species", *rows]) + "\n")


def test_init_writes_a_valid_config_for_a_table_that_follows_the_tiers(cli) -> None:
    outcome = cli("init", "flowers.csv", "--target", "species")
    assert outcome.code == 0
    text = Path("flowers.yaml").read_text()
    assert "200 rows, 4 inputs, 3 classes" in text
    names = [parameter.name for parameter in load_config(Path("flowers.yaml")).space.parameters]
    tiers = [HYPERPARAMETERS[name].tier for name in names if HYPERPARAMETERS[name].tier and name != "optimizer"]
    assert tiers == sorted(tiers)
    assert names[0] == "learning_rate"


def test_the_config_runs(cli) -> None:
    cli("init", "flowers.csv", "--target", "species")
    options = ("--set", "search.trials=3", "--set", "epochs=2", "--workers", "inline")
    assert cli("run", "flowers.yaml", *options).code == 0


def test_without_a_target_the_columns_are_listed(cli) -> None:
    outcome = cli("init", "flowers.csv")
    assert outcome.code == 2
    assert "--target, one of: a, b, colour, species" in outcome.err


def test_a_file_that_is_there_is_not_overwritten(cli) -> None:
    Path("flowers.yaml").write_text("mine")
    assert cli("init", "flowers.csv", "--target", "species").code == 2
    assert Path("flowers.yaml").read_text() == "mine"
    assert cli("init", "flowers.csv", "--target", "species", "--force").code == 0


def test_plan_says_how_many_trials_fit(cli, small: Path) -> None:
    outcome = cli("plan", str(small), "--time", "1h", "--trials", "4")
    assert outcome.code == 0
    assert "4 trials in " in outcome.out
    assert "trials fit into 60 min" in outcome.out or "trials fit into 1 h" in outcome.out
    assert not Path("runs").exists()


def test_a_wrong_time_is_refused(cli, small: Path) -> None:
    outcome = cli("plan", str(small), "--set", "search.time=2h", "--trials", "4")
    assert "fit into 2 h 00 min" in outcome.out
    assert "the 8 trials of the config take about" in outcome.out
    outcome = cli("plan", str(small), "--time", "soon")
    assert outcome.code == 2
    assert "--time must be a time such as 90s, 30m or 2h, got 'soon'" in outcome.err


@pytest.mark.parametrize(("fit", "word"), [(3, "panda"), (30, "caviar"), (400, "coarse to fine")])
def test_what_fits_decides_how_to_search(fit: int, word: str) -> None:
    assert suggestion(fit, dimensions=5).startswith(word)


def test_a_place_that_cannot_be_written_is_said(cli) -> None:
    outcome = cli("init", "-o", "nowhere/search.yaml")
    assert outcome.code == 1
    assert "nowhere/search.yaml: cannot be written: No such file or directory" in outcome.err


def test_no_more_trials_are_suggested_than_a_config_may_ask_for() -> None:
    assert suggestion(10**15, dimensions=2).endswith(f"search.trials={MOST_TRIALS}")

"""`check` and `run` tell what a data file gave, and refuse it alike."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from hpsearch.cli import options


def config(small: Path, text: str, target="kind", more="") -> None:
    Path("data.csv").write_text(text)
    source = f"{{path: data.csv, target: {target}{more}}}"
    small.write_text(small.read_text().replace("{name: blobs, points: 120}", source))


def rows(form: str, count=40) -> str:
    return "".join(form.format(i=i, square=i * i, few=i % 3, kind="pppq"[i % 4]) + "\n" for i in range(count))


def test_check_says_what_becomes_of_rows_columns_and_classes(cli, small: Path) -> None:
    text = "a,b,c,d,kind,\n" + rows("{square},t{few},{few},7,{kind},") + ",,,,,\n"
    config(small, text, more=", drop: c")
    out = cli("check", str(small)).out
    assert "data.csv: 40 rows, 5 inputs, 2 classes (largest 0.75), 24/8/8 for training/validation/test" in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in (
        "kind target",
        "a number",
        "b 3 inputs, text: t0, t1, t2",
        "c left out: `drop:`",
        "d number",
        "Unnamed: 5 left out: no name and no value",
        "classes: p 30, q 10; always guessing p has a val_accuracy of 0.7500",
        "the same in every row to train on, so of no use: d",
        "rows without any value, left out: 1",
    ):
        assert line in lines


def test_what_guessing_scores_is_what_a_network_that_learns_nothing_scores(cli, small: Path) -> None:
    config(small, "a,kind\n" + rows("1,{kind}"))
    assert "has a val_accuracy of 0.7500" in cli("check", str(small)).out
    report = cli("run", str(small), "--set", "search.trials=1", "--set", "epochs=40").out
    assert "best val_accuracy 0.7500" in report


def test_many_columns_are_told_by_their_kinds(cli, small: Path) -> None:
    names = [f"gene{i}" for i in range(50)]
    numbers = np.random.default_rng(0).integers(0, 9, (40, 50))
    lines = [",".join([*map(str, row), "uv"[i // 2 % 2], "pq"[i % 2]]) for i, row in enumerate(numbers)]
    config(small, "\n".join([",".join([*names, "word", "kind"]), *lines]))
    lines = [" ".join(line.split()) for line in cli("check", str(small)).out.splitlines()]
    assert "50 number: gene0, gene1, gene2, gene3 and 46 more" in lines
    assert "1 text, 2 inputs: word" in lines


def test_the_time_for_many_columns_grows_with_their_number_and_not_with_its_square(cli, small: Path) -> None:
    text = ",".join(f"gene{i}" for i in range(10_000)) + ",kind\n"
    config(small, text + "".join(",".join([str(row % 7)] * 10_000) + f",{'pq'[row % 2]}\n" for row in range(20)))
    begin = time.process_time()
    assert "10,000 number: gene0" in " ".join(cli("check", str(small)).out.split())
    assert time.process_time() - begin < 8  # a second or two


def test_data_without_columns_is_told_in_a_line(cli, small: Path) -> None:
    out = cli("check", str(small)).out
    assert "blobs: 120 rows, 2 inputs, 3 classes (largest 0.33), 72/24/24 for training/validation/test" in out
    assert "becomes" not in out


def test_run_begins_with_what_the_data_gave(cli, small: Path) -> None:
    line = "blobs: 120 rows, 2 inputs, 3 classes (largest 0.33), 72/24/24 for training/validation/test\n"
    assert cli("run", str(small)).out.startswith(line)
    assert cli("run", str(small), "--new", "--quiet").out == ""


REFUSED = {
    "a missing value": ("a,kind\n" + rows("{i},{kind}").replace("7,", ",", 1), "path", "'a' (1 of 40"),
    "a quantity": ("a,kind\n" + rows("{i},{square}.5"), "target", "a quantity"),
    "one class": ("a,kind\n" + rows("{i},p"), "target", "every row has the class 'p'"),
    "a mistyped target": ("a,kin\n" + rows("{i},{kind}"), "target", "did you mean `kin`?"),
    "a row too long": ("a,kind\n" + rows("{i},{kind}") + "1,p,2\n", "path", "line 42"),
    "too few rows": ("a,kind\n" + rows("{i},{kind}", 8), "path", "too few rows of class 'q'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_check_and_run_refuse_rows_alike_and_at_their_place_in_the_config(name, cli, small: Path) -> None:
    text, key, message = REFUSED[name]
    config(small, text)
    outcomes = [cli(command, str(small)) for command in ("check", "run", "plan")]
    assert len({outcome.err for outcome in outcomes}) == 1
    assert {outcome.code for outcome in outcomes} == {2}
    line = next(i for i, line in enumerate(small.read_text().splitlines(), 1) if line.startswith("data:"))
    assert outcomes[0].err.startswith(f"{small}:{line}:")
    assert f"data.{key}: " in outcomes[0].err
    assert message in outcomes[0].err
    assert not Path("runs/small").exists()


def test_rows_are_refused_along_with_the_other_mistakes(cli, small: Path) -> None:
    config(small, "a,kind\n" + rows("{i},p"))
    err = cli("check", str(small), "--set", "units=0").err
    assert "every row has the class" in err
    assert "parameters.units must be" in err


def test_a_pipe_is_refused_at_once(cli, small: Path) -> None:
    config(small, "")
    Path("data.csv").unlink()
    os.mkfifo("data.csv")
    for command in ("check", "run"):
        assert "data.csv: is not a regular file but a pipe" in cli(command, str(small)).err


def test_a_long_read_says_that_it_goes_on(cli, small: Path, monkeypatch) -> None:
    monkeypatch.setattr(options, "_PATIENCE", 0.0)
    config(small, "a,kind\n" + rows("{i},{kind}", 20_000))
    assert cli("check", str(small)).err == f"reading {small} and the data that it names ...\n"


def test_check_says_how_momentum_and_l2_are_meant_where_they_are_searched(cli, small: Path) -> None:
    plain = cli("check", str(small)).out
    assert "beta" not in plain
    more = ["--set", "optimizer=momentum", "--set", "momentum=[0.8, 0.9]", "--set", "l2=0.01"]
    out = cli("check", str(small), *more).out
    assert "momentum is beta of v = beta v + (1 - beta) g" in out
    assert "l2 is coupled" in out
    assert "gamma, beta and biases are free" in out


def test_check_says_which_report_is_a_trial_s_result_where_some_are_stopped(cli, small: Path) -> None:
    assert "what it reports last, stopped early or not" in cli("check", str(small), "--set", "early_stop=median").out
    assert "stopped early" not in cli("check", str(small)).out

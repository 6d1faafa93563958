"""A config that is edited between two starts: what goes on, what begins a new round, what is refused."""

import csv
import io
import re
from pathlib import Path

import pytest

from hpsearch.store import Store

BASE = """\
name: e
command: [sh, -c, 'echo loss=$HPSEARCH_TRIAL; echo acc={x}', '${args}']
metric: {name: loss, goal: minimize}
parameters:
  x: uniform(0, 1)
  k: [1, 2]
search: {trials: 10, seed: 3}
execution: {workers: inline}
"""


@pytest.fixture
def run(cli):
    """`run(*changes, *options)`: the config with its texts exchanged, two and two; what came of it."""

    def go(*changes: tuple[str, str], options: tuple[str, ...] = (), base: str = BASE):
        text = base
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        Path("e.yaml").write_text(text)
        return cli("run", "e.yaml", *options)

    return go


def table(cli, name: str = "e") -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(cli("report", name, "--format", "csv").out))
    return sorted(rows, key=lambda row: int(row["trial"]))


def settings(cli, name: str = "e") -> list[tuple[str, str, str]]:
    return [(row["trial"], row["x"], row["k"]) for row in table(cli, name)]


YES = ("--yes",)


@pytest.mark.parametrize(
    "change",
    [
        ("inline}", "inline, timeout: 1m}"),
        ("seed: 3}", "seed: 3, time: 1h}"),
        ("seed: 3}", "seed: 3, confirm: {top: 1, replicates: 2}}"),
        ("execution:", "early_stop: median\nexecution:"),
    ],
)
def test_what_decides_no_trial_just_goes_on(run, change):
    assert run().code == 0
    if "timeout" in change[1]:
        change = ("inline}", "1, timeout: 1m}")
    assert run(change).code == 0


def test_more_trials_are_those_of_a_search_that_had_them_at_once(run, cli):
    run()
    outcome = run(("trials: 10", "trials: 16"))
    assert outcome.code == 0
    assert "search.trials: was 10, is now 16" in outcome.out
    run(("trials: 10", "trials: 16"), options=("--name", "whole"))
    assert settings(cli) == settings(cli, "whole")
    assert len(table(cli)) == 16


def test_the_number_in_the_config_is_the_total_whatever_was_added(run, cli):
    run()
    run(options=("--add", "3"))
    assert len(table(cli)) == 13
    run(("trials: 10", "trials: 15"))
    assert len(table(cli)) == 15
    run(("trials: 10", "trials: 12"))
    assert len(table(cli)) == 15


@pytest.mark.parametrize("method", ["random", "coarse_to_fine"])
def test_another_range_is_a_new_round_in_which_old_trials_count_where_they_lie(method, run, cli):
    base = BASE.replace("seed: 3", f"seed: 3, method: {method}")
    run(base=base)
    old = table(cli)
    inside = sum(float(row["x"]) <= 0.5 for row in old)
    refused = run(("uniform(0, 1)", "uniform(0, 0.5)"), base=base)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert table(cli) == old
    outcome = run(("uniform(0, 1)", "uniform(0, 0.5)"), options=YES, base=base)
    assert outcome.code == 0
    assert f"{inside} of 10 trials lie in the new space" in outcome.out
    new = table(cli)
    assert len(new) == 10 + (10 - inside)
    assert [row["x"] for row in new[:10]] == [row["x"] for row in old]
    assert all(float(row["x"]) <= 0.5 for row in new[10:])
    assert "nothing to run" in run(("uniform(0, 1)", "uniform(0, 0.5)"), base=base).out


def test_what_is_left_of_the_trials_is_said_before_a_new_round(run, cli):
    run()
    outcome = run(("uniform(0, 1)", "uniform(0, 4)"), options=YES)
    assert "10 of 10 trials lie in the new space, and count; 0 are left of 10 (`search.trials`, --add N)" in outcome.out
    assert len(table(cli)) == 10
    assert "null" not in cli("report", "e", "--rounds").out
    run(("uniform(0, 1)", "uniform(0, 4)"), options=("--add", "5"))
    rows = table(cli)
    assert len(rows) == 15
    assert max(float(row["x"]) for row in rows[10:]) > 1


def test_another_space_is_searched_where_patience_had_ended_the_search(run, cli):
    base = BASE.replace("trials: 10", "patience: 4")  # the first trial has the least loss
    assert "after 5 trials" in run(base=base).out
    outcome = run(("uniform(0, 1)", "uniform(0, 4)"), options=YES, base=base)
    assert "after 9 trials: 4 without a better one since trial 5" in outcome.out
    assert len(table(cli)) == 9


def test_a_target_counts_for_trials_that_lie_in_the_new_space(run, cli):
    base = BASE.replace("loss=$HPSEARCH_TRIAL", "loss={x}").replace("trials: 10", "trials: 40, target: 0.25")
    run(base=base)
    reached = len(table(cli))
    outcome = run(("uniform(0, 1)", "uniform(0.23, 0.3)"), options=YES, base=base)
    rows = table(cli)
    assert 0.23 <= float(rows[-1]["x"]) <= 0.25
    assert len(rows) > reached
    outcome = run(("uniform(0, 1)", "uniform(0, 2)"), options=YES, base=base)
    assert f"of trial {reached} reaches the target" in outcome.out
    assert table(cli) == rows


def test_trials_past_the_end_of_the_search_are_not_deleted_unsaid(run, cli):
    run()
    assert "after 4 of 10 trials" in run(("seed: 3", "seed: 3, patience: 3")).out
    asked = run(("uniform(0, 1)", "uniform(0, 4)"), options=("--dry-run",)).out
    assert "4 of 4 trials lie in the new space, and count; 6 are left of 10 (`search.trials`, --add N); 6 fin" in asked
    assert "6 finished trials past the end of the search do not count and are deleted" in " ".join(asked.split())
    run()
    assert len(table(cli)) == 10  # they count again


def test_only_trials_that_have_run_count(run, cli):
    run()
    with Store(Path("runs/e"), write=True) as store:
        for number in range(7, 11):  # as after a kill
            store.put_back([number])
        store._db.execute("DELETE FROM results WHERE trial > 6")
    outcome = run(("uniform(0, 1)", "uniform(0, 4)"), options=YES)
    assert "6 of 6 trials lie in the new space, and count; 4 are left of 10" in outcome.out
    assert len(table(cli)) == 10
    assert max(float(row["x"]) for row in table(cli)) > 1


@pytest.mark.parametrize("method", ["random", "coarse_to_fine"])
def test_points_that_are_added_before_a_method_that_has_begun_are_tried(method, run, cli):
    base = BASE.replace("trials: 10", f"trials: 10, method: {method}, points: [{{x: 0.5, k: 1}}]")
    run(base=base)
    more = (("k: 1}]", "k: 1}, {x: 0.75, k: 2}]"), ("trials: 10", "trials: 12"))
    assert "--yes" in run(*more, base=base).err
    assert run(*more, options=YES, base=base).code == 0
    assert [row["x"] for row in table(cli)].index("0.75") == 10
    assert len(table(cli)) == 12


def test_what_the_report_says_to_paste_can_be_pasted(run, cli):
    base = BASE.replace("echo loss=$HPSEARCH_TRIAL", "echo loss=$((7 - $0))").replace("'${args}'", "'{k}', '{x}'")
    base = base.replace("[1, 2]", "randint(1, 5)").replace("trials: 10", "trials: 40")
    run(base=base)
    lines = [line.strip() for line in cli("report", "e").out.splitlines()]
    (pasted,) = [line for line in lines if line.startswith("k: randint(")]
    assert run(("k: randint(1, 5)", pasted), ("trials: 40", "trials: 45"), options=YES, base=base).code == 0
    assert len(table(cli)) == 45


def test_a_dry_run_of_an_edit_shows_what_the_edit_would_run(run, cli):
    run()
    change = (("uniform(0, 1)", "uniform(5, 6)"), ("trials: 10", "trials: 3"))
    shown = run(*change, options=("--dry-run",)).out
    assert "0 of 10 trials lie in the new space" in shown
    assert len(table(cli)) == 10
    run(*change, options=YES)
    assert all(f"echo acc={row['x']}" in shown for row in table(cli)[10:])
    refused = run(("seed: 3", "seed: 4"), options=("--dry-run",))
    assert refused.code == 2
    assert refused.err.startswith("runs/e was started with another config [S102]:\n")
    assert "search.seed: was 3, is now 4" in refused.err


def test_a_grid_that_grows_runs_what_is_new(run, cli):
    base = BASE.replace("uniform(0, 1)", "[1, 2, 3]").replace("trials: 10", "method: grid")
    run(base=base)
    assert len(table(cli)) == 6
    assert run(("[1, 2, 3]", "[1, 2, 3, 4]"), options=YES, base=base).code == 0
    rows = settings(cli)
    assert len(rows) == 8
    assert len({row[1:] for row in rows}) == 8
    assert "nothing to run" in run(("[1, 2, 3]", "[1, 2, 3, 4]"), options=YES, base=base).out


def test_points_may_be_added_to_and_exchanged(run, cli):
    base = BASE.replace("trials: 10", "method: points, points: p.csv")
    Path("p.csv").write_text("x,k\n0.1,1\n0.2,2\n")
    run(base=base)
    Path("p.csv").write_text("x,k\n0.1,1\n0.2,2\n0.3,1\n")
    assert run(base=base).code == 0
    assert [row["x"] for row in table(cli)] == ["0.1", "0.2", "0.3"]
    Path("p.csv").write_text("x,k\n0.9,1\n0.2,2\n")
    assert run(base=base).code == 2
    assert run(base=base, options=YES).code == 0
    assert [row["x"] for row in table(cli)] == ["0.1", "0.2", "0.3", "0.9"]


def test_another_method_goes_on_in_a_new_round(run, cli):
    run()
    assert run(("seed: 3", "seed: 3, method: coarse_to_fine"), ("trials: 10", "trials: 20"), options=YES).code == 0
    assert len(table(cli)) == 20


def test_what_a_new_parameter_was_may_be_said(run, cli):
    assert run().code == 0
    new = ("k: [1, 2]", "k: [1, 2]\n  m: [0, 5]")
    outcome = run(new, ("trials: 10", "trials: 14"), options=("--yes", "--was", "m=0"))
    assert "10 of 10 trials lie in the new space" in outcome.out
    rows = table(cli)
    assert [row["m"] for row in rows[:10]] == ["0"] * 10
    assert len(rows) == 14
    assert run(new, options=("--yes", "--was", "q=0")).code == 0  # nothing has changed any more


@pytest.mark.parametrize("constant", ["m: {value: 0.1}", "m: 0.1", "m: {distribution: constant, value: 0.1}"])
def test_a_constant_that_becomes_a_range_is_what_the_trials_had(constant, run, cli):
    base = BASE.replace("k: [1, 2]", f"k: [1, 2]\n  {constant}")
    run(base=base)
    change = ((constant, "m: {distribution: uniform, min: 0, max: 0.5}"), ("trials: 10", "trials: 14"))
    assert "--was" not in run(*change, base=base).err
    assert "10 of 10 trials lie in the new space" in run(*change, options=YES, base=base).out
    assert [row["m"] for row in table(cli)[:10]] == ["0.1"] * 10
    assert len(table(cli)) == 14


def test_a_new_parameter_that_nobody_knows_leaves_old_trials_out(run, cli):
    run()
    new = ("k: [1, 2]", "k: [1, 2]\n  m: [0, 5]")
    assert "--was m=...  with --yes: what old trials had of it" in run(new).err
    wrong = run(new, options=("--yes", "--was", "q=0"))
    assert wrong.code == 2
    assert "--was q" in wrong.err
    assert "0 of 10 trials lie" in run(new, options=YES).out
    assert len(table(cli)) == 20


def test_what_a_network_had_by_default_is_known(cli, finished, small: Path):
    small.write_text(small.read_text().replace("  layers: 1\n", "  layers: 1\n  dropout: uniform(0, 0.5)\n"))
    outcome = finished("run", str(small), "--yes", "--set", "search.trials=10")
    assert "8 of 8 trials lie in the new space" in outcome.out
    rows = csv.DictReader(io.StringIO(cli("report", "small", "--format", "csv").out))
    assert sum(row["dropout"] in ("0", "0.0") for row in rows) == 8


def test_another_metric_that_all_trials_have_ranks_them_anew(run, cli):
    run()
    outcome = run(("{name: loss, goal: minimize}", "{name: acc, goal: maximize}"))
    assert outcome.code == 0
    ranked = list(csv.DictReader(io.StringIO(cli("report", "e", "--format", "csv").out)))
    values = [float(row["acc"]) for row in ranked]
    assert values == sorted(values, reverse=True)


def test_another_metric_than_the_one_that_trials_were_stopped_by_is_refused(cli):
    Path("st.py").write_text("def train(x):\n  for i in range(20):\n    yield {'a': x + 1 / (i + 1), 'b': 1 - x}\n")
    text = (
        "function: st:train\nmetric: {name: a, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
        "search: {trials: 30}\nearly_stop: median\nexecution: {workers: inline}\n"
    )
    Path("s.yaml").write_text(text)
    assert "stopped" in cli("run", "s.yaml").out
    Path("s.yaml").write_text(text.replace("name: a", "name: b").replace("early_stop: median\n", ""))
    refused = cli("run", "s.yaml", "--yes")
    assert refused.code == 2
    assert "metric.name" in refused.err


@pytest.mark.parametrize(
    "change",
    [
        ("seed: 3", "seed: 4"),
        ("echo acc", "echo bcc"),
        ("{name: loss, goal: minimize}", "{name: nothing, goal: minimize}"),
        ("goal: minimize}", "goal: minimize, at: best}"),
    ],
)
def test_what_would_make_old_results_mean_something_else_is_refused(run, cli, change):
    run()
    before = table(cli)
    outcome = run(change, options=YES)
    assert outcome.code == 2
    assert "--new" in outcome.err
    assert "--yes" not in outcome.err
    assert table(cli) == before


def test_a_run_that_was_edited_is_zoomed_and_reported_as_it_is_now(run, cli):
    run()
    run(("uniform(0, 1)", "uniform(0, 4)"), ("trials: 10", "trials: 30"), options=YES)
    assert "uniform(0, 4)" in cli("report", "e", "--rounds").out
    assert cli("zoom", "e", "--trials", "3", "--yes").code == 0
    assert len(table(cli)) == 33


def test_workers_of_a_zoom_are_for_that_time(run, cli):
    run(("workers: inline", "workers: 2"))
    assert cli("zoom", "e", "--trials", "2", "--yes", "--workers", "inline").code == 0
    with Store(Path("runs/e")) as store:
        assert store.facts().document["execution"] == {"workers": 2}


def test_another_command_is_shown_as_it_is_typed_and_of_a_long_one_what_differs(cli, tmp_path) -> None:
    text = "command: {{line: [echo, '{long} {word}', '{{x}}'], booleans: pair}}\nmetric: {{name: m, goal: minimize}}\n"
    text += "parameters: {{x: 'uniform(0, 1)'}}\nsearch: {{trials: 1}}\n"
    (tmp_path / "c.yaml").write_text(text.format(long="", word="m=1"))
    cli("run", "c.yaml")
    (tmp_path / "c.yaml").write_text(text.format(long="", word="m=2"))
    refused = cli("run", "c.yaml", "--yes").err
    assert "command.line: was echo ' m=1' '{x}' (booleans: pair), is now echo ' m=2' '{x}' (booleans: pair)" in refused
    (tmp_path / "d.yaml").write_text(text.format(long=200 * "y", word="m=1"))
    cli("run", "d.yaml")
    (tmp_path / "d.yaml").write_text(text.format(long=200 * "y", word="m=2"))
    assert re.search(r"was \.\.\.y+ m=1' .*, is now \.\.\.y+ m=2' ", cli("run", "d.yaml", "--yes").err)

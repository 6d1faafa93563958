import json
import re
from pathlib import Path

import pytest

from hpsearch.config import load_config
from hpsearch.store import Round, Store

WIDE = """\
name: wide
model: network
data: {name: blobs, points: 120}
parameters:
  learning_rate: loguniform(1e-7, 10)
  units: [4, 8]
  epochs: 5
search: {trials: 40, seed: 1}
execution: {workers: inline}
"""


@pytest.fixture
def wide(cli, tmp_path: Path):
    (tmp_path / "wide.yaml").write_text(WIDE)
    assert cli("run", "wide.yaml").code == 0
    return cli


def rounds() -> dict[int, Round]:
    with Store(Path("runs/wide")) as store:
        return store.rounds()


def history():
    with Store(Path("runs/wide")) as store:
        return store.history()


def test_zoom_searches_the_narrower_region_in_a_new_round_of_the_same_run(wide) -> None:
    assert wide("zoom", "--trials", "10", "--yes").code == 0
    spec = rounds()[2].space["learning_rate"]
    new = [trial for trial in history().trials if trial.round == 2]
    assert len(new) == 10
    assert [trial.number for trial in new] == list(range(41, 51))
    assert spec["min"] > 1e-7
    assert all(spec["min"] <= trial.params["learning_rate"] <= spec["max"] for trial in new)


def test_dry_run_only_prints_what_would_be_searched(wide) -> None:
    outcome = wide("zoom", "--dry-run")
    assert outcome.code == 0
    assert re.search(r"learning_rate narrowed: loguniform\(1e-07, 10\) -> loguniform", outcome.out)
    assert "●" in outcome.out
    assert list(rounds()) == [1]
    assert len(history()) == 40


def test_a_zoomed_run_goes_on_with_the_zoom_and_not_with_the_old_space(wide) -> None:
    wide("zoom", "--trials", "10", "--yes")
    outcome = wide("run", "wide.yaml")
    assert "all 50 trials are done; nothing to run" in outcome.out


def test_from_round_goes_back(wide) -> None:
    wide("zoom", "--trials", "10", "--yes", "--set", "learning_rate=loguniform(1e-7, 1e-5)")
    assert rounds()[2].space["learning_rate"]["max"] == 1e-5
    outcome = wide("zoom", "--from-round", "1", "--trials", "5", "--yes")
    assert outcome.code == 0
    assert rounds()[3].origin == 1
    assert rounds()[3].space["learning_rate"]["max"] > 1e-5


def test_write_makes_a_config_that_is_valid_and_holds_the_region(wide) -> None:
    outcome = wide("zoom", "--write", "refined.yaml", "--trials", "7")
    assert outcome.code == 0
    config = load_config(Path("refined.yaml"))
    assert config.search.trials == 7
    assert config.space["learning_rate"].distribution.spec()["min"] > 1e-7
    assert "# " in Path("refined.yaml").read_text()
    assert len(history()) == 40


def test_zoom_writes_over_no_file_unless_it_is_told_to(wide) -> None:
    Path("mine.yaml").write_text("mine")
    refused = wide("zoom", "--write", "mine.yaml")
    assert (refused.code, Path("mine.yaml").read_text()) == (2, "mine")
    assert "--force" in refused.err
    assert wide("zoom", "--write", "mine.yaml", "--force").code == 0
    assert "parameters" in Path("mine.yaml").read_text()


def test_a_name_that_is_no_parameter_is_refused(wide) -> None:
    outcome = wide("zoom", "--set", "lr=loguniform(1e-3, 1)")
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


def test_a_round_that_is_not_there_is_refused(wide) -> None:
    outcome = wide("zoom", "--from-round", "9")
    assert outcome.code == 2
    assert "rounds 1 to 1" in outcome.err


def test_zoom_before_any_trial_says_there_is_nothing_to_zoom_to(cli) -> None:
    assert cli("zoom").code == 2


def test_the_lineage_shows_each_round_with_what_changed(wide) -> None:
    wide("zoom", "--trials", "10", "--yes")
    out = wide("report", "--rounds").out
    assert re.search(r"1 +40 +[01]\.\d{4}", out)
    assert re.search(r"2 +10 +[01]\.\d{4} +[01]\.\d{4} +zoomed from round 1 +learning_rate loguniform", out)


def test_trials_of_all_rounds_rank_together(wide) -> None:
    wide("zoom", "--trials", "10", "--yes")
    table = json.loads(wide("report", "--format", "json").out)
    values = [row["val_accuracy"] for row in table]
    assert values == sorted(values, reverse=True)
    assert {row["round"] for row in table} == {1, 2}


def test_a_run_ends_by_saying_what_zoom_would_do(wide) -> None:
    out = wide("run", "wide.yaml", "--new").out
    assert re.search(r"Zoom would take learning_rate to .*:\n +hpsearch zoom wide-2", out)


def test_the_report_says_that_the_learning_rate_matters_and_more_than_the_units(wide) -> None:
    out = wide("report").out
    order = re.findall(r"^(learning_rate|units) .*%", out, re.MULTILINE)
    assert order == ["learning_rate", "units"]
    assert "Is more search worth it?" in out
    assert "Random or grid" not in out  # a grid over two values of the one would have had twenty of the other


def test_coarse_to_fine_runs_unattended_and_notes_its_rounds(cli, tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(WIDE.replace("{trials: 40,", "{method: coarse_to_fine, trials: 40,"))
    assert cli("run", "wide.yaml").code == 0
    last = max(trial.round for trial in history().trials)
    assert last > 2
    assert list(rounds()) == list(range(1, last + 1))


def test_confirm_ranks_the_best_by_their_mean_over_fresh_seeds(wide) -> None:
    outcome = wide("confirm", "--top", "3", "--replicates", "3")
    assert outcome.code == 0
    with Store(Path("runs/wide")) as store:
        found, ranking = store.history().replicates, store.history().ranking()
    assert sorted(found) == sorted(ranking[:3])
    assert all(sorted(row) == [1, 2, 3] for row in found.values())
    means = {n: sum(row[r].metrics["val_accuracy"] for r in (1, 2, 3)) / 3 for n, row in found.items()}
    shown = re.findall(r"^ +(\d+) +([01]\.\d{4}) ", outcome.out, re.MULTILINE)
    assert {int(number): float(mean) for number, mean in shown} == {n: round(mean, 4) for n, mean in means.items()}
    assert "winner" in outcome.out


def test_confirm_again_runs_only_what_is_missing(wide) -> None:
    wide("confirm", "--top", "2", "--replicates", "2")
    with Store(Path("runs/wide")) as store:
        before = store.history().replicates
    wide("confirm", "--top", "2", "--replicates", "4")
    with Store(Path("runs/wide")) as store:
        after = store.history().replicates
    assert all(after[n][r] == result for n, row in before.items() for r, result in row.items())
    assert all(len(row) == 4 for row in after.values())


def test_best_prefers_the_confirmed_winner(wide) -> None:
    wide("confirm", "--top", "4", "--replicates", "4")
    winner = re.search(r"^ +(\d+) .*winner", wide("report").out, re.MULTILINE)
    assert winner
    with Store(Path("runs/wide")) as store:
        params = store.history().trial(int(winner.group(1))).params
    assert json.loads(wide("best", "--format", "json").out) == params


def test_replicates_are_no_trials(wide) -> None:
    wide("confirm", "--top", "2", "--replicates", "2")
    assert len(history()) == 40
    assert "all 40 trials are done" in wide("run", "wide.yaml").out


def test_a_config_can_ask_for_confirmation_at_the_end(cli, tmp_path: Path) -> None:
    text = WIDE.replace("{trials: 40,", "{trials: 6, confirm: {top: 2, replicates: 3},")
    (tmp_path / "wide.yaml").write_text(text)
    outcome = cli("run", "wide.yaml")
    assert outcome.code == 0
    assert "Confirmed with other seeds" in outcome.out
    with Store(Path("runs/wide")) as store:
        assert {number: sorted(row) for number, row in store.history().replicates.items()} == {
            number: [1, 2, 3] for number in store.history().ranking()[:2]
        }


def test_the_number_of_rounds_can_be_chosen(cli, tmp_path: Path) -> None:
    text = WIDE.replace("{trials: 40,", "{method: coarse_to_fine, rounds: 3, trials: 40,")
    (tmp_path / "wide.yaml").write_text(text)
    assert cli("run", "wide.yaml").code == 0
    assert {trial.round for trial in history().trials} == {1, 2, 3}


def test_rounds_without_coarse_to_fine_are_refused(cli, tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(WIDE.replace("{trials: 40,", "{trials: 40, rounds: 3,"))
    outcome = cli("run", "wide.yaml")
    assert outcome.code == 2
    assert "`rounds` is for `method: coarse_to_fine`" in outcome.err


def test_points_tried_first_do_not_hide_the_rounds_of_coarse_to_fine(cli, tmp_path: Path) -> None:
    points = "points: [{learning_rate: 0.01, units: 8}]"
    text = WIDE.replace("{trials: 40,", f"{{method: coarse_to_fine, rounds: 3, {points}, trials: 30,")
    (tmp_path / "wide.yaml").write_text(text)
    assert cli("run", "wide.yaml").code == 0
    assert history().trials[0].params["learning_rate"] == 0.01
    assert set(rounds()) == {trial.round for trial in history().trials} == {1, 2, 3}


def test_fewer_trials_than_a_zoom_has_made_are_all_there_already(wide) -> None:
    assert wide("zoom", "--trials", "10", "--yes").code == 0
    outcome = wide("run", "wide.yaml", "--set", "search.trials=12")
    assert outcome.code == 0
    assert "50 trials are done, 12 are asked for; nothing to run" in outcome.out
    assert "going on" not in outcome.out
    assert "going on" in wide("retry", "wide", "3").out
    assert len(history()) == 50

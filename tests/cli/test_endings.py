"""What ends a search beside a number of trials: a target, patience, time, a moment."""

import csv
import io
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hpsearch.store import Store

TRAIN = """
import os, time
def train(x):
    with open("ran.txt", "a") as file:
        file.write(os.environ.get("HPSEARCH_TRIAL", "?") + "\\n")
    time.sleep({})
    return x
"""
CONFIG = "function: slow:train\nmetric: {{name: y, goal: minimize}}\nparameters: {{x: 'uniform(0, 1)'}}\nsearch: {}\n"


@pytest.fixture
def search(cli):
    """`search(settings, *options)`: run it; what came of it."""

    def run(settings: str, *options: str, sleep: str = "0.3 * (1 - x) ** 8"):
        Path("slow.py").write_text(TRAIN.format(sleep))
        Path("s.yaml").write_text(CONFIG.format(settings))
        return cli("run", "s.yaml", *options)

    return run


def rows(cli, name: str = "s") -> list[tuple[str, str]]:
    """Trials and values in their rank."""
    table = csv.DictReader(io.StringIO(cli("report", name, "--format", "csv").out))
    return [(row["trial"], row["y"]) for row in table]


@pytest.mark.parametrize("settings", ["{target: 0.05}", "{patience: 6}", "{target: 0.001, patience: 9, trials: 300}"])
def test_the_table_is_the_same_with_one_worker_and_many(settings, search, cli):
    tables = []
    for workers in ("1", "4"):
        assert search(settings, "--workers", workers, "--name", f"s{workers}").code == 0
        tables.append(rows(cli, f"s{workers}"))
    assert tables[0] == tables[1]
    assert len(tables[0]) > 4


def test_a_target_that_is_reached_ends_it_and_another_one_goes_on_without_running_any_trial_twice(search, cli):
    first = search("{target: 0.05}", "--workers", "4").out
    assert "reaches the target, 0.05" in first
    before, ran = rows(cli), Path("ran.txt").read_text().split()
    again = search("{target: 0.05}", "--workers", "4").out
    assert "nothing to run" in again
    assert Path("ran.txt").read_text().split() == ran
    assert search("{target: 0.003}", "--workers", "4").code == 0
    after = rows(cli)
    assert set(before) < set(after)
    finished = [number for number, _ in after]
    assert all(Path("ran.txt").read_text().split().count(number) <= 2 for number in finished)  # 2: ended on the way
    assert "reaches the target, 0.003" in cli("report", "s").out


def test_patience_says_since_when(search):
    out = search("{patience: 5}").out
    assert "5 without a better one since trial" in out


def test_a_zoom_has_the_trials_that_it_is_given(search, cli):
    search("{target: 0.3}")
    before = len(rows(cli))
    assert cli("zoom", "s", "--trials", "4", "--yes").code == 0
    assert len(rows(cli)) == before + 4


def test_a_zoom_says_what_it_deletes_past_the_end_of_the_search(search, cli):
    search("{trials: 12}", sleep="0")
    search("{trials: 12, target: 0.3}", sleep="0")
    counts = len(rows(cli))
    assert counts < 12
    assert f"{12 - counts} finished trials past the end of the search" in cli("zoom", "s", "--dry-run").out
    assert cli("zoom", "s", "--trials", "2", "--yes").code == 0
    assert len(rows(cli)) == counts + 2
    assert "past the end" not in cli("zoom", "s", "--dry-run").out


def test_no_number_of_trials_is_needed_where_something_else_ends_it(search):
    out = search("{patience: 120}", "--workers", "inline", sleep="0").out
    assert int(out.split("the search ended after ")[1].split()[0]) > 120


def test_a_moment_that_has_passed_ends_it_at_once(search):
    outcome = search("{until: 2020-01-01 08:00}")
    assert outcome.code == 1
    assert "the search ended at 2020-01-01 08:00, as `search.until` says, after 0 trials" in outcome.out


def test_it_ends_at_a_moment(search):
    soon = datetime.now() + timedelta(seconds=1.5)
    outcome = search(f"{{until: '{soon.isoformat(' ', 'seconds')}'}}", sleep="0.1")
    assert outcome.code == 0
    assert "as `search.until` says" in outcome.out


def test_the_time_that_is_spent_is_that_of_the_clock_with_any_number_of_workers(search):
    search("{time: 1s}", "--workers", "4", sleep="0.2")
    spent = spent_time()
    assert spent >= 1
    search("{time: 1s}", "--workers", "1", sleep="0.2")
    assert spent_time() < spent + 1  # the trials took longer than that, one after the other


def test_a_search_that_is_killed_has_spent_its_time(search):
    search("{until: 2020-01-01 08:00}", sleep="60")  # writes the files
    command = [
        sys.executable,
        "-m",
        "hpsearch",
        "run",
        "s.yaml",
        "--set",
        "search.until=null",
        "--set",
        "search.time=1h",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while spent_time() < 1 and time.monotonic() < until:
            time.sleep(0.2)
        process.kill()
    assert spent_time() >= 1


def spent_time() -> float:
    with Store(Path("runs/s")) as store:
        return store.facts().spent


def test_without_grace_what_runs_is_ended_with_the_time_and_run_again_next_time(search, cli):
    begin = time.monotonic()
    outcome = search("{time: 1s, grace: 0}", "--workers", "1", sleep="0 if x > 0.5 else 60")
    assert time.monotonic() - begin < 20
    assert "is up after" in outcome.out
    assert "pending" in cli("report", "s").out


def test_the_network_that_is_kept_is_the_best_of_those_that_count(cli):
    Path("n.yaml").write_text(
        "model: network\ndata: {name: blobs, points: 120, noise: 0.6}\n"
        "parameters: {learning_rate: 'loguniform(1e-4, 1)', units: 'lograndint(1, 32)', epochs: 3}\n"
        "search: {target: 0.8}\nexecution: {workers: 2}\n"
    )
    assert cli("run", "n.yaml").code == 0
    assert cli("evaluate", "n").code == 0


def test_a_setting_is_taken_away_by_null(search):
    assert "reaches" in search("{target: 0.9, trials: 4}").out
    assert "reaches" not in search("{target: 0.9, trials: 4}", "--set", "search.target=null").out


def test_a_moment_needs_a_date_and_a_time(search):
    assert "must be a date and a time such as 2026-12-01 08:00, got '08:00'" in search("{until: '08:00'}").err


@pytest.mark.parametrize(("settings", "why"), [("{target: 0.05}", "target"), ("{patience: 3}", "patience")])
def test_more_trials_than_would_be_run_are_not_added(settings, why, search, cli):
    assert search(settings, "--workers", "1").code == 0
    before = rows(cli)
    refused = search(settings, "--add", "5")
    assert refused.code == 2
    assert f"`search.{why}` has ended the search" in refused.err
    assert rows(cli) == before
    with Store(Path("runs/s")) as store:
        assert store.facts().added == 0
    other = {"target": "{target: 0}", "patience": "{patience: 300}"}[why]
    assert search(f"{other[:-1]}, trials: 20}}", "--add", "2").code == 0
    assert len(rows(cli)) == 22


def test_the_end_of_an_edited_search_is_counted_of_all_that_it_would_have_had(search, cli):
    assert search("{patience: 3, trials: 20}", "--workers", "1").code == 0
    before = len(rows(cli))
    Path("s.yaml").write_text(Path("s.yaml").read_text().replace("uniform(0, 1)", "uniform(2, 3)"))
    out = cli("run", "s.yaml", "--yes", "--workers", "1").out
    assert f"0 of {before} trials lie in the new space" in out
    assert f"after {len(rows(cli))} of {before + 20} trials" in out
    assert f"{len(rows(cli))}/{before + 20}" in cli("ls").out

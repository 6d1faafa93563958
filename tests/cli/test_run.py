import re
from pathlib import Path

import numpy as np
import pytest

from hpsearch import nn
from hpsearch.store import Store


def test_a_search_ends_with_a_ranked_table_settings_to_paste_and_the_next_command(cli, small: Path) -> None:
    outcome = cli("run", str(small))
    assert outcome.code == 0
    assert re.search(r"^rank +trial +accuracy +curve", outcome.out, re.MULTILINE)
    assert re.search(r"^learning_rate: 0\.\d+\nunits: [48]\nlayers: 1\nepochs: 3$", outcome.out, re.MULTILINE)
    assert "Next: hpsearch report small" in outcome.out


def test_a_finished_search_run_again_does_nothing_and_says_so(finished, small: Path) -> None:
    with Store(Path("runs/small")) as store:
        before = store.history().results
    outcome = finished("run", str(small))
    assert outcome.code == 0
    assert "all 8 trials are done; nothing to run" in outcome.out
    with Store(Path("runs/small")) as store:
        assert store.history().results == before


def test_an_edited_config_is_refused_with_the_difference_and_the_ways_on(finished, small: Path) -> None:
    small.write_text(small.read_text().replace("1e-3, 1", "1e-2, 1"))
    outcome = finished("run", str(small))
    assert outcome.code == 2
    assert re.search(r'parameters.learning_rate: was .*"min": 0.001.* is now .*"min": 0.01', outcome.err)
    for way in ("--yes", "--new", "--name"):
        assert way in outcome.err


@pytest.mark.parametrize("name", ["../elsewhere", "a b", "a[1]", ""])
def test_a_name_that_no_run_can_be_found_by_later_is_refused(cli, small: Path, name: str) -> None:
    outcome = cli("run", str(small), "--name", name)
    assert outcome.code == 2
    assert "--name" in outcome.err
    assert not Path("elsewhere").exists()
    assert not Path("runs").exists() or not list(Path("runs").iterdir())


def test_another_way_of_writing_the_same_config_goes_on(finished, small: Path) -> None:
    long = "{distribution: loguniform, min: 0.001, max: 1.0}"
    text = small.read_text().replace("loguniform(1e-3, 1)", long).replace("workers: inline", "workers: 1")
    small.write_text("# a comment\n" + text)
    assert "nothing to run" in finished("run", str(small)).out


def test_new_starts_beside_the_old_run(finished, small: Path) -> None:
    for name in ("small-2", "small-3"):
        assert f"report {name}" in finished("run", str(small), "--new").out
        assert Path("runs", name, "best.npz").exists()


def test_changed_data_is_refused(cli, small: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 3},{'ab'[i % 2]}" for i in range(60))
    Path("data.csv").write_text(f"x,y,label\n{rows}\n")
    small.write_text(small.read_text().replace("{name: blobs, points: 120}", "{path: data.csv, target: label}"))
    assert cli("run", str(small)).code == 0
    Path("data.csv").write_text(f"x,y,label\n{rows}\n1,2,a\n")
    outcome = cli("run", str(small))
    assert outcome.code == 2
    assert "content of the data" in outcome.err


def test_overrides_change_the_config(cli, small: Path) -> None:
    outcome = cli(
        "run", str(small), "--set", "search.trials=3", "--set", "learning_rate=0.01", "--set", "units=[4, 8, 16]"
    )
    assert outcome.code == 0
    assert "3 trials: 3 complete" in outcome.out


def test_quiet_prints_nothing(cli, small: Path) -> None:
    outcome = cli("run", str(small), "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_a_search_in_which_everything_diverges_ends_with_exit_code_1(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("loguniform(1e-3, 1)", "loguniform(1e30, 1e31)") + "\n")
    outcome = cli("run", str(small), "--set", "optimizer=sgd", "--set", "batch_norm=false")
    assert outcome.code == 1
    assert "diverged" in outcome.out


def test_the_space_that_is_used_up_ends_the_search(cli, small: Path) -> None:
    outcome = cli("run", str(small), "--set", "learning_rate=0.01")
    assert outcome.code == 0
    assert "2 trials: 2 complete" in outcome.out
    assert "only 2 settings" in outcome.out


@pytest.mark.usefixtures("finished")
def test_the_best_network_is_saved_as_it_was_ranked() -> None:
    with Store(Path("runs/small")) as store:
        history = store.history()
    best = history.best()
    assert best is not None
    state = nn.load(Path("runs/small/best.npz"))
    assert state.spec.learning_rate == best.params["learning_rate"]
    assert history.score(best.number) == np.nanmax(history.scores())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_any_number_of_workers_gives_the_same_table_to_the_last_bit(finished, small: Path, workers: str) -> None:
    assert finished("run", str(small), "--workers", workers, "--name", "other").code == 0
    tables = []
    for name in ("small", "other"):
        with Store(Path("runs", name)) as store:
            history = store.history()
        tables.append([(t.number, t.params, history.results[t.number].metrics) for t in history.trials])
    assert tables[0] == tables[1]


def test_mistakes_in_a_config_come_with_line_and_column_and_no_traceback(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("loguniform(1e-3, 1)", "loguniform(0, 1)").replace("units", "unitz"))
    outcome = cli("run", str(small))
    assert outcome.code == 2
    assert "small.yaml:5:18: parameters.learning_rate: loguniform needs 0 < min < max, got min=0, max=1" in outcome.err
    assert "did you mean `units`?" in outcome.err
    assert "2 mistakes; nothing was run." in outcome.err
    assert not Path("runs").exists()


def test_keys_for_anchors_are_passed_over_and_are_no_part_of_the_run(finished, small: Path) -> None:
    text = small.read_text().replace("loguniform(1e-3, 1)", "*rate")
    small.write_text(f"x-rates: {{a: &rate {{distribution: loguniform, min: 1e-3, max: 1}}, b: 3}}\n{text}")
    assert "all 8 trials are done" in finished("run", str(small)).out
    assert finished("zoom", "small", "--write", "zoomed.yaml").code == 0
    assert "x-" not in Path("zoomed.yaml").read_text()


def test_a_name_stands_in_place_of_the_name_of_the_file_in_every_command(cli, small: Path) -> None:
    spaced = small.rename(small.with_name("my search.yaml"))
    spaced.write_text(spaced.read_text().replace("name: small\n", ""))
    outcome = cli("run", str(spaced))
    assert outcome.code == 2
    assert "--name NAME, or `name: NAME` in the file" in outcome.err
    for command in (["check"], ["plan", "--trials", "1"], ["run", "--quiet"]):
        assert cli(*command, str(spaced), "--name", "first").code == 0
    assert [path.name for path in Path("runs").iterdir()] == ["first"]


def test_a_config_that_is_not_there_is_said(cli) -> None:
    outcome = cli("run", "nowhere.yaml")
    assert outcome.code == 2
    assert "nowhere.yaml: cannot be read: No such file or directory" in outcome.err


def test_what_is_written_out_and_what_is_left_to_its_default_are_the_same_search(finished, small: Path) -> None:
    text = small.read_text().replace("{name: blobs, points: 120}", "{name: blobs, points: 120, classes: 3, test: 0.2}")
    small.write_text(text.replace("{trials: 8,", "{method: random, trials: 8,") + "metric: {name: val_accuracy}\n")
    assert "nothing to run" in finished("run", str(small)).out


def test_points_in_a_file_are_part_of_what_is_compared(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("{trials: 8,", "{method: points, points: p.csv,"))
    Path("p.csv").write_text("learning_rate,units\n0.01,4\n0.1,8\n")
    assert cli("run", str(small)).code == 0
    Path("p.csv").write_text("learning_rate,units\n0.01,4\n0.2,8\n")
    outcome = cli("run", str(small))
    assert outcome.code == 2
    assert "search.points: was" in outcome.err


def test_a_finished_run_can_be_read_when_its_data_is_gone(cli, small: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 3},{'ab'[i % 2]}" for i in range(60))
    Path("data.csv").write_text(f"x,y,label\n{rows}\n")
    small.write_text(small.read_text().replace("{name: blobs, points: 120}", "{path: data.csv, target: label}"))
    assert cli("run", str(small)).code == 0
    Path("data.csv").unlink()
    assert cli("report", "small").code == 0
    assert cli("run", str(small)).code == 2


def test_a_search_ends_when_its_time_is_up_and_goes_on_with_more(cli) -> None:
    Path("timed.yaml").write_text(
        "command: [sh, -c, 'sleep 0.2; echo m={x}']\nmetric: {name: m, goal: minimize}\n"
        "parameters: {x: 'uniform(0, 1)'}\nsearch: {trials: 200, time: 1s}\nexecution: {workers: inline}\n"
    )

    def tried(*more: str) -> int:
        outcome = cli("run", "timed.yaml", *more)
        assert outcome.code == 0
        said = re.search(r"the time of the search, .* s, is up after (\d+) of 200 trials", outcome.out)
        assert said is not None
        return int(said[1])

    first = tried()
    assert 1 <= first <= 6
    assert tried() == tried() == first  # the time that was taken counts, between trials too
    assert tried("--set", "search.time=2s") > first + 1


def test_a_search_whose_time_is_up_confirms_once_and_is_done(cli) -> None:
    Path("timed.yaml").write_text(
        "function: timed:train\nmetric: {name: m, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
        "search: {time: 1s, confirm: {top: 2, replicates: 2}}\nexecution: {workers: 1}\n"
    )
    Path("timed.py").write_text("import time\ndef train(x, seed):\n time.sleep(0.15)\n return x + seed\n")
    assert cli("run", "timed.yaml").code == 0
    first = cli("report", "timed", "--format", "csv").out
    assert cli("run", "timed.yaml").code == 0
    assert cli("report", "timed", "--format", "csv").out == first


def test_a_zoom_and_a_retry_have_time_of_their_own(cli) -> None:
    Path("timed.yaml").write_text(
        "command: [sh, -c, 'sleep 0.05; echo m={x}']\nmetric: {name: m, goal: minimize}\n"
        "parameters: {x: 'uniform(0, 1)'}\nsearch: {trials: 200, time: 1s}\nexecution: {workers: inline}\n"
    )
    assert cli("run", "timed.yaml").code == 0
    assert cli("retry", "timed", "1", "2").code == 0
    rows = cli("report", "timed", "--format", "csv").out.splitlines()
    assert not any("pending" in row for row in rows)
    assert cli("zoom", "timed", "--trials", "1", "--yes").code == 0
    assert len(cli("report", "timed", "--format", "csv").out.splitlines()) == len(rows) + 1


RESUMES = """
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["HPSEARCH_DIR"])
if (folder / "done").exists():
    sys.exit("nothing left to do")
if pathlib.Path("broken").exists():
    sys.exit("broken")
(folder / "done").touch()
print("m=" + sys.argv[1])
"""


@pytest.fixture
def resuming(cli):
    """A finished run of a program that goes on from what it left in its folder, and has nothing to do there."""
    Path("resumes.py").write_text(RESUMES)
    Path("again.yaml").write_text(
        "command: [python, resumes.py, '{x}']\nmetric: {name: m, goal: minimize}\n"
        "parameters: {x: [1, 2, 3]}\nsearch: {method: grid}\nexecution: {workers: inline}\n"
    )
    assert cli("run", "again.yaml").code == 0
    return cli


def test_a_trial_that_is_run_again_begins_in_a_fresh_folder(resuming) -> None:
    assert resuming("retry", "again", "1").code == 0
    assert [path.name for path in sorted(Path("runs/again/trials").iterdir())] == ["1", "2", "3"]
    with Store(Path("runs/again")) as store:
        assert store.history().results[1].metrics == {"m": 1.0}


def test_the_old_result_stands_until_the_new_one_is_in(resuming) -> None:
    with Store(Path("runs/again"), write=True) as store:
        store.put_back([1, 2])
        assert sorted(store.history().results) == [1, 2, 3]
        assert sorted(store.history(replaced=False).results) == [3]
    assert resuming("best", "again", "--format", "json").out == '{"x": 1}\n'
    Path("broken").touch()
    assert "broken" in resuming("run", "again.yaml").out
    with Store(Path("runs/again")) as store:
        assert [result.error is None for _, result in sorted(store.history().results.items())] == [False, False, True]


def test_a_zoom_in_place_of_a_retry_leaves_results_and_folders_as_they_were(resuming) -> None:
    trials = Path("runs/again/trials")
    with Store(Path("runs/again"), write=True) as store:
        store.put_back([1])
    (trials / "1").rename(trials / "1.before")
    (trials / "1").mkdir()
    assert resuming("zoom", "again", "--trials", "2", "--yes").code == 0
    assert (trials / "1" / "done").exists()
    assert not (trials / "1.before").exists()
    with Store(Path("runs/again")) as store:
        assert store.history().results[1].metrics == {"m": 1.0}


def test_the_csv_of_a_report_gives_the_same_settings_again_whatever_they_are_called(cli) -> None:
    Path("a.yaml").write_text("""
command: [sh, -c, "echo loss=0.5"]
metric: {name: loss, goal: minimize}
parameters:
  rank: ["=1+1", "-2+3", "@a", "'=1", "''+2", "'a'", -5]
  trial: [1, 2]
  status: randint(1, 9)
  round: {values: [null, "+"], when: {trial: 1}}
  loss: uniform(0, 1)
  -x: [a, b]
search: {trials: 30}
execution: {workers: inline}
""")
    assert cli("run", "a.yaml").code == 0
    Path("a.csv").write_text(cli("report", "a", "--format", "csv").out)
    outcome = cli("run", "a.yaml", "--name", "b", "--set", "search={method: points, points: a.csv}")
    assert (outcome.code, outcome.err) == (0, "")
    settings = []
    for name in "ab":
        with Store(Path("runs") / name) as store:
            settings.append(sorted(repr(dict(trial.params)) for trial in store.history().trials))
    assert settings[0] == settings[1]

import csv
import io
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hpsearch.config import read_config
from hpsearch.store import Store
from hpsearch.trial import Job, Result, Status


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_holds_every_trial_with_every_digit_best_first(finished) -> None:
    found = rows(finished("report", "--format", "csv").out)
    with Store(Path("runs/small")) as store:
        history = store.history()
    assert {int(row["trial"]): float(row["learning_rate"]) for row in found} == {
        trial.number: trial.params["learning_rate"] for trial in history.trials
    }
    values = [float(row["val_accuracy"]) for row in found]
    assert values == sorted(values, reverse=True)
    ranks = [int(row["rank"]) for row in found]
    assert ranks == [1 + sum(other > value for other in values) for value in values]


def test_json_is_all_that_is_found_out(cli, small) -> None:
    cli("run", str(small), "--set", "search.trials=12")
    whole = json.loads(cli("report", "--format", "findings").out)
    assert {"run", "metric", "best", "summary", "trials", "ties", "confirmation", "rounds"} <= whole.keys()
    assert {"importance", "edges", "dead_weight", "forecast", "failures", "variety"} <= whole.keys()
    assert {effect["name"] for effect in whole["importance"]["effects"]} == {"learning_rate", "units"}
    assert whole["rounds"][0]["trials"] == whole["summary"]["trials"] == len(whole["trials"]) == 12


def test_json_is_the_same_table(finished) -> None:
    table = json.loads(finished("report", "--format", "json").out)
    assert [str(row["trial"]) for row in table] == [
        row["trial"] for row in rows(finished("report", "--format", "csv").out)
    ]
    assert all(isinstance(row["units"], int) for row in table)


def test_rounds_are_asked_for_in_a_form_that_has_them(finished) -> None:
    refused = finished("report", "--rounds", "--format", "json")
    assert refused.code == 2
    assert "--format findings has the rounds" in refused.err


def test_a_page_says_the_result_and_what_to_do_next_and_full_says_all(cli, small) -> None:
    small.write_text(small.read_text().replace("  layers: 1\n", "  layers: 1\n  momentum: [0.5, 0.9]\n"))
    cli("run", str(small), "--set", "search.trials=40")
    page, full = (cli("report", *words).out.splitlines() for words in ((), ("--full",)))
    ranks = [[line for line in lines if re.match(r" *\d+~? ", line)] for lines in (page, full)]
    assert [len(lines) for lines in ranks] == [10, 20]
    assert ranks[0] == ranks[1][:10]
    titles = ["What matters", "Is more search worth it?", "Next"]
    assert [line.partition(" (")[0] for line in page if line.startswith(tuple(titles))] == titles
    rest = {"dead weight": "Dead weight: fix these", "random or grid": "Random or grid"}
    (more,) = [line for line in page if line.strip().startswith("hpsearch report small --full")]
    assert [title in full for title in rest.values()] == [name in more for name in rest]
    assert any(title in full for title in rest.values())
    assert not {*page} & {*rest.values()}
    assert not any("--full" in line for line in full)
    assert cli("report", "--full", "--format", "csv").code == 2


def test_markdown_is_a_table(finished) -> None:
    lines = finished("report", "--format", "markdown").out.splitlines()
    assert lines[0].startswith("| rank | trial |")
    assert set(lines[1]) <= set("| -")
    assert len({line.count("|") for line in lines}) == 1


def test_a_pipe_gets_no_colours_and_nothing_cut(finished) -> None:
    out = finished("report").out
    assert max(map(len, out.splitlines())) < 500
    assert "\x1b" not in out
    assert "…" not in out
    assert "learning_" in out


def test_where_filters_sort_sorts_and_top_cuts(finished) -> None:
    found = rows(
        finished(
            "report", "--where", "units == 8 and learning_rate > 0.005", "--sort", "-learning_rate", "--format", "csv"
        ).out
    )
    with Store(Path("runs/small")) as store:
        expected = [
            trial.params["learning_rate"]
            for trial in store.history().trials
            if trial.params["units"] == 8 and trial.params["learning_rate"] > 0.005
        ]
    assert [float(row["learning_rate"]) for row in found] == sorted(expected, reverse=True)
    assert len(rows(finished("report", "--top", "3", "--format", "csv").out)) == 3


def test_columns_are_chosen(finished) -> None:
    out = finished("report", "--columns", "trial,units", "--format", "csv").out
    assert out.splitlines()[0] == "trial,units"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--where", "unitz == 3"], "did you mean `units`"),
        (["--where", "units =="], "cannot be read"),
        (["--where", "@print(1)"], "only columns"),
        (["--sort", "unitz"], "did you mean `units`"),
        (["--columns", "trial,accuracy"], "did you mean `val_accuracy`"),
    ],
)
def test_a_mistake_in_an_option_says_what_there_is(finished, options: list[str], message: str) -> None:
    outcome = finished("report", *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_report_without_runs_says_how_to_make_one(cli) -> None:
    outcome = cli("report")
    assert outcome.code == 2
    assert "hpsearch run" in outcome.err


def test_an_unknown_run_is_met_with_a_suggestion(finished) -> None:
    assert "did you mean `small`?" in finished("report", "smal").err


def test_the_newest_run_is_the_default(finished, small: Path) -> None:
    finished("run", str(small), "--name", "later", "--set", "search.trials=2")
    assert finished("report").out.startswith("later: 2 trials")


def test_show_tells_settings_metrics_and_draws_the_curve(finished) -> None:
    out = finished("show", "small", "1").out
    with Store(Path("runs/small")) as store:
        trial = store.history().trials[0]
        curve = store.curves([1])[1]["val_accuracy"]
    assert re.search(rf"learning_rate +{trial.params['learning_rate']:.4g}", out)
    assert f"{max(curve):.4f} " in out
    assert "█" in out


def test_show_says_which_epoch_the_result_is(finished) -> None:
    assert (
        "val_accuracy after each of 3 epochs; the result is that after epoch 3, its last"
        in finished("show", "small", "1").out
    )


def test_show_of_a_trial_that_is_not_there_says_which_there_are(finished) -> None:
    outcome = finished("show", "small", "99")
    assert outcome.code == 2
    assert "trials 1 to 8" in outcome.err


def test_best_prints_settings_that_a_config_takes_back_unchanged(finished) -> None:
    text = finished("best", "small").out
    with Store(Path("runs/small")) as store:
        best = store.history().best()
    assert best is not None
    assert json.loads(finished("best", "--format", "json").out) == best.params
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    config = f"model: network\ndata: digits\nparameters:\n{lines}\n  l2: loguniform(0.1, 1)\n"
    read = read_config(config, source="x", folder=Path())
    assert {p.name: p.distribution.grid(1)[0] for p in read.space.parameters if not p.searched} == best.params


def test_best_as_arguments_survives_the_shell(finished) -> None:
    import shlex

    words = shlex.split(finished("best", "--format", "args").out)
    with Store(Path("runs/small")) as store:
        best = store.history().best()
    assert best is not None
    assert words == [f"--{name}={value}" for name, value in best.params.items()]


def test_ls_lists_runs_with_their_best(finished) -> None:
    with Store(Path("runs/small")) as store:
        history = store.history()
    best = history.best()
    assert best is not None
    assert re.search(rf"small +done +8 +{history.score(best.number):.4f}", finished("ls").out)


def test_evaluate_tests_the_best_network_and_counts_how_often(finished) -> None:
    first, second = finished("evaluate"), finished("evaluate")
    assert first.code == 0
    assert re.search(r"test accuracy +[01]\.\d{4}", first.out)
    assert "evaluation number 1 " in first.out
    assert "evaluation number 2 " in second.out


def test_evaluate_tests_the_confirmed_winner_where_that_is_not_the_first_of_the_ranking(finished) -> None:
    with Store(Path("runs/small"), write=True) as store:
        history = store.history()
        first, second = (history.trial(number) for number in history.ranking()[:2])
        values = [(Job(trial, n), value) for trial, value in ((first, 0.1), (second, 0.9)) for n in (1, 2)]
        store.add_batches([[job for job, _ in values]])
        store.finish([(job, Result(Status.COMPLETE, {"val_accuracy": value})) for job, value in values])
        expected = history.results[second.number].metrics
    assert f"trial {second.number} is the one to take" in finished("report").out
    said = finished("evaluate")
    assert said.out.startswith(f"trial {second.number} of small, ")
    assert re.search(rf"validation accuracy +{expected['val_accuracy']:.4f} ", said.out)


def test_evaluate_refuses_a_network_that_is_not_the_best_trial(finished) -> None:
    from dataclasses import replace

    from hpsearch import nn

    path = Path("runs/small/best.npz")
    state = nn.load(path)
    nn.save(replace(state, parameters={name: 0 * array for name, array in state.parameters.items()}), path)
    outcome = finished("evaluate")
    assert outcome.code == 1
    assert "is not the network of trial" in outcome.err


def damage_header(content: dict[str, object]) -> None:
    with np.load("runs/small/best.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes()) | content
    np.savez("runs/small/best.npz", **{**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)})


def test_evaluate_names_a_best_network_that_cannot_be_read_and_how_to_have_it_again(finished) -> None:
    path = Path("runs/small/best.npz")
    whole, said = path.read_bytes(), finished("evaluate").out.partition("evaluation number")[0]
    damages = [
        lambda: damage_header({"spec": {"colour": "red"}}),
        lambda: damage_header({"epoch": 1, "colour": "red"}),
        lambda: path.write_bytes(whole[: len(whole) // 2]),
        lambda: path.write_bytes(b""),
        path.unlink,
        lambda: os.mkfifo(path),
    ]
    for damage in damages:
        damage()
        outcome = finished("evaluate")
        assert outcome.code == 1
        assert "best.npz" in outcome.err
        assert "hpsearch retry small " in outcome.err
    path.unlink()
    command = re.search(r"`hpsearch (retry small \d+)`", outcome.err)
    assert command is not None
    assert finished(*command[1].split()).code == 0
    assert finished("evaluate").out.partition("evaluation number")[0] == said


def test_evaluate_refuses_a_network_of_nan(finished) -> None:
    from dataclasses import replace

    from hpsearch import nn

    path = Path("runs/small/best.npz")
    state = nn.load(path)
    nn.save(replace(state, parameters={name: np.nan * array for name, array in state.parameters.items()}), path)
    assert "is not the network of trial" in finished("evaluate").err


def test_check_shows_the_space_and_the_advice(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("loguniform(1e-3, 1)", "uniform(1e-4, 1)"))
    outcome = cli("check", str(small))
    assert outcome.code == 0
    assert "spends 90% of the trials above 0.1; use loguniform(0.0001, 1)" in outcome.out


def test_schema_is_json_schema(cli) -> None:
    import jsonschema

    schema = json.loads(cli("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)


def outlook(out: str) -> str:
    return out.partition("Is more search worth it?")[2].partition("\n\n")[0]


def test_a_space_that_is_used_up_is_not_forecast_to_bring_better_trials(cli, small: Path) -> None:
    text = small.read_text().replace("loguniform(1e-3, 1)", "[0.001, 0.003, 0.01, 0.03, 0.1, 0.3]")
    small.write_text(text.replace("trials: 8", "trials: 50"))
    assert cli("run", str(small)).code == 0
    assert "All 12 settings of this space are tried" in outlook(cli("report").out)


def test_nothing_is_forecast_from_a_grid(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("{trials: 8,", "{method: grid, grid: 6,"))
    assert cli("run", str(small)).code == 0
    assert "no random draws" in outlook(cli("report").out)


def test_after_coarse_to_fine_the_report_says_what_its_rounds_brought(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("{trials: 8,", "{method: coarse_to_fine, trials: 40,"))
    assert cli("run", str(small)).code == 0
    assert "trials after the first round" in outlook(cli("report").out)
    assert "random trials" not in outlook(cli("report").out)


def test_commands_that_need_a_best_trial_say_that_none_has_succeeded(cli, small: Path) -> None:
    (small.parent / "broken.py").write_text("def train(learning_rate, **rest):\n    raise ValueError('no')\n")
    text = small.read_text().replace("model: network\ndata: {name: blobs, points: 120}", "function: broken:train")
    small.write_text(text.replace("search:", "metric: {name: loss, goal: minimize}\nsearch:"))
    assert cli("run", str(small)).code == 1
    for command in ("best", "zoom", "confirm"):
        assert "no trial has succeeded" in cli(command, "small").err


def test_trials_within_noise_of_the_best_are_marked(finished) -> None:
    out = finished("report").out
    with Store(Path("runs/small")) as store:
        history, examples = store.history(), store.facts().examples
    best = history.score(history.ranking()[0])
    # The binomial error with Laplace's rule; a difference of two such accuracies is below this with 95 %.
    share = (best * examples + 1) / (examples + 2)
    margin = 1.645 * (2 * share * (1 - share) / examples) ** 0.5
    tied = {n for n in history.ranking() if best - history.score(n) <= margin}
    assert len(tied) > 1
    assert {int(n) for n in re.findall(r"^ *\d+~ +(\d+) ", out, re.MULTILINE)} == tied
    assert f"~ {len(tied)} trials are within noise of the best" in out


def test_random_or_grid_is_said_of_what_matters_where_a_grid_would_have_seen_little_of_it(cli, tmp_path: Path) -> None:
    (tmp_path / "slope.py").write_text("def train(a, b, c, d):\n    return a\n")
    config = "function: slope:train\nmetric: {name: y, goal: minimize}\nparameters:\n"
    config += "".join(f'  {name}: "uniform(0, 1)"\n' for name in "abcd")
    (tmp_path / "c.yaml").write_text(config + "search: {trials: 40}\nexecution: {workers: inline}\n")
    assert cli("run", "c.yaml").code == 0
    out = cli("report", "--full").out
    assert "40 random trials tried 40 values of a (a grid: 3)" in out
    assert "values of b" not in out


COMMAND = """
command:
  line: [sh, -c, 'echo "$0 $1 $2 $HOME_OF $HPSEARCH_SEED" >> ran; echo m=1', "{x}", "--flag={flag}", "{word}"]
  booleans: pair
  environment: {HOME_OF: "the {word}"}
metric: {name: m, goal: minimize}
parameters: {x: "uniform(-1e-4, -1e-5)", flag: true, word: WORD}
search: {trials: 1}
execution: {workers: inline}
"""


def test_the_best_command_is_the_line_that_the_search_ran(cli) -> None:
    Path("c.yaml").write_text(COMMAND.replace("WORD", "it's *"))
    assert cli("run", "c.yaml").code == 0
    line = cli("best", "--format", "command").out
    subprocess.run(["sh", "-c", line], check=True, capture_output=True)  # noqa: S607  the shell of the user
    first, again = Path("ran").read_text().splitlines()
    assert first == again
    assert "HPSEARCH_RUN" not in line


def test_the_best_arguments_are_words_that_a_shell_splits_or_are_refused(cli) -> None:
    Path("c.yaml").write_text(COMMAND.replace("WORD", "plain"))
    cli("run", "c.yaml")
    number, *rest = cli("best", "--format", "args").out.split()
    assert re.fullmatch(r"--x=-0\.0000\d+", number)
    assert rest == ["--flag", "--word=plain"]
    Path("d.yaml").write_text(COMMAND.replace("WORD", "it's *"))
    cli("run", "d.yaml")
    refused = cli("best", "d", "--format", "args")
    assert refused.code == 2
    assert "--format command" in refused.err


def test_a_network_has_no_command_to_run(finished) -> None:
    refused = finished("best", "--format", "command")
    assert refused.code == 2
    assert "is no program" in refused.err
    assert finished("best", "--format", "args").out.startswith("--")

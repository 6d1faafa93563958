"""Whole configs: sections, everything at once, files of every kind, and the identity of two ways of writing."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.config import Config, load_config, read_config
from hpsearch.errors import ConfigError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
DIGITS = next(path for path in CONFIGS if path.name == "digits.yaml").read_text(encoding="utf-8")
RATE = "learning_rate: loguniform(1e-4, 1)"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_each_example_is_right_as_it_stands(path):
    assert load_config(path).space.searched


def test_the_example_of_the_readme_means_what_it_says():
    config = read_config(DIGITS, source="digits.yaml", folder=Path())
    ranges = {p.name: str(p.distribution) for p in config.space.parameters}
    assert ranges == {
        "learning_rate": "loguniform(0.0001, 1)",
        "momentum": "reverseloguniform(0.9, 0.999)",
        "layers": "randint(1, 3)",
        "units": "lograndint(16, 256)",
        "batch_size": "choice(32, 64, 128)",
        "optimizer": "choice(momentum, rmsprop, adam)",
        "beta2": "reverseloguniform(0.9, 0.9999)",
        "epochs": "20",
    }
    assert (config.search.method, config.search.trials, config.search.seed) == ("random", 100, 0)


def test_defaults_are_100_random_trials_ranked_by_validation_accuracy(read):
    config = read(RATE)
    assert (config.search.method, config.search.trials, config.search.seed) == ("random", 100, 0)
    assert (config.metric.name, config.metric.goal) == ("val_accuracy", "maximize")
    assert (config.execution.workers, config.execution.timeout, config.execution.retries) == (None, None, 1)
    assert config.name == "c"


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1.5h", 5400)])
def test_times_are_written_as_people_do(read, text, seconds):
    assert read(RATE, f"execution: {{timeout: {text}}}\n").execution.timeout == seconds


SECTIONS = [
    # the line, what the caret underlines, the rule, the fix
    ("search: {trails: 5}", "trails", "unknown key `search.trails`", "did you mean `trials`?"),
    ("search: {trials: 0}", "0", "search.trials: must be a whole number at least 1", ""),
    ("search: {trials: many}", "many", "got 'many'", ""),
    ("search: {trials: 2.5}", "2.5", "must be a whole number", ""),
    (f"search: {{trials: 1{'0' * 350}}}", f"1{'0' * 350}", "must be a whole number", ""),
    ("search: {seed: -1}", "-1", "search.seed: must be a whole number at least 0 and at most 9,000,000,", ""),
    ("search: {seed: 9223372036854775808}", "9223372036854775808", "and at most 9,000,000,000,000,000,000, got", ""),
    ("search: {seed: 1e30}", "1e30", "search.seed: must be a whole number", ""),
    ("search: {confirm: {top: 1e30}}", "1e30", "search.confirm.top: must be a whole number at least 1 and", ""),
    ("search: {confirm: {replicates: 1e18}}", "1e18", "search.confirm.replicates: must be a whole number", ""),
    ("search: {method: coarse_to_fine, rounds: 1e12}", "1e12", "search.rounds: must be a whole number", ""),
    ("early_stop: {rule: median, after: 1e30}", "1e30", "early_stop.after: must be a whole number", ""),
    ("early_stop: {rule: halving, eta: 1e30}", "1e30", "early_stop.eta: must be a whole number", ""),
    ("early_stop: {rule: median, group: 1e30}", "1e30", "early_stop.group: must be a whole number", ""),
    ("execution: {max_failures: 1e30}", "1e30", "execution.max_failures: must be a whole number", ""),
    ("search: {method: randm}", "randm", "search.method: must be one of random, grid", "did you mean `random`?"),
    ("search: 5", "5", "search must be a mapping, got 5", ""),
    ("search:", "", "search must be a mapping, got nothing", "leave `search` out"),
    ("search: {method: grid}", "{method: grid}", "a grid needs the number of points of learning_rate", "grid: 3"),
    (
        "search: {method: grid, grid: 1}",
        "1",
        "search.grid: must be a whole number at least 2 and at most 100,000, got 1",
        "",
    ),
    ("search: {method: grid, grid: {lr: 3}}", "{lr: 3}", "grid names `lr`", ""),
    ("search: {method: points}", "{method: points}", "needs `points`", ""),
    ("search: {grid: 3}", "3", "`grid` is for `method: grid`", "method: grid"),
    ("execution: {workers: 0}", "0", "execution.workers: must be a whole number at least 1", ""),
    ("execution: {workers: some}", "some", "execution.workers: must be one of inline", ""),
    ("execution: {timeout: soon}", "soon", "must be a time such as 90s, 30m or 2h, got 'soon'", ""),
    ("execution: {timeout: 1.2.3s}", "1.2.3s", "must be a time", ""),
    ("execution: {timeout: -5}", "-5", "must be a time", ""),
    ("execution: {timeout: .inf}", ".inf", "must be a time", ""),
    ("metric: {name: val_acc}", "val_acc", "a network has no metric 'val_acc'", "did you mean `val_accuracy`?"),
    ("n_trials: 5", "n_trials", "unknown key `n_trials`", "search: {trials: ...}"),
    ("run_cap: 5", "run_cap", "unknown key `run_cap`", "search: {trials: ...}"),
    ("serach: {trials: 5}", "serach", "unknown key `serach`", "did you mean `search`?"),
    ("name: a/b", "a/b", "name: must be a name of letters", ""),
]


@pytest.mark.parametrize(("line", "underlined", "rule", "fix"), SECTIONS, ids=[row[0][:60] for row in SECTIONS])
def test_a_wrong_section_says_where_the_rule_the_value_and_the_fix(mistakes, line, underlined, rule, fix):
    found = mistakes(RATE, f"{line}\n")
    (mistake,) = [m for m in found if rule in m.message]
    assert mistake.place.line == 5
    assert mistake.place.text[mistake.place.column - 1 :][: mistake.place.width].strip() == underlined
    assert fix in mistake.fix


DATA = [
    ("data: digts", "digts", "must be one of digits, blobs, spirals, got 'digts'", "did you mean `digits`?"),
    ("data: nowhere.csv", "nowhere.csv", "data.path: ", ""),
    ("data: {path: nowhere.csv, target: y}", "nowhere.csv", "nowhere.csv", ""),
    ("data: {path: here.csv, target: z}", "z", "'z'", ""),
    ("data: {path: here.csv, target: y, drop: [q]}", "[q]", "data.drop", ""),
    ("data: {path: ~no-such-user/x.csv, target: y}", "~no-such-user/x.csv", "home of a user", ""),
    ('data: {path: "a\\0b", target: y}', '"a\\0b"', "is no path", ""),
    ("data: {name: digits, validation: 1.5}", "1.5", "data.validation: must be a number above 0 and below 1", ""),
    ("data:", "", "`data` is missing", "data: digits"),
    ("data: [digits]", "[digits]", "data must be a mapping", ""),
]


@pytest.mark.parametrize(("line", "underlined", "rule", "fix"), DATA, ids=[row[0] for row in DATA])
def test_wrong_data_is_told_before_anything_runs(mistakes, tmp_path, line, underlined, rule, fix):
    (tmp_path / "here.csv").write_text("a,y\n" + "1,p\n2,q\n" * 20)
    found = mistakes(RATE, head=f"model: network\n{line}\n")
    (mistake,) = [m for m in found if rule in m.message]
    assert mistake.place.line == 2
    assert mistake.place.text[mistake.place.column - 1 :][: mistake.place.width].strip() == underlined
    assert fix in mistake.fix


def test_everything_wrong_is_told_at_once_in_the_order_of_the_lines(mistakes):
    found = mistakes(
        "learning_rate: loguniform(0, 1)\nunits: {distribution: log_uniform, min: 1, max: 2}\nlyers: 3",
        "search: {trials: -1, sed: 2}\nexecution: {workers: x}\nrun_cap: 3\n",
        head="model: network\ndata: digts\nmetric: x\n",
    )
    assert [m.place.line for m in found] == [2, 3, 5, 6, 7, 8, 8, 9, 10]
    assert all(m.place.source == "c.yaml" and m.place.text for m in found)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfea", "byte 0 is not UTF-8"),
        (b"model: network # caf\xe9\n", "byte 20 is not UTF-8"),
        (b"- a\n- b\n", "a config is a mapping, got ['a', 'b']"),
        (b"just text", "a config is a mapping, got 'just text'"),
        (b"", "`model` is missing"),
        (b"# only a comment\n", "`parameters` is missing"),
    ],
)
def test_a_file_that_is_no_config_is_refused_in_words(tmp_path, content, rule):
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(rule)) as caught:
        load_config(path)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)


def test_what_would_take_for_ever_to_read_is_refused_at_once(tmp_path):
    large, pipe, points = (tmp_path / name for name in ("large.yaml", "pipe.yaml", "points.yaml"))
    large.write_bytes(b"#" * 1_000_001)
    os.mkfifo(pipe)
    points.write_text(f"model: network\ndata: digits\nparameters: {{layers: [1, 2]}}\nsearch: {{points: {pipe}}}\n")
    rules = {large: "has 1,000,001 bytes, and may have 1,000,000", pipe: "is no ordinary file"}
    for path, rule in {**rules, Path("/dev/zero"): "is no ordinary file", points: "pipe.yaml is no ordinary"}.items():
        with pytest.raises(ConfigError, match=rule):
            load_config(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


@pytest.mark.parametrize("change", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n")])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path, change):
    plain, changed = tmp_path / "plain.yaml", tmp_path / "changed.yaml"
    plain.write_bytes(DIGITS.encode())
    changed.write_bytes(change(DIGITS.encode()))
    assert load_config(changed).identity() == load_config(plain).identity()
    assert load_config(changed).space == load_config(plain).space


def test_the_long_and_the_short_form_are_the_same_config(read):
    long = read(
        "learning_rate: {distribution: loguniform, min: 1e-4, max: 1}\nbatch_size: {values: [32, 64]}\n"
        "layers: {distribution: randint, low: 1, high: 3.0}\nepochs: {value: 20}"
    )
    short = read("learning_rate: loguniform(0.0001, 1.0)\nbatch_size: [32, 64]\nlayers: randint(1, 3)\nepochs: 20")
    assert long.identity() == short.identity()
    assert long.space == short.space


@pytest.mark.parametrize("more", ["name: other\n", "execution: {workers: 2, timeout: 5m}\n"])
def test_the_name_and_the_execution_do_not_change_the_identity(read, more):
    assert read(RATE, more).identity() == read(RATE).identity()


@pytest.mark.parametrize("more", ["search: {seed: 1}\n", "search: {trials: 7}\n", "metric: val_loss\n"])
def test_what_changes_the_trials_changes_the_identity(read, more):
    assert read(RATE, more).identity() != read(RATE).identity()
    assert read("learning_rate: loguniform(1e-4, 0.5)").identity() != read(RATE).identity()


TOKENS = re.findall(r"\w+|[^\w\s]|\s+", DIGITS)
JUNK = [
    *"{}[]:,-&*!|>%@#'\"\n\t?",
    "1e999",
    "-1",
    "0",
    ".nan",
    "~",
    "<<: 5",
    "!!set",
    "\ud7ff",
    "when",
    "null",
    "[[",
    "\n\n- ",
]
edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "swap", "repeat"]),
        st.integers(0, len(TOKENS) - 1),
        st.integers(0, len(TOKENS) - 1),
        st.sampled_from(JUNK),
    ),
    min_size=1,
    max_size=6,
)


def mutated(changes):
    tokens = list(TOKENS)
    for change, at, other, junk in changes:
        at, other = at % len(tokens), other % len(tokens)
        if change == "delete":
            tokens[at : at + 1] = []
        elif change == "insert":
            tokens.insert(at, junk)
        elif change == "repeat":
            tokens.insert(at, tokens[other])
        else:
            tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


@settings(max_examples=150)
@given(edits)
def test_a_mutilated_config_is_read_or_refused_but_never_crashes(changes):
    text = mutated(changes)
    try:
        read = read_config(text, source="c.yaml", folder=Path("/nonexistent"))
    except ConfigError as err:
        read = err
    assert isinstance(read, Config | ConfigError)
    if isinstance(read, ConfigError):
        lines = text.splitlines()
        for mistake in read.mistakes:
            assert mistake.message
            assert 1 <= mistake.place.line <= max(1, len(lines) + 1)


def test_values_that_are_wrong_by_themselves_are_not_compared_with_others(mistakes):
    found = mistakes(f"{RATE}\nbatch_size: [a, {{b: 1}}, 1]\ndecay_rate: [x, 2]\ndecay: [step, 3]")
    assert {m.place.line for m in found} == {5, 6, 7}

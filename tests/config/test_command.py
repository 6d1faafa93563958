"""`command:`, `function:`, `early_stop:` and `execution:`: what they become, and each mistake with its place."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from hpsearch.config import Config, read_config, stored_config
from hpsearch.errors import ConfigError, Mistake, UsageError
from hpsearch.runs import open_run
from hpsearch.stopping import EarlyStop

REST = """
metric: {name: val_loss, goal: minimize}
parameters: {lr: "loguniform(1e-3, 1)", bn: [true, false]}
"""
ALL = "python train.py --lr {lr} --bn={bn}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config's folder, with a script and a module; the current directory is another."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "train.py").write_text("def train(lr, bn, seed): ...\ndef other(lr, size): ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "configs"


def read(text: str, rest: str = REST, **more: Any) -> Config:
    return read_config(text + rest, source="c.yaml", folder=Path("configs"), **more)


def mistakes(text: str, rest: str = REST) -> list[Mistake]:
    with pytest.raises(ConfigError) as error:
        read(text, rest)
    return error.value.mistakes


@pytest.mark.parametrize(
    "text",
    [
        'command: [python, train.py, --lr, "{lr}", "--bn={bn}"]',
        f'command: "{ALL}"',
        f"command: {{line: '{ALL}'}}",
        'command: {line: [python, train.py, --lr, "{lr}", "--bn={bn}"], booleans: value}',
    ],
)
def test_a_command_is_a_list_a_text_or_a_mapping(text: str) -> None:
    config = read(text)
    assert config.objective.name == "command"
    assert config.objective.data is None
    assert config.objective.program.line == ("python", "train.py", "--lr", "{lr}", "--bn={bn}")


def test_a_text_is_split_as_a_shell_splits_it_and_numbers_stay_as_written() -> None:
    config = read("command: python train.py ${args} 'a b' \"c;d\"")
    assert config.objective.program.line[2:] == ("${args}", "a b", "c;d")
    config = read('command: [python, train.py, "${args}", 1e-3, 010]')
    assert config.objective.program.line[3:] == ("1e-3", "010")


def test_hyperparameters_may_have_any_name_and_a_file_or_the_environment_may_carry_them() -> None:
    for line in ('python train.py "{params_file}"', "python train.py {params_file:json}", "python train.py"):
        assert read(f"command: '{line}'", REST.replace("bn:", "any-thing.else:")).space.searched


MISTAKES = {
    "{}": ("`model` is missing", (1, 1)),
    "model: network\ncommand: python train.py": ("`model` and `command` cannot both be given", (2, 1)),
    'command: [python, train.py, "{lr}", "{bm}"]': ("no parameter {bm}", (1, 37)),
    'command: [python, train.py, "${arg}"]': ("unknown word '${arg}'", (1, 29)),
    'command: [python, train.py, "${args}", "\\0"]': ("cannot be given a zero byte", (1, 40)),
    'command: {line: "python train.py", environment: {"A=": x}}': ("'A=' is no name of a variable", (1, 50)),
    'command: [python, train.py, "{lr}"]': ("parameters.bn: the command never uses it", (3, 41)),
    "command: [no-such-program]": ("there is no program 'no-such-program'", (1, 11)),
    "command: [python, tran.py]": ("there is no file 'tran.py'", (1, 19)),
    "command: python 'train.py": ("cannot be split", (1, 10)),
    "command: {booleans: pair}": ("has no `line`", (1, 10)),
    "command: 3": ("must be a list of words", (1, 10)),
    "command: [python, [train.py]]": ("each word must be a text", (1, 19)),
    "command: {line: python train.py, booleans: both}": ("command.booleans: must be one of", (1, 44)),
    "command: {line: python train.py, pattern: 'a('}": ("is no regular expression", (1, 43)),
    "command: {line: python train.py, pattern: 'a(?P<b>.)'}": ("has no group `val_loss`", (1, 43)),
    "command: {line: python train.py, environment: {A: '{no}'}}": ("no parameter {no}", (1, 51)),
    "command: {line: python train.py, shell: true}": ("unknown key `command.shell`", (1, 34)),
    "command: python train.py\ndata: digits": ("`data` is for `model: network`", (2, 1)),
    "function: train": ("must be package.module:name", (1, 11)),
    "function: nowhere.to_be:found": ("there is no module `nowhere.to_be`", (1, 11)),
    "function: train.py:train": ("`train.py` is a file; a module has no `.py`", (1, 11)),
    "function: train:trian": ("there is no `trian`", (1, 11)),
    "function: train:other": ("`other` has no argument 'bn'", (1, 11)),
    "function: {path: 'train:train', vectorized: 1}": ("must be true or false", (1, 45)),
    "function: {vectorized: true}": ("`path` is missing", (1, 11)),
    "function: train:train\nearly_stop: {rule: best}": ("must be one of median, halving", (2, 20)),
    "function: train:train\nearly_stop: {rule: median, eta: 3}": ("early_stop.eta is for `rule: halving`", (2, 28)),
    "function: train:train\nearly_stop: {after: 3}": ("`rule` is missing", (2, 13)),
    "function: train:train\nexecution: {workers: 3, devices: [0]}": ("3 workers cannot share 1 devices", (2, 22)),
    "function: train:train\nexecution: {workers: inline, timeout: 30m}": (
        "that runs `inline` cannot be ended",
        (2, 39),
    ),
    f"command: [python, {'x' * 300}.py, '${{args}}']": ("File name too long", (1, 10)),
    "command: ' '": ("has no `line`", (1, 10)),
    "function: train:train\nexecution: {max_failures: 0}": ("must be a whole number at least 1", (2, 27)),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_has_its_rule_and_its_place(text: str) -> None:
    found = mistakes(text.replace("{}", "name: x") if text == "{}" else text)
    rule, place = MISTAKES[text]
    assert [(rule in m.message, (m.place.line, m.place.column)) for m in found] == [(True, place)], found


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(mistakes("command: {line: [python, train.py, '{a}', '{b}'], pattern: '(', booleans: x}\ndata: d")) == 5


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("${args_json_file}", "{params_file:json}"),
        ("${program}", "train.py"),
        ("${interpreter}", "python"),
        ("${env}", "leave it out"),
        ("${envvar:DATA}", "environment:"),
        ("--all=${args}", "as a word of its own"),
    ],
)
def test_a_word_of_wandb_s_is_refused_with_what_does_the_same_here(word: str, instead: str) -> None:
    (found,) = mistakes(f'command: [python, train.py, "${{args}}", "{word}"]')
    assert instead in found.fix


@pytest.mark.parametrize("metric", ["", "metric: val_loss", "metric: {name: val_loss}", "metric: {goal: minimize}"])
def test_the_metric_of_one_s_own_program_needs_a_name_and_a_goal(metric: str) -> None:
    (found,) = mistakes("function: train:train", f"\n{metric}\nparameters: {{lr: [1, 2], bn: true}}")
    assert "metric" in found.message
    assert found.fix


def test_a_run_s_config_is_read_where_its_program_is_not() -> None:
    for objective in ({"command": ["no-such-program"]}, {"function": "nowhere:found"}):
        document = yaml.safe_load(REST) | objective | {"name": "stored"}
        assert stored_config(document, source="stored", folder=Path()).objective.name in objective


def test_the_module_is_not_imported_to_be_checked(folder: Path) -> None:
    (folder / "loud.py").write_text("raise SystemExit\ndef train(lr, **rest): ...\n")
    assert read("function: loud:train").objective.path == "loud:train"


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("import os.path, no_such\nos.path.join", "no_such"),
        ("from no_such.inner import f", "no_such"),
        ("import numpy\nimport no_such as n", "no_such"),
        ("try:\n    import no_such\nexcept ImportError:\n    no_such = None", ""),
        ("import sys\nsys.path.append('elsewhere')\nimport no_such", ""),
        ("import train\nimport no_such", ""),
        ("from . import no_such", ""),
        ("if False:\n    import no_such", ""),
        ("def g():\n    import no_such", ""),
    ],
)
def test_a_module_that_surely_cannot_be_imported_is_refused_without_a_line_of_it_run(folder, code, missing) -> None:
    (folder / "needy.py").write_text(f"{code}\ndef train(lr, bn): ...\n")
    found = [mistake.message for mistake in mistakes("function: needy:train")] if missing else []
    assert read("function: needy:train") if not missing else f"imports `{missing}`, which is not there" in found[0]


def test_early_stop_and_execution_become_settings() -> None:
    config = read(
        "function: {path: 'train:train', vectorized: true}\nearly_stop: {rule: halving, eta: 4, min: 2}\n"
        "execution: {devices: [0, MIG-1/2], max_failures: 3, threads_per_worker: 2}"
    )
    assert config.objective.vectorized
    assert config.early_stop == EarlyStop("halving", eta=4, min=2)
    assert config.execution.devices == (0, "MIG-1/2")
    assert (config.execution.max_failures, config.execution.threads_per_worker) == (3, 2)
    assert read("function: train:train\nearly_stop: median").early_stop == EarlyStop("median")


def test_whose_keys_are_meant_is_not_guessed_where_the_method_is_unknown() -> None:
    text = "function: os:getcwd\nmetric: {name: y, goal: minimize}\nparameters: {x: 'uniform(0, 1)'}\n"
    with pytest.raises(ConfigError) as caught:
        read_config(f"{text}search: {{method: rand, grid: 3}}", source="c.yaml", folder=Path())
    assert [mistake.message.partition(":")[0] for mistake in caught.value.mistakes] == ["search.method"]


CALLS = {
    "RATE = 3": "`RATE` is no function, but 3",
    "RATE = lambda lr: lr": "has no argument 'bn'",
    "RATE = lambda lr, bn: lr": "",
    "RATE = lambda **params: 1": "",
    "RATE = make()": "",
    "def RATE(params, /): ...": "",
    "def RATE(lr, bn, /, **more): ...": "takes 'lr' by place alone",
    "def RATE(lr, /): ...": "takes 'lr' by place alone",
    "def RATE(lr=1, bn=2, /): ...": "takes 'lr' by place alone",
    "def RATE(lr=1, /, **more): ...": "",
    "RATE = lambda lr, /, bn: lr": "takes 'lr' by place alone",
    "def RATE(*, lr, bn, k=3): ...": "",
    "def RATE(*, lr, bn, k): ...": "needs 'k', which is no parameter",
    "def RATE(*args): ...": "has no argument 'lr'",
    "def RATE(lr, *args, **more): ...": "",
    "@wrapped\ndef RATE(x): ...": "",
    "async def RATE(lr, bn): ...": "is asynchronous",
}


@pytest.mark.parametrize(("code", "rule"), CALLS.items())
def test_every_kind_of_signature_is_compared_with_the_parameters(folder: Path, code: str, rule: str) -> None:
    (folder / "calls.py").write_text(code)
    if not rule:
        assert read("function: calls:RATE").objective.name == "function"
        return
    (mistake,) = mistakes("function: calls:RATE")
    assert rule in mistake.message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('parameters: {lr: ["a\\0b", "b"], bn: 1}', "parameters.lr: a program cannot be given a zero byte"),
        (f"parameters: {{lr: [{'a' * 130_000}, b], bn: 1}}", "are up to 130,005 bytes, a program takes 120,000"),
        ('parameters: {lr: ["\\ud800", "b"], bn: 1}', "half of a character stands alone"),
    ],
)
def test_values_that_no_program_can_be_given_are_refused(text: str, rule: str) -> None:
    (mistake,) = mistakes(f'command: "{ALL}"\nmetric: {{name: m, goal: minimize}}\n', text)
    assert rule in mistake.message


def test_a_variable_has_a_name_that_a_system_can_hold() -> None:
    (mistake,) = mistakes(f"command: {{line: '{ALL}', environment: {{'A=B': 1, GOOD: 2}}}}")
    assert "command.environment: 'A=B' is no name of a variable" in mistake.message


def test_a_timeout_that_cannot_be_kept_is_refused_wherever_it_or_its_workers_are_given() -> None:
    limited, inline = (
        "function: train:train\nexecution: {timeout: 30m}",
        "function: train:train\nexecution: {workers: inline}",
    )
    for text, override in ((limited, "execution.workers=inline"), (inline, "execution.timeout=1h")):
        with pytest.raises(ConfigError, match="cannot be ended") as caught:
            read(text, overrides=[override])
        assert "`workers: 1`" in caught.value.mistakes[0].fix
    assert read(limited, overrides=["execution.workers=1"]).execution.timeout == 1800
    # A program is looked after wherever it is started.
    assert read(f"command: '{ALL}'\nexecution: {{workers: inline, timeout: 30m}}").execution.workers == 0


def test_a_run_of_an_earlier_version_can_be_read_but_goes_on_with_its_timeout_only(tmp_path: Path) -> None:
    document = yaml.safe_load(REST) | {"name": "old", "function": "nowhere:found"}
    document["execution"] = {"workers": "inline", "timeout": "30m"}
    config = stored_config(document, source="stored", folder=Path())
    with pytest.raises(UsageError, match="cannot be ended"):
        open_run(config, tmp_path)
    assert not (tmp_path / "old").exists()

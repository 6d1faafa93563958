"""What a command becomes for a trial: arguments, never text for a shell."""

import json
from pathlib import Path

import pytest
import yaml

from hpsearch.objectives.command.template import CommandLine, write_params

PARAMS = {"lr": 0.01, "layers": 2, "bn": True, "name": "a b; rm -rf $HOME 'x' \"y\"", "wide": [64, 32]}
BUILT_IN = {"trial": "7", "seed": "3", "trial_dir": "/runs/7"}


def arguments(*words: str, booleans: str = "value", **params: object) -> list[str]:
    return CommandLine(words, booleans).arguments(params or PARAMS, BUILT_IN)


def test_placeholders_become_values_inside_and_as_whole_words() -> None:
    assert arguments("x", "--lr={lr}", "{layers}", "{trial}-{seed}") == ["x", "--lr=0.01", "2", "7-3"]


def test_quotes_spaces_and_shell_characters_stay_one_argument() -> None:
    assert arguments("x", "{name}") == ["x", PARAMS["name"]]
    assert arguments("x", "--n={name}") == ["x", f"--n={PARAMS['name']}"]


def test_args_stand_for_all_parameters() -> None:
    assert arguments("x", "${args}", lr=0.1, bn=False, wide=[1, 2]) == ["x", "--lr=0.1", "--bn=false", "--wide=[1, 2]"]
    assert arguments("x", "${args_no_hyphens}", lr=0.1, bn=True) == ["x", "lr=0.1", "bn=true"]


@pytest.mark.parametrize(
    ("booleans", "value", "expected"),
    [
        ("value", True, ["--bn=true"]),
        ("value", False, ["--bn=false"]),
        ("pair", True, ["--bn"]),
        ("pair", False, ["--no-bn"]),
        ("presence", True, ["--bn"]),
        ("presence", False, []),
    ],
)
def test_booleans_become_flags_of_each_style(booleans: str, value: bool, expected: list[str]) -> None:
    assert arguments("x", "${args}", booleans=booleans, bn=value) == ["x", *expected]
    if booleans != "value":
        assert arguments("x", "{bn}", booleans=booleans, bn=value) == ["x", *expected]


def test_a_parameter_that_does_not_exist_in_a_trial_takes_its_option_with_it() -> None:
    words = ("x", "--lr", "{lr}", "--beta", "{beta}", "--gamma={gamma}", "-v")
    assert arguments(*words, lr=0.1) == ["x", "--lr", "0.1", "-v"]


def test_double_braces_are_braces() -> None:
    assert arguments("x", '{{"lr": {lr}}}') == ["x", '{"lr": 0.01}']


def test_a_hyperparameter_comes_before_a_placeholder_of_the_same_name() -> None:
    assert arguments("x", "{seed}", seed=9) == ["x", "9"]


def test_params_files_hold_the_parameters(tmp_path: Path) -> None:
    paths = write_params(tmp_path, ["params_file", "params_file:json"], PARAMS)
    assert yaml.safe_load(Path(paths["params_file"]).read_text()) == PARAMS
    assert json.loads(Path(paths["params_file:json"]).read_text()) == PARAMS

"""What a command becomes for a trial: arguments, never text for a shell."""

import argparse
import json
import re
from pathlib import Path

import pytest
import yaml

from hpsearch.objectives.command.template import CommandLine, params_files, write_params

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


def test_null_leaves_the_option_out_as_if_the_parameter_did_not_exist() -> None:
    assert arguments("x", "--depth", "{depth}", "-v", depth=None) == ["x", "-v"]
    assert arguments("x", "--depth={depth}", "{depth}", "{depth}-{trial}", depth=None) == ["x"]
    assert arguments("x", "${args}", "${args_no_hyphens}", depth=None, lr=0.1) == ["x", "--lr=0.1", "lr=0.1"]
    assert arguments("x", "{seed}", seed=None) == ["x"]  # the hyperparameter of this name, not the search's seed


@pytest.mark.parametrize("value", [-5.5e-05, -1e22, -1.5, -0.1, -5e-324, -1.7976931348623157e308, -1e16])
def test_negative_numbers_are_plain_digits_which_every_argparse_takes(value: float) -> None:
    parser = argparse.ArgumentParser()
    parser._negative_number_matcher = re.compile(r"^-\d+$|^-\d*\.\d+$")  # the rule before Python 3.14
    parser.add_argument("--bias", type=float)
    for words in (["--bias", "{bias}"], ["--bias={bias}"], ["${args}"]):
        assert parser.parse_args(arguments("x", *words, bias=value)[1:]).bias == value


def test_other_numbers_and_lists_are_as_programs_read_them() -> None:
    assert arguments("x", "{a}", "{b}", a=1e22, b=5e-05) == ["x", "1e+22", "5e-05"]
    assert arguments("x", "{a}", a=[-5e-05, None, "ü", [True]]) == ["x", '[-5e-05, null, "ü", [true]]']


def test_words_that_wandb_has_for_all_parameters() -> None:
    params = {"lr": -1e-5, "fast": True, "slow": False, "none": None}
    for booleans in ("value", "pair", "presence"):
        words = arguments("x", "${args_no_boolean_flags}", booleans=booleans, **params)
        assert words == ["x", "--lr=-0.00001", "--fast"]
    assert json.loads(arguments("x", "${args_json}", **params)[1]) == params


def test_double_braces_are_braces() -> None:
    assert arguments("x", '{{"lr": {lr}}}') == ["x", '{"lr": 0.01}']


def test_a_hyperparameter_comes_before_a_placeholder_of_the_same_name() -> None:
    assert arguments("x", "{seed}", seed=9) == ["x", "9"]


def test_params_files_hold_the_parameters(tmp_path: Path) -> None:
    paths = params_files(tmp_path, ["params_file", "params_file:json"])
    write_params(paths.values(), PARAMS)
    assert yaml.safe_load(paths["params_file"].read_text()) == PARAMS
    assert json.loads(paths["params_file:json"].read_text()) == PARAMS

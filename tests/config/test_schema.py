"""The JSON Schema accepts what the reader accepts, and refuses what it refuses."""

from pathlib import Path

import jsonschema
import pytest

from hpsearch.config import json_schema
from hpsearch.document import parse

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
BASE = "model: network\ndata: digits\nparameters: {learning_rate: {distribution: loguniform, min: 0.0001, max: 1}}\n"


def accepted(text):
    return VALIDATOR.is_valid(parse(text, "c.yaml").plain())


def test_it_is_itself_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_accepts_each_example(path):
    VALIDATOR.validate(parse(path.read_text(encoding="utf-8"), path.name).plain())


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "'loguniform(1e-4, 1)'"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "[0.1, 0.2]"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "{values: [0.1, 0.2]}"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "{distribution: ordinal, values: [0.1, 0.2]}"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "{value: 0.1}"),
        BASE + "search: {method: grid, grid: {learning_rate: 3}}\nexecution: {timeout: 30m, workers: inline}\n",
        BASE + "search: {points: [{learning_rate: 0.1}]}\nmetric: {name: val_accuracy, goal: maximize}\n",
        BASE.replace("data: digits", "data: {path: x.csv, target: y, validation: 0.3}"),
    ],
)
def test_it_accepts_every_form(text):
    assert accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        "model: network\n",
        BASE.replace("model: network", "model: forest"),
        BASE.replace("loguniform", "log_uniform"),
        BASE.replace("min: 0.0001", "min: low"),
        BASE.replace(", max: 1", ""),
        BASE.replace("max: 1", "max: 1, stepp: 2"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "{distribution: choice}"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "{min: 0.0001, max: 1}"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "[]"),
        BASE.replace("{distribution: loguniform, min: 0.0001, max: 1}", "null"),
        BASE.replace("parameters: {", "parameters: {}\nx: {"),
        BASE + "serach: {trials: 3}\n",
        BASE + "search: {trials: 0}\n",
        BASE + "search: {trials: 2.5}\n",
        BASE + "search: {method: bayes-ish}\n",
        BASE + "execution: {timeout: soon}\n",
        BASE + "metric: {name: val_accuracy, goal: up}\n",
        BASE + "name: a/b\n",
    ],
)
def test_it_refuses_what_is_wrong(text):
    assert not accepted(text)


def test_each_key_has_a_description_for_the_editor():
    def undocumented(schema):
        return [name for name, value in schema.get("properties", {}).items() if not value.get("description")]

    schema = json_schema()
    sections = ("search", "execution")
    assert [undocumented(schema), *(undocumented(schema["properties"][section]) for section in sections)] == [[]] * 3

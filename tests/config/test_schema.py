"""The JSON Schema accepts what the reader accepts, and refuses every mistake that a schema can see."""

import struct
from pathlib import Path

import jsonschema
import pytest

from hpsearch.config import json_schema, read_config
from hpsearch.config.keys import FREE, PARAMETER, TOP, sections
from hpsearch.document import parse
from hpsearch.errors import ConfigError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())

PARAMETERS = "parameters: {learning_rate: 'loguniform(1e-4, 1)'}\n"
NETWORK = f"model: network\n{PARAMETERS}"
GOAL = "metric: {name: loss, goal: minimize}\n"
OWN = f"{GOAL}{PARAMETERS}"
DIGITS = f"data: digits\n{NETWORK}"
FUNCTION = f"function: train:train\n{PARAMETERS}"
ONE_PARAMETER = f"function: train:train\n{GOAL}parameters:\n  other: [a, b]\n  x: %s\n"
REST = {"data": NETWORK, "command": OWN, "function": OWN, "metric": FUNCTION}
"""What stands beside a section; DIGITS beside all others."""

VALUES = {
    "data.name": "{name: blobs}",
    "data.path": "{path: here.csv, target: y}",
    "data.target": "{path: here.csv, target: y}",
    "data.labels": "{path: images-idx3-ubyte, labels: labels-idx1-ubyte}",
    "data.drop": "{path: here.csv, target: y, drop: [a]}",
    "data.validation": "{name: digits, validation: 0.3}",
    "data.test": "{name: digits, test: 0.1}",
    "data.seed": "{name: digits, seed: 7}",
    "data.points": "{name: blobs, points: 300}",
    "data.classes": "{name: spirals, classes: 4}",
    "data.noise": "{name: spirals, noise: 0}",
    "command.line": "{line: [python, train.py, 3, '{learning_rate}']}",
    "command.booleans": "{line: python train.py, booleans: presence}",
    "command.pattern": "{line: python train.py, pattern: 'loss (.*)'}",
    "command.metrics_file": "{line: python train.py, metrics_file: out.json}",
    "command.environment": "{line: python train.py, environment: {RATE: '{learning_rate}', N: 1}}",
    "function.path": "{path: 'train:train'}",
    "function.vectorized": "{path: 'train:train', vectorized: true}",
    "metric.name": "{name: loss, goal: minimize}",
    "metric.goal": "{name: loss, goal: maximize}",
    "search.method": "{method: coarse_to_fine}",
    "search.trials": "{trials: 20}",
    "search.seed": "{seed: 3}",
    "search.points": "{points: [{learning_rate: 0.1}]}",
    "search.grid": "{method: grid, grid: 3}",
    "search.rounds": "{method: coarse_to_fine, rounds: 3}",
    "search.eta": "{method: halving, max: 9, eta: 2}",
    "search.min": "{method: halving, max: 9, min: 2}",
    "search.max": "{method: hyperband, max: 9}",
    "search.sampler": "{method: halving, max: 9, sampler: coarse_to_fine}",
    "search.asynchronous": "{method: halving, max: 9, asynchronous: true}",
    "search.promote": "{method: halving, max: 9, promote: forecast}",
    "search.members": "{method: population, max: 9, members: 4}",
    "search.interval": "{method: population, max: 9, interval: 2}",
    "search.exploit": "{method: population, max: 9, exploit: tournament}",
    "search.resample": "{method: population, max: 9, resample: 0}",
    "search.explore": "{method: population, max: 9, explore: [learning_rate]}",
    "search.confirm": "{confirm: {}}",
    "search.confirm.top": "{confirm: {top: 3}}",
    "search.confirm.replicates": "{confirm: {replicates: 2}}",
    "metric.at": "{name: loss, goal: minimize, at: best}",
    "execution.workers": "{workers: 2}",
    "execution.network": "{network: numpy}",
    "execution.timeout": "{timeout: 1h30m}",
    "execution.retries": "{retries: 0}",
    "execution.checkpoint_size": "{checkpoint_size: 500 MB}",
    "execution.max_failures": "{max_failures: 1}",
    "execution.threads_per_worker": "{threads_per_worker: 4}",
    "execution.devices": "{devices: [0, MIG-1/2]}",
    "early_stop.rule": "{rule: median}",
    "early_stop.after": "{rule: median, after: 3}",
    "early_stop.eta": "{rule: halving, eta: 4}",
    "early_stop.min": "{rule: halving, min: 2}",
    "search.time": "{time: 8h}",
    "search.until": "{until: 2026-12-01 08:00}",
    "search.grace": "{time: 8h, grace: 0}",
    "search.target": "{target: 0.98}",
    "search.patience": "{patience: 50}",
    "early_stop.group": "{rule: median, group: 24}",
}
"""Each key of each section -> a section that has it."""

FORMS = {
    "data": ["digits"],
    "command": ["python train.py", "[python, train.py, 3]"],
    "function": ["train:train"],
    "search": [
        "{}",
        "{points: points.csv}",
        "{method: points, points: points.csv}",
        "{method: grid, grid: {learning_rate: 3}}",
    ],
    "execution": ["{workers: inline}", "{timeout: 90}", "{devices: 0}", "{workers: 2.0}"],
    "early_stop": ["median"],
}
"""Section -> other forms that it, or a value in it, may have."""

PARAMETER_FORMS = {
    "distribution": ["{distribution: ordinal, values: [1, 2]}", "{distribution: value, value: x}"],
    "min": ["{distribution: loguniform, min: 0.1, max: 1}"],
    "max": ["{distribution: reverseloguniform, min: 0.1, max: 0.9}"],
    "step": ["{distribution: uniform, min: 0, max: 1, step: 0.5}"],
    "values": ["{values: [a, true, 1]}", "[a, [1, 2], null]", "'choice(1, 2)'"],
    "value": ["{value: null}", "3", "true", "a"],
    "when": [
        *("{value: 1, when: {other: a}}", "{value: 1, when: {other: [a, b]}}"),
        *("{value: 1, when: {other: '!= a'}}", "{value: 1, when: [{other: [a]}, {other: b}]}"),
    ],
    "limits": ["{distribution: randint, min: 1, max: 8, limits: [1, 9]}"],
}
"""Each key of a parameter -> forms that have it, in long or in short."""

VALID = {
    **{key: f"{key.split('.')[0]}: {text}\n{REST.get(key.split('.')[0], DIGITS)}" for key, text in VALUES.items()},
    **{
        f"{name}: {text}": f"{name}: {text}\n{REST.get(name, DIGITS)}"
        for name, texts in FORMS.items()
        for text in texts
    },
    **{f"parameter: {text}": ONE_PARAMETER % text for texts in PARAMETER_FORMS.values() for text in texts},
    "metric by name": f"metric: val_loss\n{DIGITS}",
    "name": f"name: a-1.b_c\n{DIGITS}",
    "a key for anchors": f"x-rates: &rates [0.1, 0.2]\nx-: 3\n{DIGITS}",
}

SEEN = [
    *[f"{section}: {{nonsense: 1}}\n{REST.get(section, DIGITS)}" for section in sections() if "." not in section],
    *[f"{section}: 3.5\n{REST.get(section, DIGITS)}" for section in sections() if "." not in section],
    f"search: {{confirm: {{nonsense: 1}}}}\n{DIGITS}",
    f"nonsense: 1\n{DIGITS}",
    f"name: a/b\n{DIGITS}",
    "data: digits\nmodel: network\n",
    f"data: digits\n{PARAMETERS}",
    f"command: python train.py\n{DIGITS}",
    f"model: forest\ndata: digits\n{PARAMETERS}",
    "data: digits\nmodel: network\nparameters: {}\n",
    f"command: {{booleans: pair}}\n{OWN}",
    f"function: {{vectorized: true}}\n{OWN}",
    f"command: []\n{OWN}",
    f"command: [python, [train.py]]\n{OWN}",
    f"function: {{path: train}}\n{OWN}",
    f"metric: {{goal: minimize}}\n{FUNCTION}",
    f"metric: {{name: ' ', goal: minimize}}\n{FUNCTION}",
    f"early_stop: best\n{DIGITS}",
    f"early_stop: {{after: 3}}\n{DIGITS}",
    f"search: {{trials: 0}}\n{DIGITS}",
    f"search: {{trials: 2.5}}\n{DIGITS}",
    f"search: {{points: []}}\n{DIGITS}",
    f"execution: {{timeout: soon}}\n{DIGITS}",
    f"execution: {{workers: 0}}\n{DIGITS}",
]
"""Mistakes that both see."""

SEEN_IN_PARAMETER = [
    *("[]", "{}", "null", "{distribution: choice}", "{min: 0.1, max: 1}", "{distribution: uniform, min: 0.1}"),
    *("{distribution: log_uniform, min: 1, max: 2}", "{distribution: uniform, min: low, max: 1}"),
    *("{distribution: uniform, min: 0.1, max: 1, stepp: 1}", "{distribution: uniform, min: 0, max: 1, step: 0}"),
    *("{value: 1, when: {}}", "{value: 1, when: {other: []}}", "{value: 1, when: []}", "{value: 1, when: [a]}"),
    "{distribution: uniform, min: 0, max: 1, limits: [0]}",
]
"""Forms of a parameter that both refuse."""

UNSEEN = {
    "uniform needs min < max": ONE_PARAMETER % "{distribution: uniform, min: 1, max: 0}",
    "unknown distribution `unifrm`": ONE_PARAMETER % "unifrm(0, 1)",
    "unknown parameter `othr`": ONE_PARAMETER % "{value: 1, when: {othr: a}}",
    "nothing to search": "data: digits\nmodel: network\nparameters: {learning_rate: 0.1}\n",
    "no such hyperparameter": "data: digits\nmodel: network\nparameters: {lr: [0.1, 0.2]}\n",
    "a network has no metric": f"metric: accuracy\n{DIGITS}",
    "metric.goal is missing": f"metric: loss\n{FUNCTION}",
    "`data` is missing": NETWORK,
    "`data` is for `model: network`": f"data: digits\nfunction: train:train\n{OWN}",
    "data.path: ": f"data: there.csv\n{NETWORK}",
    "there is no program": f"command: no-such-program\n{OWN}",
    "there is no module": f"function: nowhere:train\n{OWN}",
    "no parameter {rate}": f"command: python train.py {{rate}}\n{OWN}",
    "is no regular expression": f"command: {{line: python train.py, pattern: 'a('}}\n{OWN}",
    "`grid` is for `method: grid`": f"search: {{grid: 3}}\n{DIGITS}",
    "early_stop.eta is for `rule: halving`": f"early_stop: {{rule: median, eta: 3}}\n{DIGITS}",
    "a grid needs the number of points": f"search: {{method: grid}}\n{DIGITS}",
    "learning_rate=7 is not in the space": f"search: {{points: [{{learning_rate: 7}}]}}\n{DIGITS}",
    "must be a list of settings": f"search: {{points: [[{{}}]]}}\n{DIGITS}",
    "2 workers cannot share 1 devices": f"execution: {{workers: 2, devices: [0]}}\n{DIGITS}",
    "`name` stands twice": f"name: a\nname: b\n{DIGITS}",
}
"""Mistakes that only the reader sees, by its rule: they lie between values, in a text or a file, or in a meaning."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The files that the configs name."""
    (tmp_path / "here.csv").write_text("a,b,y\n" + "1,2,p\n2,1,q\n" * 20)
    (tmp_path / "points.csv").write_text("learning_rate\n0.1\n")
    (tmp_path / "train.py").write_text("def train(**parameters): ...\n")
    (tmp_path / "images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 30, 2, 2) + bytes(range(120)))
    (tmp_path / "labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 30) + bytes([0, 1, 2] * 10))
    monkeypatch.chdir(tmp_path)


def accepted(text):
    """Whether the reader, and whether the schema, takes a config."""
    return refusal(text) == "", VALIDATOR.is_valid(parse(text, "c.yaml", []).plain())


def refusal(text):
    """What the reader says of it; nothing where it takes it."""
    try:
        read_config(text, source="c.yaml", folder=Path())
    except ConfigError as err:
        return str(err)
    return ""


def test_it_is_itself_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_accepts_each_example(path):
    VALIDATOR.validate(parse(path.read_text(encoding="utf-8"), path.name).plain())


def test_the_valid_configs_below_use_every_key():
    assert {*VALUES} == {f"{section}.{key}" for section, (keys, _) in sections().items() for key in keys}
    assert {*PARAMETER_FORMS} == {*PARAMETER}
    keys = {key for text in VALID.values() for key in parse(text, "").keys}
    # What a base says, which is another file, has a test of its own.
    assert {key for key in keys if not key.startswith(FREE)} | {"base"} == {*TOP}


@pytest.mark.parametrize("name", VALID)
def test_reader_and_schema_accept_every_key_and_every_form(name):
    assert accepted(VALID[name]) == (True, True)


@pytest.mark.parametrize("text", SEEN)
def test_reader_and_schema_refuse_what_a_schema_can_see(text):
    assert accepted(text) == (False, False)


@pytest.mark.parametrize("form", SEEN_IN_PARAMETER)
def test_reader_and_schema_refuse_a_parameter_that_is_none(form):
    assert accepted(ONE_PARAMETER % form) == (False, False)


KEYS = [(section, key) for section, (keys, _) in sections().items() for key in keys]
KEYS.remove(("search", "points"))  # of which the schema takes any list: see UNSEEN


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_reader_and_schema_refuse_a_wrong_value_of_every_key(section, key):
    top, _, inner = section.partition(".")
    wrong = f"{{{inner}: {{{key}: [[{{}}]]}}}}" if inner else f"{{{key}: [[{{}}]]}}"
    assert accepted(f"{top}: {wrong}\n{REST.get(top, DIGITS)}") == (False, False)


@pytest.mark.parametrize("rule", UNSEEN)
def test_some_mistakes_only_the_reader_sees(rule):
    assert accepted(UNSEEN[rule]) == (False, True)
    assert rule in refusal(UNSEEN[rule])


def test_each_key_has_a_description_for_the_editor():
    def undocumented(schema):
        return [name for name, value in schema.get("properties", {}).items() if not value.get("description")]

    schema = json_schema()
    assert [undocumented(schema), *(undocumented(schema["properties"][s]) for s in ("search", "execution"))] == [[]] * 3

"""`base:` and the words of `when`."""

from pathlib import Path

import pytest

from hpsearch.config import load_config
from hpsearch.errors import ConfigError

COMMON = """\
function: json:dumps
metric: {name: m, goal: minimize}
parameters:
  obj: uniform(0, 1)
  indent: [1, 2]
search: {trials: 30, seed: 4}
early_stop: median
"""


@pytest.fixture
def load(tmp_path: Path):
    """`load(text, **others)`: the config of this text, beside files of these names."""

    def read(text: str, **others: str):
        for name, content in {"own": text, **others}.items():
            (tmp_path / f"{name}.yaml").write_text(content)
        return load_config(tmp_path / "own.yaml")

    return read


def test_a_config_says_what_is_different_from_its_base(load):
    own = "base: common.yaml\nparameters: {indent: [3, 4, 5]}\nsearch: {trials: 50}\nearly_stop: null\n"
    config = load(own, common=COMMON)
    assert (config.name, config.search.trials, config.search.seed) == ("own", 50, 4)
    assert config.early_stop is None
    assert config.space["indent"].distribution.values == (3, 4, 5)
    assert str(config.space["obj"].distribution) == "uniform(0, 1)"
    assert "base" not in config.document


def test_it_is_the_config_that_one_file_would_be(load):
    whole = load(COMMON.replace("trials: 30", "trials: 50"))
    halves = load("base: common.yaml\nsearch: {trials: 50}\n", common=COMMON)
    assert halves.identity() == whole.identity()


def test_a_base_may_have_a_base_and_anchors_of_its_own(load):
    middle = "base: common.yaml\nx-range: &r uniform(0, 9)\nparameters: {obj: *r}\n"
    config = load("base: middle.yaml\nsearch: {seed: 7}\n", middle=middle, common=COMMON)
    assert str(config.space["obj"].distribution) == "uniform(0, 9)"
    assert config.search.seed == 7


def test_paths_of_a_base_start_where_it_lies(tmp_path: Path):
    other = tmp_path / "data"
    other.mkdir()
    rows = "\n".join(f"{i % 7},{i % 3},{'ab'[i % 2]}" for i in range(60))
    (other / "rows.csv").write_text(f"x,y,label\n{rows}\n")
    (other / "points.csv").write_text("learning_rate\n0.1\n")
    text = "model: network\ndata: {path: rows.csv, target: label}\nparameters: {learning_rate: 'loguniform(0.01, 1)'}\n"
    (other / "common.yaml").write_text(f"{text}search: {{points: points.csv}}\n")
    (tmp_path / "own.yaml").write_text("base: data/common.yaml\nsearch: {trials: 5}\n")
    config = load_config(tmp_path / "own.yaml")
    assert config.objective.data.path.resolve() == (other / "rows.csv").resolve()
    assert config.search.points == ({"learning_rate": 0.1},)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("base: missing.yaml\n", "base: No such file"),
        ("base: own.yaml\n", "goes in a circle"),
        ("base: [a]\n", "must be the path of another config"),
        ("base: list.yaml\n", "is no mapping"),
        ("base: common.yaml\nsearch: {trails: 5}\n", "unknown key `search.trails`"),
    ],
)
def test_what_is_wrong_with_a_base_is_said_with_its_place(load, own, said):
    with pytest.raises(ConfigError) as found:
        load(own, common=COMMON, list="[1, 2]\n")
    assert said in str(found.value)
    assert "own.yaml" in str(found.value)


def test_a_mistake_in_a_base_is_placed_there(load):
    with pytest.raises(ConfigError) as found:
        load("base: common.yaml\n", common=COMMON.replace("uniform(0, 1)", "uniform(1, 0)"))
    assert "common.yaml:4:8" in str(found.value)


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("indent == 1", "{indent: 1}"),
        ("indent == 1 or kind in [a, b]", "[{indent: 1}, {kind: [a, b]}]"),
        ("indent >= 2 and kind != 'x or y'", "{indent: '>= 2', kind: '!= x or y'}"),
        ("indent < 3 and kind == brand or kind == order", "[{indent: '< 3', kind: brand}, {kind: order}]"),
    ],
)
def test_conditions_in_words_are_those_in_lists(load, words, listed):
    text = COMMON + "  # end\n"
    text = text.replace("obj: uniform(0, 1)", "obj: {distribution: uniform, min: 0, max: 1, when: %s}")
    kinds = "  indent: [1, 2, 3]\n  kind: [a, b, brand, order, x or y]\n"
    text = text.replace("  indent: [1, 2]\n", kinds)
    text = text.replace("function: json:dumps", "command: echo ${args}")
    one, other = load(text % f'"{words}"'), load(text % listed)
    assert one.space == other.space
    assert one.identity() == other.identity()


NO_CONDITIONS = ["indent", "indent = 1", "(indent == 1)", ">= 2", "indent > 1 and indent < 3", "indent == 1 or"]


@pytest.mark.parametrize("words", NO_CONDITIONS)
def test_words_that_are_no_condition_are_refused(load, words):
    text = COMMON.replace("obj: uniform(0, 1)", f'obj: {{distribution: uniform, min: 0, max: 1, when: "{words}"}}')
    with pytest.raises(ConfigError, match="when"):
        load(text)

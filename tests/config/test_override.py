"""`--set`: parameters, sections, lists, parts of a parameter, and what is wrong."""

import pytest

from hpsearch.space import Choice, Fixed, Numeric

LONG = "learning_rate: {distribution: loguniform, min: 1e-4, max: 1}\nepochs: 20"
SHORT = "learning_rate: loguniform(1e-4, 1)\nepochs: 20"


@pytest.mark.parametrize(
    ("override", "name", "distribution"),
    [
        ("learning_rate=loguniform(1e-3,1e-1)", "learning_rate", Numeric("loguniform", 1e-3, 1e-1)),
        ("parameters.learning_rate=loguniform(1e-3, 1e-1)", "learning_rate", Numeric("loguniform", 1e-3, 1e-1)),
        ("learning_rate=[0.1, 0.01]", "learning_rate", Choice((0.1, 0.01))),
        ("epochs={value: 3}", "epochs", Fixed(3)),
        ("epochs=3", "epochs", Fixed(3)),
        (" epochs = 3", "epochs", Fixed(3)),
        ("units=lograndint(16, 64)", "units", Numeric("lograndint", 16, 64)),
        ("learning_rate.min=1e-3", "learning_rate", Numeric("loguniform", 1e-3, 1)),
        ("parameters.learning_rate.max=0.5", "learning_rate", Numeric("loguniform", 1e-4, 0.5)),
        ("learning_rate.distribution=uniform", "learning_rate", Numeric("uniform", 1e-4, 1)),
    ],
)
def test_a_parameter_is_set_whole_or_in_part(read, override, name, distribution):
    assert read(LONG, overrides=[override]).space[name].distribution == distribution


def test_sections_are_set_whether_or_not_the_file_has_them(read):
    config = read(
        SHORT, "search:\n", overrides=["search.trials=7", "search.seed=3", "execution.workers=2", "name=other"]
    )
    assert (config.search.trials, config.search.seed, config.execution.workers) == (7, 3, 2)
    assert config.name == "other"
    whole = read(SHORT, overrides=["search={method: grid, grid: 3}", "data={name: blobs, classes: 4}"])
    assert (whole.search.method, whole.objective.data.name, whole.objective.data.classes) == ("grid", "blobs", 4)


def test_the_last_of_two_wins(read):
    assert read(SHORT, overrides=["search.trials=7", "search.trials=8"]).search.trials == 8


def test_what_is_set_is_the_same_config_as_what_is_written(read):
    written = read("learning_rate: loguniform(1e-3, 1)\nepochs: 20", "search: {trials: 7}\n")
    changed = read(SHORT, overrides=["learning_rate=loguniform(1e-3, 1)", "search.trials=7"])
    assert changed.identity() == written.identity()


@pytest.mark.parametrize(
    ("override", "rule", "fix"),
    [
        ("learning_rate", "must be KEY=VALUE", "--set search.trials=20"),
        ("=3", "must be KEY=VALUE", "--set search.trials=20"),
        ("learning_rate=", "has no value", "loguniform"),
        ("learning_rate=loguniform(0,1)", "loguniform needs 0 < min < max", "`uniform`"),
        ("learning_rate=[0.1", "not YAML", "bracket"),
        ("trials=20", "there is no parameter `trials`", "--set search.trials=20"),
        ("workers=2", "there is no parameter `workers`", "--set execution.workers=2"),
        ("lerning_rate=0.1", "no such hyperparameter", "did you mean `learning_rate`?"),
        ("serch.trials=3", "no such hyperparameter", ""),
        ("search.trails=3", "unknown key `search.trails`", "did you mean `trials`?"),
        ("search.trials=-3", "must be a whole number at least 1", ""),
        ("data.classes=3", "`data` is 'digits' in the file", "--set data="),
        ("search=", "search must be a mapping, got nothing", ""),
        ("parameters=", "`parameters` is empty", "loguniform"),
        ("epochs=!foo 3", "!foo has no meaning", "leave the tag out"),
    ],
)
def test_a_wrong_override_names_the_option_the_rule_and_the_fix(mistakes, override, rule, fix):
    found = mistakes(SHORT, overrides=[override])
    (mistake,) = [m for m in found if rule in m.message]
    assert mistake.place.source == f"--set {override}"
    assert fix in mistake.fix
    assert str(mistake).startswith(f"--set {override}: ")


def test_a_part_of_a_short_form_cannot_be_set_and_the_message_says_how(mistakes):
    (mistake,) = mistakes(SHORT, overrides=["learning_rate.min=1e-3"])
    assert "`parameters.learning_rate` is 'loguniform(1e-4, 1)' in the file, which has no `min`" in mistake.message
    assert mistake.fix == "--set parameters.learning_rate='{...}'"

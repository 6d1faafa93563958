"""Advice on scales: the shares in the sentences are counted in draws, not taken from the sentences."""

import re

import numpy as np
import pytest

from hpsearch.config import lint


def advice(read, text):
    return lint(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "learning_rate: uniform(0.0001, 1)",
        "learning_rate: uniform(0.001, 0.3)",
        "learning_rate: uniform(0.01, 10, step=0.03)",
        "l2: uniform(1e-6, 1e-2)",
        "units: randint(1, 1000)",
        "l2: uniform(0, 1)",
    ],
)
def test_a_linear_scale_over_decades_is_told_its_true_share(read, text):
    config = read(text)
    (sentence,) = lint(config)
    share, cut = re.search(r"spends (\d+)% of the trials above ([\d.e-]+);", sentence).groups()
    (parameter,) = config.space.searched
    drawn = np.array(parameter.distribution.from_unit((np.arange(20_000) + 0.5) / 20_000))
    assert (drawn > float(cut)).mean() == pytest.approx(int(share) / 100, abs=0.011)
    assert "use loguniform(" in sentence or "use lograndint(" in sentence or "such as loguniform(0.0001, 1)" in sentence


def test_the_two_sentences_that_the_lecture_would_say(read):
    assert advice(read, "learning_rate: uniform(0.0001, 1)") == [
        "learning_rate: uniform on [0.0001, 1] spends 90% of the trials above 0.1; use loguniform(0.0001, 1)"
    ]
    text = "momentum: uniform(0.9, 0.999)\noptimizer: momentum"
    assert advice(read, text) == [
        "momentum: uniform on [0.9, 0.999] spends only 9% of the trials on averages over 100 to 1000 steps; "
        "use reverseloguniform(0.9, 0.999)"
    ]


@pytest.mark.parametrize(
    "distribution", ["uniform(0.9, 0.999)", "loguniform(0.9, 0.999)", "uniform(0.5, 0.99, step=0.07)"]
)
def test_the_share_of_the_longest_averages_is_the_one_that_is_drawn(read, distribution):
    config = read(f"momentum: {distribution}\noptimizer: momentum")
    (sentence,) = lint(config)
    share, shortest = map(int, re.search(r"only (\d+)% .* over (\d+) to", sentence).groups())
    drawn = np.array(config.space["momentum"].distribution.from_unit((np.arange(20_000) + 0.5) / 20_000))
    steps = 1 / (1 - drawn)
    tolerance = 0.15 if "step" in distribution else 0.011  # a step of 0.07 cannot follow a share of 18 %
    assert (steps > shortest).mean() == pytest.approx(share / 100, abs=tolerance)
    assert "use reverseloguniform(" in sentence


@pytest.mark.parametrize("text", ["momentum: uniform(0.99, 0.999)\noptimizer: momentum"])
def test_a_range_of_one_decade_near_1_is_advised_without_a_share(read, text):
    (sentence,) = advice(read, text)
    assert "wrong scale" in sentence


@pytest.mark.parametrize(
    "text",
    [
        "learning_rate: loguniform(1e-4, 1)",
        "learning_rate: uniform(0.1, 0.5)",
        "momentum: reverseloguniform(0.9, 0.999)\noptimizer: momentum",
        "units: lograndint(1, 1000)",
        "layers: randint(1, 5)",
        "dropout: uniform(0, 0.5)",
        "batch_size: [32, 64]",
        "momentum: {distribution: reverseloguniform, min: 0.9, max: 0.99, when: {optimizer: momentum}}\n"
        "optimizer: [momentum, adam]",
    ],
)
def test_a_sensible_space_gets_no_advice(read, text):
    assert advice(read, text) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "momentum: reverseloguniform(0.9, 0.99)\noptimizer: [momentum, adam, rmsprop]",
            "momentum has no effect where optimizer is adam or rmsprop; add `when: {optimizer: [momentum]}`",
        ),
        (
            "momentum: reverseloguniform(0.9, 0.99)\noptimizer: [adam, rmsprop]",
            "momentum has no effect: optimizer is adam or rmsprop",
        ),
        ("momentum: reverseloguniform(0.9, 0.99)\noptimizer: adam", "momentum has no effect: optimizer is adam"),
        ("momentum: reverseloguniform(0.9, 0.99)", "momentum has no effect: optimizer is adam"),
        (
            "bn_momentum: reverseloguniform(0.9, 0.99)\nbatch_norm: [true, false]",
            "bn_momentum has no effect where batch_norm is false; add `when: {batch_norm: [true]}`",
        ),
    ],
)
def test_a_parameter_without_effect_is_told_with_the_condition_to_add(read, text, sentence):
    assert sentence in advice(read, text)


@pytest.mark.parametrize("condition", ["optimizer: [momentum]", "batch_norm: [true]"])
def test_the_condition_that_the_advice_proposes_ends_it(read, condition):
    name = "momentum" if "optimizer" in condition else "bn_momentum"
    choices = "optimizer: [momentum, adam]\nbatch_norm: [true, false]"
    open_range = "distribution: reverseloguniform, min: 0.9, max: 0.99"
    assert advice(read, f"{choices}\n{name}: {{{open_range}}}")
    assert advice(read, f"{choices}\n{name}: {{{open_range}, when: {{{condition}}}}}") == []

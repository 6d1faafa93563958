"""Each way of writing a parameter, and each way of getting it wrong."""

import json

import numpy as np
import pytest

from hpsearch.config import lint
from hpsearch.space import Choice, Condition, Fixed, Numeric, Ordinal, Space, among

RATE = "learning_rate: loguniform(1e-4, 1)"


def one(read, text):
    """The only parameter of a config, beside one that is always right."""
    (parameter,) = read(f"{text}\nl2: loguniform(1e-6, 1e-2)").space.parameters[:1]
    return parameter


SAME = [
    (
        Numeric("loguniform", 1e-4, 1),
        [
            "learning_rate: {distribution: loguniform, min: 1e-4, max: 1}",
            "learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1.0}",
            "learning_rate: {distribution: loguniform, low: .0001, high: 1e0}",
            "learning_rate: {distribution: loguniform, lower: 0.0001, upper: 1}",
            "learning_rate: loguniform(1e-4, 1)",
            "learning_rate:  loguniform ( 1e-4 , 1 ) ",
            'learning_rate: "loguniform(1e-4, 1)"',
            "learning_rate: loguniform(min=1e-4, max=1)",
            "learning_rate: loguniform(low=1e-4, high=1)",
            "learning_rate: loguniform(1e-4, max=1)",
        ],
    ),
    (
        Numeric("uniform", 0, 0.5, 0.1),
        [
            "dropout: {distribution: uniform, min: 0, max: 0.5, step: 0.1}",
            "dropout: {distribution: q_uniform, min: 0, max: 0.5, q: 0.1}",
            "dropout: {distribution: quniform, lower: 0, upper: .5, q: 1e-1}",
            "dropout: uniform(0, 0.5, 0.1)",
            "dropout: uniform(0, 0.5, step=0.1)",
            "dropout: uniform(0,0.5,0.1)",
            "dropout: uniform(0, 0.5,0.1)",
            "dropout: uniform(0,0.5, 0.1)",
            "dropout: quniform(0, 0.5, q=0.1)",
        ],
    ),
    (
        Choice((32, 64)),
        [
            "batch_size: {values: [32, 64]}",
            "batch_size: {distribution: choice, values: [32, 64]}",
            "batch_size: {distribution: categorical, choices: [32, 64]}",
            "batch_size: {distribution: values, options: [32, 64]}",
            "batch_size: [32, 64]",
            "batch_size: choice(32, 64)",
            "batch_size: choice([32, 64])",
            "batch_size: categorical(32, 64)",
        ],
    ),
    (
        Ordinal((32, 64)),
        [
            "batch_size: {distribution: ordinal, values: [32, 64]}",
            "batch_size: ordinal(32, 64)",
            "batch_size: ordinal([32, 64])",
        ],
    ),
    (
        Fixed(20),
        [
            "epochs: 20",
            "epochs: {value: 20}",
            "epochs: {distribution: constant, value: 20}",
            "epochs: {distribution: fixed, value: 20}",
        ],
    ),
    (
        Choice(([64, 32], [128])),
        ["hidden: [[64, 32], [128]]", "hidden: {values: [[64, 32], [128]]}", "hidden: choice([64, 32], [128])"],
    ),
    (
        Numeric("randint", 1, 3),
        [
            "layers: {distribution: randint, min: 1, max: 3}",
            "layers: {distribution: randint, min: 1.0, max: 3, step: 1}",
            "layers: {distribution: int_uniform, min: 1, max: 3}",
            "layers: randint(1, 3)",
        ],
    ),
]


@pytest.mark.parametrize(
    ("distribution", "text"), [(made, text) for made, texts in SAME for text in texts], ids=lambda x: str(x)[:60]
)
def test_every_form_means_the_same_distribution(read, distribution, text):
    read_back = one(read, text).distribution
    assert read_back == distribution
    assert read_back.spec() == distribution.spec()


def test_a_condition_takes_one_value_or_a_list(read):
    for when in ("adam", "[adam]"):
        space = read(
            f"optimizer: [adam, sgd]\nbeta1: {{distribution: uniform, min: 0.8, max: 0.9, when: {{optimizer: {when}}}}}"
        ).space
        assert space["beta1"].when == ({"optimizer": among("adam")},)


def test_a_list_of_conditions_is_any_of_them_and_comes_back_from_its_spec(read):
    space = read(
        "optimizer: [adam, sgd]\nlayers: randint(1, 4)\nl2: loguniform(1e-6, 1e-2)\n"
        "dropout: {distribution: uniform, min: 0, max: 0.5, when: [{optimizer: sgd, layers: 2}, {layers: '>=3'}]}\n"
        "beta1: {distribution: uniform, min: 0.8, max: 0.9, when: {optimizer: '!= sgd', l2: < 1e-3}}"
    ).space
    assert space["dropout"].when == ({"optimizer": among("sgd"), "layers": among(2)}, {"layers": Condition(">=", 3)})
    assert space["beta1"].when == ({"optimizer": Condition("!=", ("sgd",)), "l2": Condition("<", 1e-3)},)
    assert Space.from_spec(json.loads(json.dumps(space.stored()))) == space
    rows = space.decode(np.random.default_rng(0).random((200, 5)))
    for row in rows:
        met = (row["optimizer"] == "sgd" and row["layers"] == 2) or row["layers"] >= 3
        assert ("dropout" in row) == met
        assert ("beta1" in row) == (row["optimizer"] == "adam" and row["l2"] < 1e-3)


WRONG = [
    # text, what the caret underlines, the rule, the fix
    ("lr: loguniform(1e-4, 1)", "lr", "a network has no such hyperparameter", "did you mean `learning_rate`?"),
    ("learning_rate:", "", "has no value", "loguniform(1e-4, 1)"),
    ("learning_rate: {}", "{}", "needs a distribution", "`loguniform`"),
    ("learning_rate: {min: 1e-4, max: 1}", "{min: 1e-4, max: 1}", "needs a distribution", "`uniform`"),
    ("layers: {min: 1, max: 3}", "{min: 1, max: 3}", "needs a distribution", "`randint`"),
    (
        "learning_rate: {distribution: loguniform, min: 0, max: 1}",
        "0",
        "loguniform needs 0 < min < max, got min=0, max=1",
        "`uniform`",
    ),
    (
        "learning_rate: {distribution: loguniform, min: 1, max: 0.1}",
        "1",
        "needs min < max, got min=1, max=0.1",
        "swap them",
    ),
    ("learning_rate: loguniform(0.1, 0.1)", "loguniform(0.1, 0.1)", "needs min < max", "value: 0.1"),
    ("learning_rate: loguniform(-4, 0)", "loguniform(-4, 0)", "needs 0 < min < max", "exponents"),
    ("momentum: reverseloguniform(0.9, 1)", "reverseloguniform(0.9, 1)", "needs min < max < 1", "0.999"),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4}",
        "{distribution: loguniform, min: 1e-4}",
        "needs `max`",
        "loguniform(min, max)",
    ),
    ("learning_rate: {distribution: loguniform, min: a, max: 1}", "a", "min must be a number, got 'a'", ""),
    ("learning_rate: {distribution: uniform, min: yes, max: 1}", "yes", "min must be a number, got 'yes'", ""),
    ("learning_rate: {distribution: uniform, min: true, max: 1}", "true", "min must be a number, got true", ""),
    ("learning_rate: {distribution: uniform, min: 0.1, max: .inf}", ".inf", "max must be a number, got inf", ""),
    (
        f"learning_rate: {{distribution: uniform, min: 0.1, max: 1{'0' * 350}}}",
        f"1{'0' * 350}",
        "max must be a number",
        "",
    ),
    ("layers: randint(1.5, 3)", "randint(1.5, 3)", "randint needs whole numbers, got min=1.5, max=3", "`uniform`"),
    ("dropout: {distribution: uniform, min: 0, max: 0.5, step: 0}", "0", "step must be a number above 0, got 0", ""),
    (
        "dropout: {distribution: uniform, min: 0, max: 0.5, step: 0.7}",
        "0.7",
        "step 0.7 is larger than the range, 0.5",
        "smaller step",
    ),
    ("layers: {distribution: randint, min: 1, max: 3, step: 0.5}", "0.5", "step must be a whole number", ""),
    (
        "learning_rate: {distribution: loguni, min: 1e-4, max: 1}",
        "loguni",
        "unknown distribution `loguni`",
        "did you mean `loguniform`?",
    ),
    (
        "learning_rate: {distribution: log-uniform, min: 1e-4, max: 1}",
        "log-uniform",
        "unknown distribution",
        "did you mean `loguniform`?",
    ),
    (
        "learning_rate: {distribution: log_uniform, min: -4, max: 0}",
        "log_uniform",
        "min and max are exponents",
        "loguniform(0.0001, 1)",
    ),
    (
        "momentum: {distribution: inv_log_uniform, min: 0.9, max: 0.99}",
        "inv_log_uniform",
        "log-uniform draw under another name",
        "`reverseloguniform`",
    ),
    (
        "learning_rate: {distribution: inv_log_uniform_values, min: 0.1, max: 1}",
        "inv_log_uniform_values",
        "log-uniform",
        "`loguniform`",
    ),
    ("learning_rate: {distribution: normal, mu: 0, sigma: 1}", "normal", "bell curve", "`uniform`"),
    ("learning_rate: log_uniform(-4, 0)", "log_uniform(-4, 0)", "exponents", "loguniform(0.0001, 1)"),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4, max: 1, log: true}",
        "log",
        "has no key `log`",
        "loguniform",
    ),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4, max: 1, stepp: 1}",
        "stepp",
        "has no key `stepp`",
        "did you mean `step`?",
    ),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4, low: 1e-3, max: 1}",
        "low",
        "`min` is given twice",
        "keep one",
    ),
    ("dropout: {distribution: q_uniform, min: 0, max: 0.5}", "q_uniform", "q_uniform needs `q`", "`uniform`"),
    ("units: {distribution: qrandint, min: 1, max: 9, q: 2}", "qrandint", "multiples of q", "`randint` with `step: 2`"),
    ("batch_size: {values: 32}", "32", "values must be a list, got 32", "values: [32]"),
    ("batch_size: {values: []}", "[]", "choice needs at least one value", ""),
    ("batch_size: []", "[]", "choice needs at least one value", ""),
    ("batch_size: [32, 64, 32]", "[32, 64, 32]", "choice lists 32 more than once", "keep one"),
    ("batch_size: {values: [32, 64], min: 1}", "1", "values takes no `min`", "remove `min`"),
    (
        "batch_size: {distribution: randint, values: [32, 64]}",
        "[32, 64]",
        "randint takes `min` and `max`",
        "leave `distribution` out",
    ),
    ("batch_size: {distribution: choice, min: 1, max: 2}", "1", "choice takes no `min`", "remove `min`"),
    ("batch_size: {distribution: ordinal}", "{distribution: ordinal}", "ordinal needs `values`", ""),
    ("learning_rate: [0.1, .nan]", ".nan", "NaN is no setting", ""),
    ("learning_rate: loguniform", "loguniform", "loguniform needs `min` and `max`", "loguniform(min, max)"),
    ("learning_rate: loguniform(1e-4, 1", "loguniform(1e-4, 1", "no closing bracket", "close it"),
    ("dropout: uniform(0,5, 1)", "uniform(0,5, 1)", "does the comma divide", "uniform(0.5, 1)"),
    ("dropout: uniform(0,001, 1)", "uniform(0,001, 1)", "does the comma divide", "uniform(0.001, 1)"),
    ("dropout: uniform(0, 001, 1)", "uniform(0, 001, 1)", "does the comma divide", "it: uniform(0, 1, 1)"),
    ("dropout: uniform(min=0,001, max=1)", "uniform(min=0,001, max=1)", "does the comma", "min=0.001, max=1)"),
    ("dropout: uniform(0,1; 0,5)", "uniform(0,1; 0,5)", "does the comma divide", "uniform(0.1, 0.5)"),
    ("units: uniform(1, 8)", "uniform(1, 8)", "parameters.units must be whole, and uniform(1, 8)", "randint(1, 8)"),
    ("units: loguniform(2, 64)", "loguniform(2, 64)", "must be whole", "lograndint(2, 64)"),
    ("epochs: uniform(0.5, 8.5, 1)", "uniform(0.5, 8.5, 1)", "must be whole", "randint(1, 8)"),
    ("batch_size: uniform(16.2, 16.8)", "uniform(16.2, 16.8)", "must be whole", "randint(min, max)"),
    ("decay_every: loguniform(1, 9)", "loguniform(1, 9)", "must be whole", "lograndint(1, 9)"),
    ("learning_rate: loguniform(1e-4)", "loguniform(1e-4)", "needs `max`", ""),
    ("learning_rate: loguniform(1e-4, 1, 2, 3)", "loguniform(1e-4, 1, 2, 3)", "got 4 values", ""),
    ("learning_rate: loguniform(1e-4, 1, min=2)", "loguniform(1e-4, 1, min=2)", "`min` needs one value", ""),
    ("learning_rate: loguniform(1e-4, 1, 'step= ')", "loguniform(1e-4, 1, 'step= ')", "`step` needs one value", ""),
    ("learning_rate: loguniform(1e-4, 1, 'step=]')", "loguniform(1e-4, 1, 'step=]')", "cannot read", ""),
    ("learning_rate: loguniform(1e-4, 1, base=10)", "loguniform(1e-4, 1, base=10)", "no key `base`", ""),
    (
        "learning_rate: logunifrm(1e-4, 1)",
        "logunifrm(1e-4, 1)",
        "unknown distribution `logunifrm`",
        "did you mean `loguniform`?",
    ),
    ("bad name: 3", "bad name", "is no name of a parameter", "no spaces"),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4, max: 1, limits: [1e-3, 1]}",
        "[1e-3, 1]",
        "limits must be [lowest, highest]",
        "or wider",
    ),
    (
        "learning_rate: {distribution: loguniform, min: 1e-4, max: 1, limits: [0, 1]}",
        "[0, 1]",
        "limits: loguniform needs 0 < min",
        "",
    ),
    ("learning_rate: {distribution: loguniform, min: 1e-4, max: 1, limits: 3}", "3", "limits must be", ""),
    ("learning_rate: uniform(0, 1)", "uniform(0, 1)", "must be a number above 0", ""),
    ("units: [16, big]", "[16, big]", "must be a whole number from 1, got 'big'", ""),
    ("batch_size: [1, 32]", "[1, 32]", "batch_size must be 2 or more under batch norm", ""),
    ("batch_size: randint(1, 8)", "randint(1, 8)", "batch_size must be 2 or more under batch norm", ""),
    ("batch_norm: [yes, no]", "[yes, no]", "got 'yes'", ""),
]


@pytest.mark.parametrize(("text", "underlined", "rule", "fix"), WRONG, ids=[row[0][:70] for row in WRONG])
def test_a_mistake_says_where_the_rule_the_value_and_the_fix(mistakes, text, underlined, rule, fix):
    found = mistakes(f"l2: loguniform(1e-6, 1e-2)\n{text}")
    (mistake,) = [m for m in found if rule in m.message]
    assert mistake.place.line == 5
    assert mistake.place.text == f"  {text}"
    begin = mistake.place.column - 1
    assert mistake.place.text[begin : begin + mistake.place.width].strip() == underlined
    assert fix in mistake.fix
    assert f"c.yaml:5:{mistake.place.column}: " in str(mistake)


@pytest.mark.parametrize(
    ("parameters", "rule", "advice"),
    [
        ("batch_size: [1, 32]\nbatch_norm: false", "", ""),
        ("batch_size: [1, 32]\nlayers: 0", "", ""),
        ("batch_size: [1, 32]\nbatch_norm: [true, false]", "", "batch_size 1 fails with some values of batch_norm"),
        ("decay_rate: uniform(0.5, 1.5)\ndecay: [step, exponential]", "decay_rate must be a number from 0 to 1", ""),
        ("decay_rate: uniform(0.5, 1.5)\ndecay: inverse", "", ""),
        ("decay_rate: uniform(0.5, 1.5)\ndecay: [step, inverse]", "", "decay_rate 1.5 fails with some values of decay"),
        (
            "decay: [step, inverse]\ndecay_rate: {distribution: uniform, min: 0.5, max: 2, when: {decay: step}}",
            "decay_rate must be a number from 0 to 1",
            "",
        ),
    ],
)
def test_values_that_go_together_only_with_some_of_another(read, mistakes, parameters, rule, advice):
    if rule:
        (mistake,) = mistakes(f"{RATE}\n{parameters}")
        assert rule in mistake.message
        return
    told = [text for text in lint(read(f"{RATE}\n{parameters}")) if "fails with" in text]
    assert [text[: len(advice)] for text in told] == ([advice] if advice else [])


WRONG_WHEN = [
    ("{optimiser: adam}", "optimiser", "unknown parameter `optimiser`", "did you mean `optimizer`?"),
    ("{optimizer: adm}", "optimizer", "optimizer is never 'adm'", "did you mean `adam`?"),
    ("{optimizer: [adam, 3]}", "optimizer", "optimizer is never 3", "optimizer is choice(adam, sgd)"),
    ("{optimizer: []}", "[]", "names no value of `optimizer`", "leave `when` out"),
    ("{}", "{}", "when must be a mapping, or a list of mappings, got {}", "when: {optimizer: [adam]}"),
    ("3", "3", "or a list of mappings, got 3", "when: {optimizer: [adam]}"),
    ("adam", "adam", "'adam' is no condition", "when: optimizer == adam"),
    ("'layers == 3 or l2'", "'layers == 3 or l2'", "'l2' is no condition", "when: [{optimizer: adam}, {"),
    ("'layers > 1 and layers < 3'", "'layers > 1 and layers < 3'", "stands twice", "one condition for each"),
    ("[]", "[]", "or a list of mappings, got []", "when: [{optimizer: adam}"),
    ("[{optimizer: adam}, 3]", "[{optimizer: adam}, 3]", "or a list of mappings, got", "when: [{optimizer: adam}"),
    ("{or: [{optimizer: adam}]}", "or", "unknown parameter `or`", "when: [{optimizer: adam}, {layers: '>= 2'}]"),
    ("[{layers: 2}, {optimizr: adam}]", "optimizr", "unknown parameter `optimizr`", "did you mean `optimizer`?"),
    ("[{layers: 2}, {beta1: '> 0.9'}]", "[{layers: 2}, {beta1: '> 0.9'}]", "goes in a circle: beta1 -> beta1", ""),
    ("{layers: '> 3'}", "layers", "layers is never > 3", "layers is randint(1, 3)"),
    ("{layers: '>= two'}", "'>= two'", "compares with what is no number", "list the values"),
    ("{layers: '>= [2'}", "'>= [2'", "layers: cannot read", "'>= 2'"),
    ("{optimizer: '> 3'}", "optimizer", "optimizer is never > 3", "optimizer is choice(adam, sgd)"),
    ("{optimizer: '!= adm'}", "optimizer", "optimizer is never 'adm'", "did you mean `adam`?"),
    ("{l2: '!= 0.001'}", "l2", "practically never takes one certain value", "l2: '> 0.1'"),
    ("{beta1: 0.85}", "{beta1: 0.85}", "goes in a circle: beta1 -> beta1", "let one of them exist always"),
    ("{l2: 0.001}", "l2", "practically never takes one certain value", "choice"),
    ("{layers: 1.5}", "layers", "layers is never 1.5", "randint(1, 3)"),
]


@pytest.mark.parametrize(("when", "underlined", "rule", "fix"), WRONG_WHEN)
def test_a_condition_that_cannot_be_met_is_refused(mistakes, when, underlined, rule, fix):
    beta = f"beta1: {{distribution: uniform, min: 0.8, max: 0.9, when: {when}}}"
    found = mistakes(f"optimizer: [adam, sgd]\nl2: loguniform(1e-6, 1e-2)\nlayers: randint(1, 3)\n{beta}")
    (mistake,) = [m for m in found if rule in m.message]
    assert mistake.place.line == 7
    assert mistake.place.text[mistake.place.column - 1 :][: mistake.place.width] == underlined
    assert fix in mistake.fix


def test_a_circle_is_told_once_and_with_its_way(mistakes):
    found = mistakes(
        "activation: {values: [relu], when: {init: he}}\n"
        "init: {values: [he], when: {decay: none}}\n"
        "decay: {values: [none], when: {activation: relu}}\n"
    )
    circles = [m.message for m in found if "circle" in m.message]
    assert circles == ["parameters.activation.when: goes in a circle: activation -> init -> decay -> activation"]


def test_everything_wrong_with_one_parameter_is_told_at_once(mistakes):
    found = mistakes(
        "learning_rate: {distribution: loguni, min: a, max: b, stap: 1, when: {optimizr: adam}}\noptimizer: [adam]"
    )
    messages = "\n".join(m.message for m in found)
    for rule in ("unknown distribution", "min must be", "max must be", "no key `stap`", "unknown parameter `optimizr`"):
        assert rule in messages
    assert [m.place.column for m in found] == sorted(m.place.column for m in found)


@pytest.mark.parametrize(
    ("section", "rule"),
    [
        ("parameters: [a, b]\n", "must be a mapping, got ['a', 'b']"),
        ("parameters: {}\n", "`parameters` is empty"),
        ("parameters:\n", "`parameters` is empty"),
        ("", "`parameters` is missing"),
        ("parameters: {epochs: 20}\n", "every parameter is fixed: nothing to search"),
    ],
)
def test_parameters_without_anything_to_search_are_refused_with_an_example(mistakes, section, rule):
    found = mistakes("", head=f"model: network\ndata: digits\n{section}#")
    assert any(rule in m.message and "loguniform(1e-4, 1)" in m.fix for m in found)


def test_in_one_line_with_others_the_short_form_asks_for_quotes(mistakes, read):
    head = "model: network\ndata: digits\nparameters: {learning_rate: %s, epochs: 3}\n#"
    found = mistakes("", head=head % "loguniform(1e-4, 1)")
    assert any("quotes" in m.fix for m in found)
    assert read("", head=head % "'loguniform(1e-4, 1)'").space["learning_rate"].distribution.max == 1

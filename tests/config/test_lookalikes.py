"""What looks like a range and is none is refused with the range that is meant; what is a text stays one."""

import numpy as np
import pytest

from hpsearch.space import Choice, Fixed

OTHER = "l2: loguniform(1e-6, 1e-2)"
PROGRAM = 'command: [echo, "m=1", "${args}"]\nmetric: {name: m, goal: minimize}\n'

MEANT = {
    "tune.loguniform(1e-4, 1)": "loguniform(1e-4, 1)",
    "hp.uniform('x', 0, 1)": "uniform(0, 1)",
    "hp.loguniform('x', -5, 0)": "loguniform(0.006738, 1)",
    "hp.loguniform('x', np.log(1e-4), np.log(1e-1))": "loguniform(1e-4, 1e-1)",
    "hp.loguniform('x', 1, 5)": "loguniform(2.718, 148.4)",
    "1e-4\u20261": "loguniform(1e-4, 1) or uniform(1e-4, 1)",
    "<0, 1>": "randint(0, 1) or uniform(0, 1)",
    "1|2|3": "[1, 2, 3]",
    "hp.quniform('x', 0, 1, 0.1)": "uniform(0, 1, 0.1)",
    "scipy.stats.loguniform(1e-5, 1e-1)": "loguniform(1e-5, 1e-1)",
    "np.random.uniform(-1, 1)": "uniform(-1, 1)",
    "np.linspace(0, 1, 5)": "uniform(0, 1)",
    "np.logspace(-4, 0, 5)": "loguniform(1e-4, 1e0)",
    "np.arange(0, 1, 0.1)": "uniform(0, 1, 0.1)",
    "tune.choice([32, 64])": "[32, 64]",
    'trial.suggest_float("lr", 1e-4, 1, log=True)': "loguniform(1e-4, 1)",
    "trial.suggest_int('n', 1, 8)": "randint(1, 8)",
    "trial.suggest_categorical('o', ['a', 'b'])": "['a', 'b']",
    'hp.Float("lr", min_value=1e-4, max_value=0.1, sampling="log")': "loguniform(1e-4, 0.1)",
    "Real(1e-4, 1, prior='log-uniform')": "loguniform(1e-4, 1)",
    "IntDistribution(1, 8)": "randint(1, 8)",
    "log-uniform(1e-4, 1)": "loguniform(1e-4, 1)",
    "loguniform[1e-4, 1]": "loguniform(1e-4, 1)",
    "~uniform(0,1)": "uniform(0, 1)",
    "x ~ U(0, 1)": "uniform(0, 1)",
    "randint(1 5)": "randint(1, 5)",
    "uniform(0; 1)": "uniform(0, 1)",
    "uniform(min=0; max=1)": "uniform(0, 1)",
    "range(1, 10)": "randint(1, 10)",
    "uniform 0 1": "uniform(0, 1)",
    "uniform: 0, 1": "uniform(0, 1)",
    "uniform 0..1": "uniform(0, 1)",
    "uniform between 0 and 1": "uniform(0, 1)",
    "log uniform 1e-4 to 1": "loguniform(1e-4, 1)",
    "1e-4..1": "loguniform(1e-4, 1) or uniform(1e-4, 1)",
    "0.1...0.9": "uniform(0.1, 0.9)",
    "1 .. 8": "randint(1, 8) or uniform(1, 8)",
    "(1e-4, 1)": "loguniform(1e-4, 1) or uniform(1e-4, 1)",
    "'[0, 1]'": "randint(0, 1) or uniform(0, 1)",
    "'[0, 1)'": "randint(0, 1) or uniform(0, 1)",
    "1e-4 to 1": "loguniform(1e-4, 1) or uniform(1e-4, 1)",
    "from -1.5 to 1.5": "uniform(-1.5, 1.5)",
    "between 0 and 0.5": "uniform(0, 0.5)",
    "1 - 1000": "lograndint(1, 1000) or randint(1, 1000)",
    "0.1 -> 0.9": "uniform(0.1, 0.9)",
    "0 < lr <= 0.1": "uniform(0, 0.1)",
    "0 ≤ lr ≤ 0.1": "uniform(0, 0.1)",
    "interval(0, 1)": "uniform(0, 1)",
    "tag(log, interval(1e-5, 1e-1))": "loguniform(1e-5, 1e-1)",
    "int(loguniform(1, 64))": "lograndint(1, 64)",
    "1e-4, 1": "loguniform(1e-4, 1) or uniform(1e-4, 1)",
    "1, 8": "randint(1, 8) or uniform(1, 8)",
    "0.1:0.5": "uniform(0.1, 0.5)",
    "0:1:0.1": "uniform(0, 1, 0.1)",
    "0:0.1:1": "uniform(0, 1, 0.1)",
    "0.1-0.5": "uniform(0.1, 0.5)",
    "0.1,0.5": "uniform(0.1, 0.5)",
    "1e-4-1e-1": "loguniform(1e-4, 1e-1) or uniform(1e-4, 1e-1)",
    "10^-4..10^0": "loguniform(0.0001, 1) or uniform(0.0001, 1)",
    "10**-4 - 10**0": "loguniform(0.0001, 1) or uniform(0.0001, 1)",
    "10**uniform(-4, 0)": "loguniform(0.0001, 1)",
    "10 ^ np.random.uniform(-4, 0)": "loguniform(0.0001, 1)",
    "1 - 10**uniform(-3, -1)": "reverseloguniform(0.9, 0.999)",
    "1 - loguniform(0.001, 0.1)": "reverseloguniform(0.9, 0.999)",
    "0.1 * uniform(0, 1)": "uniform(0, 1)",
    "2**randint(3, 8)": "[8, 16, 32, 64, 128, 256]",
    "2**randint(3, 20)": "lograndint(8, 1048576)",
    "1e-3 * uniform(0, 1)": "uniform(0, 1)",
    "Categorical([1,2])": "[1,2]",
    "one_of(1,2)": "[1,2]",
    "N(0,1)": "uniform(-2, 2)",
    "x ~ Normal(0.5, 0.1)": "uniform(0.3, 0.7)",
    "min=0,max=1": "randint(0, 1) or uniform(0, 1)",
    "low: 0.1, high: 0.5": "uniform(0.1, 0.5)",
    "{min: 0.1, max: 0.5}": "uniform(0.1, 0.5)",
    "log 1e-4 1": "loguniform(1e-4, 1)",
    "{1,2}": "[1,2]",
}
"""As it stands in the file -> the form that is meant."""

TEXTS = """\
relu
resnet(50)
resnet_v2(50, 100)
conv(3, 64)
Adam(lr=0.1)
nn.Linear(3, 4)
optim.SGD(0.1, 0.9)
nn.ReLU()
torch.float32
np.float32
dropout(0.1, 0.2)
cosine(0.1, 100)
step(10)
norm(2)
beta(2, 5)
a..b
v1.0
1.2.3
1.2.3-rc1
2020-01-01
2020-2021
2026-11-25
555-1234
+49-30-123456
0.5-0.1
12:30:45
0:1
2**8
1 - x
3 * step(1, 2)
{a,b}
{1}
linear 64 128
one_of
Categorical(probs)
N(3)
12:30
0-1
0,1
3x3
(3, 3)
(224, 224)
80%
../data/train.csv
~/data
s3://bucket/x-1
data/2020-01..2020-02
https://a.b/c?d=1..2
report (final).csv
C:\\data\\x (1)
--lr 0.1 --wd 0.01
a -> b
a to b
x < 3
scale 0 to 1
lambda x
kaiming_uniform
xavier_uniform_
kaiming_uniform(a=0)
uniform_noise
int8
int 8 16
range
random
gpt-3.5-turbo
layer1..layer4
sha256 12..34 ab
SELECT a FROM t""".splitlines()


@pytest.mark.parametrize(("text", "form"), MEANT.items())
def test_what_looks_like_a_range_is_refused_with_the_range_that_is_meant(read, mistakes, text, form):
    quoted = text if text.startswith("'") else "'" + text.replace("'", "''") + "'"
    (mistake,) = mistakes(f"x: {quoted}\n{OTHER}", head=PROGRAM)
    assert "looks like a range and is none" in mistake.message
    first, itself = mistake.fix.splitlines()
    assert first == form
    for one in form.split(" or "):
        again = one if one.startswith("[") else f"'{one}'"
        assert read(f"x: {again}\n{OTHER}", head=PROGRAM).space["x"].searched
    fixed = itself.partition(": ")[2]
    assert read(f"x: {fixed}\n{OTHER}", head=PROGRAM).space["x"].distribution == Fixed(text.strip("'"))


@pytest.mark.parametrize("text", TEXTS)
def test_paths_words_and_calls_of_other_things_stay_texts(read, text):
    quoted = "'" + text + "'"
    assert read(f"x: {quoted}\n{OTHER}", head=PROGRAM).space["x"].distribution == Fixed(text)


BRANCHES = """\
opt: [adam, sgd]
lr:
  - {distribution: loguniform, min: 0.001, max: 0.01, when: {opt: adam}}
  - {distribution: loguniform, min: 0.1, max: 1, when: {opt: [sgd]}}"""

RANGES = """\
lr:
  - uniform(0, 1)
  - tune.loguniform(1e-4, 1)
  - 3"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            BRANCHES,
            [
                "lr_adam: {distribution: loguniform, min: 0.001, max: 0.01, when: {opt: adam}}",
                "lr_sgd: {distribution: loguniform, min: 0.1, max: 1, when: {opt: [sgd]}}",
            ],
        ),
        (
            RANGES,
            [
                "lr_branch: [1, 2, 3]",
                "lr_1: {distribution: uniform, min: 0, max: 1, when: {lr_branch: 1}}",
                "lr_2: {distribution: loguniform, min: 0.0001, max: 1, when: {lr_branch: 2}}",
                "lr_3: {value: 3, when: {lr_branch: 3}}",
            ],
        ),
    ],
)
def test_a_list_of_ranges_is_refused_with_a_parameter_for_each(read, mistakes, text, lines):
    (mistake,) = mistakes(text, head=PROGRAM)
    assert "a list is a choice between its values" in mistake.message
    assert mistake.fix.splitlines()[1:-1] == lines
    chooser = "" if "lr_branch" in lines[0] else "opt: [adam, sgd]\n"
    space = read(chooser + "\n".join(lines), head=PROGRAM).space
    for setting in space.decode(np.random.default_rng(0).random((20, space.dimensions))):
        assert len([name for name in setting if name.startswith("lr_") and name != "lr_branch"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x: [{lr: 0.1, wd: 1}, {lr: 1, wd: 0.1}]",
        "x: [{type: adam}, {type: sgd}]",
        "x: {values: [{min: 0, max: 1}, {min: 0, max: 2}]}",
        'x: ["loguniform(1e-4, 1)"]',
        'x: ["1 to 5", "6 to 10"]',
    ],
)
def test_a_choice_between_values_that_are_no_ranges_is_a_choice(read, text):
    assert isinstance(read(f"{text}\n{OTHER}", head=PROGRAM).space["x"].distribution, Choice)


@pytest.mark.parametrize(
    ("text", "rule", "fix"),
    [
        ("x: [{min: 0, max: 1, distribution: uniform}]", "a list is a choice", "leave out the brackets"),
        ("x: [uniform(0, 1), 3]", "has no closing bracket", "in quotes"),
        ("x: {loguniform: [1e-4, 1]}", "no key `loguniform`", "write `distribution: ...` with"),
    ],
)
def test_other_ways_of_writing_a_range_say_what_to_write(mistakes, text, rule, fix):
    found = mistakes(f"{text}\n{OTHER}", head=PROGRAM)
    assert rule in found[0].message
    assert fix in found[0].fix

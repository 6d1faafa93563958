"""Values and tables as text: what they show of numbers, and what texts of others cannot do in them."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hpsearch.config import read_config
from hpsearch.document import visible
from hpsearch.history import History
from hpsearch.report import ABSENT, TrialTable
from hpsearch.space import Choice
from hpsearch.surrogate.curves import Expected
from hpsearch.trial import Metric, Result, Status, Trial
from hpsearch.views import formats
from hpsearch.views.terminal import Terminal

EVIL = ["\x1b[31mred", "a\rb", "a\nb", "\x1b]0;title\x07", "\u202eabc", "\u2028", "x\x9b2J", "\ud800", "z\u200bz"]
CONFIG = """\
command: [echo, "m=1", "{b}", "{n}", "{s}"]
metric: {name: m, goal: minimize}
parameters: {b: "reverseloguniform(0.9, 0.99999)", n: "uniform(0.5, 2000)", s: [a, b]}
"""
SPACE = read_config(CONFIG, source="c.yaml", folder=Path()).space


def table(*rows: dict) -> TrialTable:
    """Trials of these settings, whose metric `m` is their place."""
    results = (Result(Status.COMPLETE, {"m": float(place)}) for place in range(len(rows)))
    trials = (Trial(number, 1, params, 0) for number, params in enumerate(rows, 1))
    return TrialTable(History(Metric("m", "minimize"), zip(trials, results, strict=True)))


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_a_text_acts_on_a_terminal(text: str) -> None:
    out = Terminal(file=io.StringIO(), force_terminal=True, width=60, color_system=None)
    grid = Table()
    grid.add_column(Text("head " + text))
    grid.add_row(Text(text))
    for drawn in (grid, Text(text), text):
        out.print(drawn, markup=False, highlight=False)
    shown = out.file.getvalue()
    assert all(letter == "\n" or letter.isprintable() for letter in shown)
    assert visible(text).isprintable()


def test_a_text_of_letters_is_shown_as_it_stands() -> None:
    assert visible("größe 学习率 \u00a0 \U0001f600 a\\b") == "größe 学习率 \u00a0 \U0001f600 a\\b"
    assert visible("a\tb\nc", "\n\t") == "a\tb\nc"
    assert visible("a\tb\x1b") == "a\\tb\\x1b"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@sum", "\tx", "\rx"])
def test_a_spreadsheet_does_not_calculate_a_text(text: str) -> None:
    found = formats.as_csv({text: [text, 1.5]})
    rows = list(csv.reader(io.StringIO(found, newline="")))
    assert rows == [["'" + text], ["'" + text], ["1.5"]]


@pytest.mark.parametrize("value", [-1, -1e-05, "-5", "-1e-3", "+7"])
def test_a_number_stays_a_number_in_csv(value: object) -> None:
    assert formats.as_csv({"x": [value]}) == f"x\n{value}"


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", 'a"b', "a,b", "x"])
def test_csv_gives_texts_back(text: str) -> None:
    rows = list(csv.reader(io.StringIO(formats.as_csv({"t": [text], "n": [7]}), newline="")))
    assert rows == [["t", "n"], [text, "7"]]


def test_a_row_of_markdown_is_one_line_and_no_markup() -> None:
    found = table(
        *({"s": text} for text in ["a|b", "a\nb", "`c`", "<img src=x>", "**d**", "__e__", "[f](g)", "| h", "i_j"])
    )
    lines = formats.as_markdown(found.rows(found.numbers, ["s"]), found, SPACE).splitlines()
    assert lines[2:] == [
        r"| a\|b |",
        r"| a\\nb |",
        r"| \`c\` |",
        "| &lt;img src=x> |",
        r"| \*\*d\*\* |",
        r"| \_\_e\_\_ |",
        r"| \[f](g) |",
        r"| \| h |",
        "| i_j |",
    ]


def test_null_is_written_and_what_does_not_exist_is_empty_or_left_out() -> None:
    found = table({"s": None, "n": 7}, {"n": 8}, {"s": "x"})
    rows = found.rows(found.numbers, ["s", "n", "error"])
    assert formats.cells(rows, found, SPACE)["s"] == ["null", "", "x"]
    assert formats.as_csv(rows) == "s,n,error\nnull,7,\n,8,\nx,,"
    expected = [{"s": None, "n": 7, "error": None}, {"n": 8, "error": None}, {"s": "x", "error": None}]
    assert json.loads(formats.as_json(rows, found)) == expected


def test_a_text_that_looks_like_another_value_of_its_column_or_like_nothing_is_in_quotes() -> None:
    values = [None, "null", "", ABSENT, True, "true", 1, "1", 1.5, "1.5", "08"]
    shown = ["null", "'null'", "''", "", "true", "'true'", "1", "'1'", "1.5", "'1.5'", "08"]
    assert formats.values(values) == shown
    assert formats.values(["null", "1", "x"]) == ["null", "1", "x"]


def test_halves_of_letters_get_into_json() -> None:
    found = table({"s": "\ud800"})
    assert formats.as_json(found.rows(found.numbers, ["s"]), found).isascii()


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.99998, "0.99998"), (0.999, "0.999"), (1.0, "1"), (1e6, "1000000"), (0.1 + 0.2, "0.3"), (1.00002, "1.00002")],
)
def test_only_one_is_shown_as_one(number: float, shown: str) -> None:
    assert formats.values([number]) == [shown]


@pytest.mark.parametrize(
    ("number", "shown"), [(0.99996, "0.99996"), (1.0, "1.0000"), (0.5, "0.5000"), (1e180, "1e+180")]
)
def test_only_a_perfect_metric_is_shown_as_one(number: float, shown: str) -> None:
    assert formats.metric(number) == shown


def test_an_end_of_a_range_is_told_from_what_lies_beside_it() -> None:
    assert formats.settings({"b": 0.9999899, "n": 1999.97}, SPACE) == {"b": "0.9999899", "n": "1999.97"}
    assert formats.settings({"b": 0.99999, "n": 2000.0}, SPACE) == {"b": "0.99999", "n": "2000"}


def test_different_numbers_of_a_column_look_different_and_equal_ones_equal() -> None:
    found = table({"n": 0.123456}, {"n": 0.123454}, {"n": 0.123454}, {"n": 7})
    shown = formats.cells(found.rows(found.numbers, ["n", "m"]), found, SPACE)
    assert shown["n"] == ["0.12346", "0.12345", "0.12345", "7"]
    assert shown["m"] == ["0.0000", "1.0000", "2.0000", "3.0000"]


def test_headers_are_no_markup() -> None:
    from hpsearch.views.tables import plain_table

    out = Console(width=60)
    with out.capture() as captured:
        out.print(plain_table(["[red]x[/]", "[/]"], [("[/]", "a")]))
    assert captured.get().split() == ["[red]x[/]", "[/]", "[/]", "a"]


def test_words_are_broken_between_them_and_names_not_at_all() -> None:
    from hpsearch.views.space import print_space
    from hpsearch.views.tables import sentence

    optimizers = "[rmsprop, adam, adagrad, nesterov_momentum, sgd]"
    text = CONFIG.replace("s: [a, b]", f"a_rather_long_parameter: {optimizers}").replace("{s}", "${args}")
    out = Console(width=80)
    with out.capture() as captured:
        print_space(out, read_config(text, source="c.yaml", folder=Path()))
        sentence(out, "word " * 60)
    shown = captured.get()
    assert max(map(len, shown.splitlines())) <= 80
    words = {word.strip(",") for word in shown.split()}
    assert {"a_rather_long_parameter", "rmsprop", "adam", "adagrad", "nesterov_momentum", "sgd"} <= words
    assert shown.split().count("word") == 60


def test_what_matters_most_is_shown_first_and_what_does_not_fit_is_named() -> None:
    from hpsearch.views.tables import print_ranked

    names = [f"parameter_{letter}" for letter in "abcdefghijkl"]
    found = table(*({name: 0.123 * i + place for i, name in enumerate(names)} for place in range(3)))
    out = Console(width=80)
    with out.capture() as captured:
        print_ranked(out, found, SPACE, found.numbers, {}, first=["parameter_l", "parameter_c"])
    head, _, foot = captured.get().partition("left out to fit: ")
    heads = head.splitlines()[1].split()
    assert heads[:5] == ["rank", "trial", "m", "l", "c"]
    left = " ".join(foot.split()).partition(" (--columns")[0].split(", ")
    assert {*heads[3:], *(name.removeprefix("parameter_") for name in left)} == set("abcdefghijkl")


def test_the_curve_is_a_column_that_can_be_chosen() -> None:
    from hpsearch.views.tables import print_ranked

    found, out = table({"n": 1}, {"n": 2}), Console(width=80)
    with out.capture() as captured:
        curves = {1: {"m": [0.0, 1.0]}, 2: {"m": [1.0, 0.0]}}
        print_ranked(out, found, SPACE, found.numbers, curves, columns=["curve", "n"])
    assert [line.split() for line in captured.get().splitlines()] == [["curve", "n"], ["▁█", "1"], ["█▁", "2"]]


def test_csv_tells_texts_of_a_hyperparameter_from_other_choices_that_look_like_them():
    choices = {"s": Choice((None, "null", "", "x")), "n": Choice((8, "8"))}
    rows = {"s": [None, "null", "", "x"], "n": [8, "8", ABSENT, 8]}
    assert formats.as_csv(rows, choices) == "s,n\nnull,8\n'null','8'\n'',\nx,8"


def test_space_at_the_ends_of_a_text_is_seen() -> None:
    found = table({"s": "x"}, {"s": "x "}, {"s": " x"})
    assert formats.cells(found.rows(found.numbers, ["s"]), found, SPACE)["s"] == ["x", "'x '", "' x'"]


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (0.96812, 0.0042, "0.968 ± 0.004"),
        (0.96812, 0.00042, "0.9681 ± 0.0004"),
        (12.34, 0.7, "12.3 ± 0.7"),
        (1234.5, 30.0, "1234 ± 30"),
        (1e-9, 1e-12, "1e-09 ± 1e-12"),
        (3e9, 2e8, "3e+09 ± 2e+08"),
    ],
)
def test_what_is_expected_is_as_exact_as_it_is_known(value: float, half: float, text: str) -> None:
    assert formats.expected(Expected(60, value, half)) == f"expected at epoch 60: {text}"
    assert formats.outlook(Expected(60, value, half)) == f"expected {text} at 60"

"""What a shell would act upon in a command, and a lone brace, are refused; what is quoted is an argument."""

from pathlib import Path

import pytest

from hpsearch.config import stored_config

PARAMETERS = "lr: loguniform(1e-3, 1)\nbn: [true, false]"
METRIC = "metric: {name: m, goal: minimize}\n"
ALL = "echo --lr {lr} --bn={bn}"


@pytest.fixture
def line(read):
    """The words of a command that is read."""
    return lambda command: read(PARAMETERS, head=f"command: {command}\n{METRIC}").objective.program.line


@pytest.fixture
def refused(mistakes):
    """The one mistake of a command."""

    def refused(command):
        (found,) = mistakes(PARAMETERS, head=f"command: {command}\n{METRIC}")
        return found

    return refused


SHELL = {
    "> out.txt 2>&1": "'>' is for a shell",
    ">out.txt": "'>out.txt' is for a shell",
    "2>/dev/null": "'2>/dev/null' is for a shell",
    "< data.txt": "'<' is for a shell",
    "| tee log": "'|' is for a shell",
    "&& python eval.py": "'&&' is for a shell",
    "--k 3; python eval.py": "'3;' is for a shell",
    "&": "'&' is for a shell",
    "# as before": "'#' is for a shell",
    "$LR": "'$LR' is for a shell",
    '"--out=$HOME/x"': "'$HOME' is for a shell",
    "$(date)": "'$(' is for a shell",
}


@pytest.mark.parametrize(("rest", "rule"), SHELL.items())
def test_what_only_a_shell_does_is_refused_in_a_text_with_how_to_have_one(refused, rest, rule):
    found = refused(f"|\n  {ALL} {rest}")
    assert rule in found.message
    assert "[sh, -c, " in found.fix


def test_a_variable_that_is_called_like_a_parameter_says_how_that_is_written(refused):
    assert "{lr} is the value" in refused(f"'{ALL} $LR'").fix


@pytest.mark.parametrize("word", [">", "2>&1", "|", "||", ";", "&", "$HOME", "$HOME/x"])
def test_a_word_of_a_list_that_only_a_shell_acts_upon_is_refused_where_none_is_run(line, refused, word):
    assert f"'{word}' is for a shell" in refused(f'[echo, "${{args}}", "{word}"]').message
    assert line(f"|\n  echo ${{args}} '{word}'")[-1] == word
    assert line(f'[sh, -ec, "echo $0 $1", "${{args}}", "{word}"]')[-1] == word


@pytest.mark.parametrize(
    "text",
    ["'a;b' \">\" '$HOME' \\;", "http://a.b?c=1&d=2", "a<b", 'sh -c "echo $HOME > x"', "{{a}} \\\n  --more", "^a$"],
)
def test_what_is_quoted_or_within_a_word_is_an_argument(line, text):
    assert line(f"|\n  {ALL} {text}")[4:]


def test_a_backslash_at_the_end_of_a_line_goes_on_in_the_next(line):
    assert line("|\n  echo \\\n    --lr {lr} \\\n    --bn={bn}") == ("echo", "--lr", "{lr}", "--bn={bn}")


@pytest.mark.parametrize(("word", "what"), [("--a={lr", "closed"), ("{{lr}", "opened"), ("x}", "opened")])
def test_a_brace_that_stands_alone_is_refused(refused, word, what):
    found = refused(f'[echo, "${{args}}", "{word}"]')
    assert f"is not {what}" in found.message
    assert "written {{ and }}" in found.fix


def test_variables_are_not_put_into_those_of_the_environment(refused):
    found = refused(f"{{line: '{ALL}', environment: {{A: $HOME/x, B: pa$word}}}}")
    assert "'$HOME/x': no variables are put in here" in found.message


def test_a_run_of_an_earlier_version_keeps_its_words():
    document = {"name": "old", "command": ["echo", "{lr", "|", "$X"], "parameters": {"lr": [1, 2]}}
    document["metric"] = {"name": "m", "goal": "minimize"}
    assert stored_config(document, source="stored", folder=Path()).objective.name == "command"

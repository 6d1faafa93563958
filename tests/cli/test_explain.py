"""`hpsearch explain`: the codes that messages end in, and what it says of them."""

import json
import re
from pathlib import Path

import pytest

from hpsearch.cli.explaining import explain
from hpsearch.codes import CODES, GROUPS

WRONG = """\
command: [sh, -c, 'exit $(( $1 + 2 ))', sh, "{x}"]
metric: {name: loss, goal: minimize}
parameters:
  x: [1, 2]
search: {method: grid}
execution: {workers: inline, retries: 0}
"""


def test_one_code_is_said_in_full_whatever_its_case_and_brackets(cli) -> None:
    said = cli("explain", "C203").out
    for part in (CODES["C203"].title, CODES["C203"].cause, f"Fix: {CODES['C203'].fix}"):
        assert f"{part}\n" in said
    assert "  parameters:\n    learning_rate: loguniform(0, 1)\n" in said
    assert cli("explain", "c203").out == cli("explain", "[C203]").out == said
    assert cli("explain", "C203", "D101").out == f"{said}\n{cli('explain', 'D101').out}"


def test_without_a_code_all_are_listed_by_what_they_are_about(cli) -> None:
    said = cli("explain").out
    assert [line for line in said.splitlines() if line in GROUPS] == list(GROUPS)
    assert re.findall(r"^  ([A-Z]\d{3})  ", said, re.M) == list(CODES)


def test_nothing_is_cut_or_filled_up_in_a_pipe(cli) -> None:
    assert max(map(len, cli("explain").out.splitlines())) < 120


def test_a_code_that_is_none_gets_the_nearest_one(cli) -> None:
    outcome = cli("explain", "C20")
    assert outcome.code == 2
    assert outcome.err == "Error: no code 'C20'; did you mean `C210`? [U102]\n"
    assert "`hpsearch explain` lists all" in cli("explain", "nothing").err


def test_a_shell_completes_codes() -> None:
    (argument,) = explain.params[:1]
    found = argument.shell_complete(explain.make_context("explain", []), "s10")
    assert (found[0].value, found[0].help) == ("S101", CODES["S101"].title)
    assert {each.value for each in found} == {code for code in CODES if code.startswith("S10")}


def test_mistakes_of_a_config_have_their_codes_and_one_line_for_all_of_them(cli, small: Path) -> None:
    small.write_text(small.read_text().replace("1e-3", "0").replace("seed", "sede").replace("trials", "trails"))
    said = cli("check", "small.yaml").err
    assert re.findall(r"^small.yaml:.* \[(\w+)\]$", said, re.M) == ["C203", "C104", "C104"]
    assert said.endswith("3 mistakes; nothing was run.\n`hpsearch explain C203 C104` says more\n")


def test_what_click_says_of_a_command_line_has_a_code_too(cli) -> None:
    for words in (["reprot"], ["check"], ["report", "--topp", "3"], ["report", "--top", "many"]):
        outcome = cli(*words)
        assert outcome.code == 2
        assert outcome.err.endswith(" [U101]\n")
        assert "explain" not in outcome.err


def test_several_errors_that_are_told_together_have_a_code_each(finished) -> None:
    said = finished("mv", "smal", "a/b").err
    assert re.findall(r"\[(\w+)\]$", said, re.M) == ["U102", "U101"]


def test_failed_trials_have_theirs_in_the_summary_in_show_and_as_a_column(cli) -> None:
    Path("wrong.yaml").write_text(WRONG)
    assert "1 failed: it printed nothing: exit code 3 (trial 1) [R102]\n" in cli("run", "wrong.yaml").out
    assert "it printed nothing: exit code 4 [R102]\n" in cli("show", "wrong", "2").out
    (row, _) = json.loads(cli("report", "wrong", "--format", "json").out)
    assert (row["error"], row["error_code"]) == ("it printed nothing: exit code 3", "R102")
    findings = json.loads(cli("report", "wrong", "--format", "findings").out)
    assert [failure["code"] for failure in findings["summary"]["failures"]] == ["R102", "R102"]
    some = cli("report", "wrong", "--where", "error_code == 'R109'", "--format", "json").out
    assert json.loads(some) == []
    assert "no trial succeeded: failed: it printed nothing: exit code 3 [R102]" in cli("ls", "--format", "json").out


def test_a_search_that_fails_leads_to_the_reason_first(cli) -> None:
    Path("wrong.yaml").write_text(WRONG.replace("[1, 2]", "[1, 2, 3, 4, 5, 6]"))
    said = cli("run", "wrong.yaml").err
    assert said.startswith("the first 5 trials all failed in the same way [R101]:\n")
    assert said.endswith("`hpsearch explain R102 R101` says more\n")


def test_a_mistake_of_our_own_has_one(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpsearch.views.listing.print_runs", lambda *_: 1 / 0)
    assert cli("ls").err.startswith("Error: a mistake of hpsearch itself, ZeroDivisionError: division by zero [X101]\n")

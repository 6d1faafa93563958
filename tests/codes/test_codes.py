"""The codes of errors: each is explained and used, each example of the table is true, and each reaches the user."""

import ast
import importlib
import json
import pickle
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hpsearch
from hpsearch.cli import main
from hpsearch.codes import CODES, GROUPS, Explanation
from hpsearch.config import load_config
from hpsearch.errors import ConfigError, DataError, HpsearchError, JobLostError, coded, uncoded

PACKAGE = Path(hpsearch.__file__).parent
ABSTRACT = {HpsearchError, ConfigError, JobLostError}
"""Classes without a code of their own: what is raised of them brings it, or its mistakes do."""

JOINED = "cli/runs.py"
"""Raises an error that tells several, each with its code."""

EXAMPLES = {code: each for code, each in CODES.items() if each.wrong}
NETWORK = "model: network\ndata: {name: blobs, points: 120}\n"
PROGRAM = "metric: {name: accuracy, goal: maximize}\n"
PARAMETERS = {
    "model:": "parameters:\n  learning_rate: loguniform(0.001, 1)\n",
    "command:": "parameters:\n  lr: loguniform(0.001, 1)\n",
    "function:": "parameters:\n  lr: loguniform(0.001, 1)\n",
}
TRIAL = "parameters:\n  x: uniform(0, 1)\n"
INLINE = "execution: {workers: inline, retries: 0}\n"


def sources() -> Iterator[tuple[str, ast.AST]]:
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith("codes/"):
            yield place, ast.parse(path.read_text(encoding="utf-8"))


def classes(base: type[HpsearchError] = HpsearchError) -> Iterator[type[HpsearchError]]:
    yield base
    for each in base.__subclasses__():
        yield from classes(each)


def test_every_class_of_errors_has_a_code_that_is_explained() -> None:
    for module in pkgutil.walk_packages(hpsearch.__path__, "hpsearch."):
        if not module.name.endswith(("__main__", "._kernel")):
            importlib.import_module(module.name)
    ours = {each for each in classes() if each.__module__.startswith("hpsearch.")}
    assert len(ours) > 15
    assert {each.__name__ for each in ours - ABSTRACT if each.code not in CODES} == set()
    assert {each for each in ABSTRACT if each.code} == set()


def test_what_has_no_code_by_its_class_brings_one() -> None:
    bare = [
        (place, call.lineno)
        for place, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("HpsearchError", "JobLostError")
        if "code" not in {keyword.arg for keyword in call.keywords}
    ]
    assert [place for place, _ in bare] == [JOINED], bare


def test_the_codes_in_use_are_those_that_are_explained() -> None:
    used = {
        constant.value
        for _, tree in sources()
        for constant in ast.walk(tree)
        if isinstance(constant, ast.Constant) and re.fullmatch(r"[A-Z]\d{3}", str(constant.value))
    }
    assert used == {*CODES}


def test_every_code_says_what_why_and_how_and_stands_in_its_group() -> None:
    for group, table in GROUPS.items():
        assert list(table) == sorted(table)
        for code, each in table.items():
            assert code[0] == group[0]
            assert re.fullmatch(r"[A-Z]\d{3}", code)
            assert 10 < len(each.title) <= 74
            assert not each.title.endswith(".")
            assert each.cause.endswith(".")
            assert each.fix.endswith(".")
            assert bool(each.wrong) == bool(each.right) != (each.wrong == each.right)


def test_a_text_gets_its_code_at_the_end_of_its_first_line_and_gives_it_back() -> None:
    assert coded("no run 'x'", "U102") == "no run 'x' [U102]"
    assert coded("locked\n  wait", "S101") == "locked [S101]\n  wait"
    assert coded("alike:\n  reason", "R101") == "alike [R101]:\n  reason"
    assert coded("as it was", "") == "as it was"
    assert uncoded("no metric [x] [R103]") == ("no metric [x]", "R103")
    assert uncoded("mismatched types [E308]") == ("mismatched types [E308]", "")


def test_an_error_keeps_its_code_on_its_way_out_of_a_process() -> None:
    error = pickle.loads(pickle.dumps(DataError("no such column", "target", code="D104")))  # noqa: S301  our own
    assert (error.shown(), error.key, DataError("cut off").shown()) == (
        "no such column [D104]",
        "target",
        "cut off [D102]",
    )


# What stands in the examples.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("def main(lr):\n    return lr\n")
    (tmp_path / "common.yaml").write_text("search: {seed: 1}\n")
    (tmp_path / "small.yaml").write_text(whole(NETWORK))
    (tmp_path / "flowers.csv").write_text(table("length,width,species\n1.5,2,a\n2.5,1,b"))
    return tmp_path


def whole(part: str) -> str:
    """A config of which an example is a part."""
    if not re.search("^(model|command|function):", part, re.M):
        part = f"{'model: network' if re.search('^data:', part, re.M) else NETWORK.rstrip()}\n{part}"
    kind = re.search("^(model|command|function):", part, re.M)
    assert kind is not None
    if kind[0] != "model:" and "metric:" not in part:
        part = PROGRAM + part
    return f"{part}\n" if "parameters:" in part else f"{PARAMETERS[kind[0]]}{part}\n"


def table(rows: str) -> str:
    """A table of which an example shows the first rows."""
    first, *others = rows.splitlines()
    return "\n".join([first, *others * 12, ""])


def codes_of(example: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes that an example ends in: of a command line, a table or a part of a config."""
    if example.startswith("hpsearch "):
        return said(example.split()[1:], capsys)
    if ("," in example.splitlines()[0] and ":" not in example) or (
        "|" in example.splitlines()[0] and ":" not in example
    ):
        (folder / "flowers.csv").write_text(table(example))
        example = "data: {path: flowers.csv, target: species}"
    path = folder / "example.yaml"
    path.write_text(whole(example))
    try:
        load_config(path)
    except ConfigError as err:
        return err.codes
    return []


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes in what a command that fails says on standard error."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr().err
    assert bool(ended.value.code) == bool(printed), printed
    return re.findall(r"\[([A-Z]\d{3})\]", printed)


READ = {code: each for code, each in EXAMPLES.items() if code[0] != "R"}
RUN = {code: each for code, each in EXAMPLES.items() if code[0] == "R"}


@pytest.mark.parametrize("code", READ)
def test_what_an_example_calls_wrong_ends_in_its_code_and_what_it_calls_right_does_not(code, folder, capsys) -> None:
    assert codes_of(READ[code].wrong, folder, capsys) == [code]
    assert codes_of(READ[code].right, folder, capsys) == []


def ending(example: str, name: str, capsys: pytest.CaptureFixture[str]) -> str | None:
    """The code of the only trial of an example; of the search as a whole where it has more."""
    alone, execution = "search:" not in example, "" if "execution:" in example else INLINE
    Path(f"{name}.yaml").write_text(f"{PROGRAM}{TRIAL}{execution}{'search: {trials: 1}' if alone else ''}\n{example}\n")
    if not alone:
        return next(iter(said(["run", f"{name}.yaml", "--quiet"], capsys)), None)
    with pytest.raises(SystemExit):
        main(["run", f"{name}.yaml", "--quiet"])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["report", name, "--format", "json", "--columns", "error_code"])
    ((code,),) = (trial.values() for trial in json.loads(capsys.readouterr().out))
    return code


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("code", RUN)
def test_a_trial_that_an_example_calls_wrong_fails_with_its_code(code, capsys) -> None:
    assert ending(RUN[code].wrong, "wrong", capsys) == code
    assert ending(RUN[code].right, "right", capsys) is None


def test_every_code_of_a_config_has_an_example() -> None:
    assert [code for code in CODES if code[0] == "C" and code not in EXAMPLES] == []


def test_the_explanation_is_a_record_of_texts() -> None:
    assert {type(value) for each in CODES.values() for value in vars(each).values()} == {str}
    assert Explanation("a", "b", "c").wrong == ""

"""What is longer than the screen, and messages that are longer than a line, on a terminal and in a pipe."""

import os
import sys
from pathlib import Path

import pytest

from tests.docs.terminal import COLUMNS, ROWS, run

PAGER = "sed s/^/paged:/"


@pytest.fixture
def on_terminal(finished, tmp_path):  # noqa: ARG001  a run is there
    """`on_terminal(command, PAGER)`: the lines on the screen."""

    def go(command: str, pager: str | None = None) -> list[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        return run(command, tmp_path, environment | ({} if pager is None else {"PAGER": pager}), {}, interrupt=False)

    return go


def config(place: Path) -> None:
    """A config whose check is longer than a screen."""
    names = "".join(f"  p{i}: [1, 2]\n" for i in range(ROWS))
    (place / "train.py").touch()
    (place / "long.yaml").write_text(
        f"command: [python, train.py, '${{args}}']\nmetric: {{name: y, goal: minimize}}\nparameters:\n{names}"
    )


def test_what_is_longer_than_the_screen_goes_through_the_pager_that_is_set(on_terminal, tmp_path) -> None:
    config(tmp_path)
    lines = on_terminal("hpsearch check long.yaml", PAGER)
    assert len(lines) > ROWS
    assert all(line.startswith("paged:") for line in lines)
    assert on_terminal("hpsearch check long.yaml", "no-such-pager")[-len(lines) + 1 :] == [
        line.removeprefix("paged:") for line in lines[1:]
    ]


@pytest.mark.parametrize("how", ["--no-pager", "| cat", ""])
def test_nothing_else_goes_through_it(how, on_terminal, tmp_path) -> None:
    config(tmp_path)
    lines = on_terminal(f"hpsearch check long.yaml {how}", PAGER if how else None)
    assert len(lines) > ROWS
    assert not any(line.startswith("paged:") for line in lines)
    assert on_terminal("hpsearch report small", PAGER)[0].startswith("small: 8 trials")


def test_a_pager_is_told_what_git_tells_less(on_terminal, tmp_path) -> None:
    config(tmp_path)
    assert on_terminal("hpsearch check long.yaml", "cat > /dev/null; echo $LESS") == ["FRX"]
    assert on_terminal("LESS=-S hpsearch check long.yaml", "cat > /dev/null; echo $LESS") == ["-S"]


def test_messages_end_between_words_on_a_terminal_and_nowhere_else(on_terminal, finished) -> None:
    finished("mv", "small", "a-name-" * 8 + "end")
    name = Path("runs").iterdir()
    (folder,) = [path for path in name if path.is_dir()]
    lines = on_terminal(f"hpsearch copy {folder.name} b")
    text = f"b is a copy of {folder.name}; `hpsearch run b` goes on with it"
    assert len(lines) > 1
    assert max(map(len, lines)) <= COLUMNS
    assert " ".join(lines) == text
    assert finished("copy", folder.name, "c").out.splitlines() == [
        text.replace("b is", "c is").replace("run b", "run c")
    ]

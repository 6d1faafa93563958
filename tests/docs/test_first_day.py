"""The first day in docs/first-day.md, as a new user has it: each command on a terminal, and each line behind it."""

from pathlib import Path

import pytest

from hpsearch.nn import kernel
from tests.docs.terminal import Screen
from tests.docs.transcript import ROOT, Step, files_of, play

PAGE = ROOT / "docs" / "first-day.md"


@pytest.mark.skipif(bool(kernel.missing()), reason="NumPy's sums differ from machine to machine, the kernel's do not")
def test_every_line_of_the_first_day_is_so(tmp_path: Path) -> None:
    for step, lines in play(PAGE.read_text(encoding="utf-8"), tmp_path):
        shown = "\n".join(lines)
        assert step.agrees(lines), f"python -m tests.docs.transcript {PAGE.name}: {step.command}\n{shown}"


def test_its_first_config_of_a_csv_is_the_one_in_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert files_of(PAGE.read_text(encoding="utf-8"))["flowers.yaml"] == files_of(readme)["flowers.yaml"]


@pytest.mark.parametrize(
    ("page", "screen", "agrees"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a", "c"], False),
        (["a", "b"], ["a"], False),
        (["a"], ["a", "b"], False),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["a", "...", "d"], ["a", "b", "c"], False),
        (["4.4 s of training"], ["850 ms of training"], True),
        (["4.4 s of training"], ["4 min 05 s of training"], True),
        (["100 trials: 4.4 s"], ["99 trials: 4.4 s"], False),
        (["lr   72% (62% to 83%)"], ["lr  73% (60% to 83%)"], True),
        (["lr   72% (62% to 83%)"], ["lr  75% (62% to 83%)"], False),
    ],
)
def test_a_screen_is_as_the_page_says_but_for_times_and_shares(page, screen, agrees) -> None:
    assert Step("", page).agrees(screen) is agrees


def test_what_was_drawn_over_is_gone() -> None:
    screen = Screen()
    screen.write("one\r\n\x1b[1mtwo\x1b[0m\r\nthree\r\x1b[1A\x1b[2Kdue\r\n\x1b[Kend\r\n")
    assert screen.lines == ["one", "due", "end"]

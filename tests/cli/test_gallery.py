"""The gallery of screens: what is wider than its terminal, and whether it is that of today's commands."""

import re

import pytest
from rich.cells import cell_len

from tests.cli.gallery import FILE, SCREENS, WIDTHS, masked, screens

WHOLE = ("Error: ", "hpsearch ", "Next: ", "--", "# then, ", "start above ")
"""How lines begin that are never broken, but by the terminal: to be copied, or of a place in a file."""


@pytest.fixture(scope="module")
def made() -> dict[tuple[int, str, int], str]:
    return {(width, words, i): text for i, (width, words, text) in enumerate(screens())}


def is_too_wide(line: str, width: int) -> bool:
    copied = line.strip().startswith(WHOLE) or re.search(r"^wrong.yaml:| \| |saved \(|`hpsearch ", line)
    return cell_len(line) > width and not copied


def test_no_line_is_wider_than_its_terminal_but_what_is_to_be_copied(made) -> None:
    lines = ((width, words, line) for (width, words, _), text in made.items() for line in text.splitlines())
    assert [each for each in lines if is_too_wide(each[2], each[0])] == []


def test_the_page_shows_the_screens_of_today(made) -> None:
    page = FILE.read_text(encoding="utf-8")
    parts = re.findall(r"## (\d+) columns: hpsearch ([^\n]*)\n\n```\n(.*?)\n```\n", page, re.DOTALL)
    assert [part[:2] for part in parts] == [(str(width), words) for width in WIDTHS for words in SCREENS]
    for ((width, words, _), text), (_, _, then) in zip(made.items(), parts, strict=True):
        assert masked(text) == masked(then), f"python -m tests.cli.gallery: {width} {words}"

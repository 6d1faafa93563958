"""A page with a transcript, played in an empty folder: its files are written, its `$` lines run on a terminal.

python -m tests.docs.transcript docs/first-day.md    # play it, and write what came of it into the page

A block of `console` holds commands and what stands on the screen behind them; `^C` is pressed when the first trial has
finished, what stands behind a question is typed, and a line `...` stands for lines that differ from time to time. A
block of any other kind whose first line is a comment with a name is a file.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docs.terminal import run

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"```(\w+)\n(.*?)```\n", re.S)
_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
_QUESTION = re.compile(r"(.*\? [\[(].*[\])]:) (.*)")
_VARIES = (
    (r"\b\d+(\.\d+)? (ms|s|min|h)\b( \d\d (s|min)\b)?", "TIME"),
    (r"after \d+ (finished|of \d+) trials", "after N trials"),
    (r"\b\d+(\.\d+)? [KMG]iB\b", "SIZE"),
    (r"search\.time=\d+s", "search.time=TIME"),
    (r"\d+% of the time of", "N of the time of"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b", "DATE"),
    (r" +", " "),  # columns are as wide as the times in them
)
_PERCENT = re.compile(r"\d+(?= ?%)")
_NEAR = 2  # percentage points by which what is estimated may differ where another processor adds up


@dataclass(frozen=True)
class Step:
    """A command, and the lines behind it as the page has them."""

    command: str
    lines: Sequence[str]

    @property
    def interrupts(self) -> bool:
        """Whether Ctrl-C is pressed."""
        return self.lines[:1] == ["^C"]

    @property
    def shown(self) -> Sequence[str]:
        """What is to stand on the screen."""
        return self.lines[1:] if self.interrupts else self.lines

    @property
    def answers(self) -> Mapping[str, str]:
        """Question -> what is typed."""
        return dict(found.groups() for line in self.lines if (found := _QUESTION.fullmatch(line)))

    def agrees(self, lines: Sequence[str]) -> bool:
        """Whether lines on a screen are those of the page."""
        return _agree(self.shown, lines)

    def play(self, folder: Path) -> list[str]:
        """The lines that stand on the screen now."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8"}
        return run(self.command, folder, environment, self.answers, interrupt=self.interrupts)


def files_of(page: str) -> dict[str, str]:
    """The files of a page: name -> the text that it has first."""
    named = ((found[1], text) for _, kind, text in _blocks(page) if kind != "console" and (found := _FILE.match(text)))
    return dict(reversed(list(named)))


def steps_of(block: str) -> list[Step]:
    """The commands of a block of a console."""
    parts = re.split(r"^\$ ", block, flags=re.M)
    return [Step(part.splitlines()[0], part.rstrip("\n").split("\n")[1:]) for part in parts[1:]]


def play(page: str, folder: Path) -> Iterator[tuple[Step, list[str]]]:
    """Every step of a page with what came of it, in a folder that has the examples of the project."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    for _, kind, text in _blocks(page):
        if kind == "console":
            yield from ((step, step.play(folder)) for step in steps_of(text))
        elif named := _FILE.match(text):
            (folder / named[1]).write_text(text, encoding="utf-8")


def _blocks(page: str) -> list[tuple[tuple[int, int], str, str]]:
    """Where each block stands, its kind and its text."""
    return [(found.span(2), *found.groups()) for found in _BLOCK.finditer(page)]


def _agree(page: Sequence[str], screen: Sequence[str]) -> bool:
    if not page:
        return not any(screen)
    if page[0] == "...":
        return any(_agree(page[1:], screen[start:]) for start in range(len(screen) + 1))
    return bool(screen) and _alike(page[0], screen[0]) and _agree(page[1:], screen[1:])


def _alike(one: str, other: str) -> bool:
    one, other = _settled(one), _settled(other)
    if _PERCENT.sub("N", one) != _PERCENT.sub("N", other):
        return False
    shares = zip(_PERCENT.findall(one), _PERCENT.findall(other), strict=True)
    return all(abs(int(a) - int(b)) <= _NEAR for a, b in shares)


def _settled(line: str) -> str:
    for pattern, word in _VARIES:
        line = re.sub(pattern, word, line)
    return line.strip()


def main(path: Path) -> None:
    """Write into a page what its commands print now."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        played = play(page, Path(folder))
        blocks = {
            span: [next(played) for _ in steps_of(text)] for span, kind, text in _blocks(page) if kind == "console"
        }
    for (start, end), done in reversed(blocks.items()):
        page = f"{page[:start]}{''.join(_written(step, lines) for step, lines in done)}{page[end:]}"
    path.write_text(page, encoding="utf-8")


def _written(step: Step, lines: Sequence[str]) -> str:
    shown = step.shown if step.agrees(lines) else [line for line in lines if line or len(lines) > 1]
    return "".join(f"{line}\n" for line in [f"$ {step.command}", *(["^C"] if step.interrupts else []), *shown])


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The console that everything is printed on: what programs, files and users wrote is shown there and never obeyed."""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from signal import SIGINT

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.pager import Pager
from rich.segment import Segment

from hpsearch.document import visible
from hpsearch.system.signals import handled, leave

_NOT_STARTED = (126, 127)  # what a shell says of a program that there is not, or that may not be run
_QUOTED = re.compile(r" *\d* \|")  # a line of a config in a message, and the marks beneath it
_HEAD = re.compile(r"\s*(\S+\s{2,})?")  # an indentation, and what stands before a second column


def wrapped(text: str, width: int) -> str:
    """Lines of at most so many columns, broken between words; each goes on beneath its own beginning."""
    return "\n".join(_wrapped(line, width) for line in text.split("\n"))


def _wrapped(line: str, width: int) -> str:
    if cell_len(line) <= width or _QUOTED.match(line):
        return line
    head = _HEAD.match(line)
    indent = cell_len(head[0]) if head else 0
    lines = [""]
    for word in re.findall(r"\s*\S+", line):
        if lines[-1].strip() and cell_len(lines[-1] + word) > width:
            lines.append(" " * (indent if indent < width // 2 else 0) + word.strip())
        else:
            lines[-1] += word
    return "\n".join(lines)


class Terminal(Console):
    """A console on which only the control codes are in force that are ours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn, piece by piece: the control codes within a text are shown."""
        for segment in super().render(renderable, options):
            harmless = segment.control or segment.text.isprintable()
            yield segment if harmless else Segment(visible(segment.text, "\n"), segment.style)


@dataclass
class LongOutput(Pager):
    """Shows by a program such as `less` what is longer than the screen, and all else as ever."""

    out: Console
    program: str

    def show(self, content: str) -> None:
        """Print it, or let the program do so, to which LESS says what git says: colours, and leave it on the screen."""
        if content.count("\n") < self.out.height or not self._paged(content.encode(errors="replace")):
            self.out.file.write(content)

    def _paged(self, content: bytes) -> bool:
        """Whether there is such a program."""
        words = ["sh", "-c", self.program]
        with (
            handled(lambda number, _: None if number == SIGINT else leave(number)),  # a pager does its own with Ctrl-C
            subprocess.Popen(words, stdin=subprocess.PIPE, env={"LESS": "FRX", **os.environ}) as pager,  # noqa: S603
        ):
            pager.communicate(content)
        return pager.returncode not in _NOT_STARTED

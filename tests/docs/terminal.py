"""A terminal without a window: runs a command on one, types into it, and knows what stands on its screen."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Timer

COLUMNS, ROWS = 100, 40
_LONGEST = 180.0  # seconds for a command, such as one that asks what the page has no answer for
_CODE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)|\x1b")
_HALF = re.compile(r"\x1b(\[[?\d;]*)?$")
_FINISHED = re.compile(r"\d complete")  # a line of the live view
# A session of its own, whose terminal this is: so Ctrl-C is a signal to the command, as everywhere.
_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp('sh', ['sh', '-c', sys.argv[1]])"
)


class Screen:
    """The lines that a person reads in the end, without what was drawn over; it knows the codes in use here."""

    def __init__(self) -> None:
        self._lines = [""]
        self._row = self._column = 0

    def write(self, text: str) -> None:
        """Take in what a program wrote."""
        for code in _CODE.finditer(text):
            count, kind, move, plain = code.groups()
            if plain:
                line = self._lines[self._row].ljust(self._column)
                self._lines[self._row] = line[: self._column] + plain + line[self._column + len(plain) :]
                self._column += len(plain)
            elif move == "\r":
                self._column = 0
            elif move == "\n":
                self._row += 1
                self._lines += [""] * (self._row + 1 - len(self._lines))
            elif kind == "A":
                self._row = max(0, self._row - int(count or 1))
            elif kind == "K":
                self._lines[self._row] = "" if count == "2" else self._lines[self._row][: self._column]

    @property
    def last(self) -> str:
        """The line that the cursor is in."""
        return self._lines[self._row]

    @property
    def lines(self) -> list[str]:
        """What stands there, without the blanks at the ends."""
        return "\n".join(line.rstrip() for line in self._lines).strip("\n").split("\n")


def run(
    command: str, folder: Path, environment: Mapping[str, str], answers: Mapping[str, str], *, interrupt: bool
) -> list[str]:
    """What stands on the screen when a command has ended.

    answers: question -> what is typed at it; interrupt: whether Ctrl-C is pressed when the first trial has finished.
    """
    terminal, inside = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    words = [sys.executable, "-c", _ON_TERMINAL, command]
    given = {"stdin": inside, "stdout": inside, "stderr": inside, "start_new_session": True}
    screen, drawn, left = Screen(), "", dict(answers)
    with subprocess.Popen(words, cwd=folder, env={**environment, "TERM": "xterm"}, **given) as process:
        os.close(inside)
        late = Timer(_LONGEST, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        for text in _written(terminal):
            screen.write(text)
            drawn += text
            if interrupt and _FINISHED.search(drawn):
                os.write(terminal, b"\x03")
                interrupt = False
            if (answer := left.pop(screen.last.rstrip(), None)) is not None:
                os.write(terminal, f"{answer}\n".encode())
        late.cancel()
    os.close(terminal)
    return screen.lines


def _written(terminal: int) -> Iterator[str]:
    """What comes from a terminal, never half a letter or half a code."""
    decoder, rest = getincrementaldecoder("utf-8")(), ""
    with suppress(OSError):  # the system's way to say that nobody writes to it any more
        while data := os.read(terminal, 65536):
            rest += decoder.decode(data)
            text = _HALF.sub("", rest)
            yield text
            rest = rest[len(text) :]

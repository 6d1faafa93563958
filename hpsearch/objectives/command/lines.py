"""Follows a file that grows, line by line, in bounded memory whatever is written to it."""

import os
from collections.abc import Callable
from typing import BinaryIO

LONGEST_LINE = 4 * 2**20
"""Bytes of a line; a longer one is passed over whole, as half of it could be half a number."""


class LineSplitter:
    """Hands on each line. `too_long`: whether one was longer than LONGEST_LINE, and left out."""

    def __init__(self, file: BinaryIO, take: Callable[[bytes], None], wanted: Callable[[bytes], bool]) -> None:
        self.too_long = False
        self._file = file
        self._take = take
        self._wanted = wanted
        self._rest: list[bytes] = []
        self._held = 0
        self._skipping = False

    def read(self, most: int = 4 * 2**20) -> bool:
        """Take in what was written since, at most so many bytes; return whether there may be more."""
        while most > 0 and (chunk := self._file.read(min(most, 2**18))):
            most -= len(chunk)
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
            if end:
                self._lines(b"".join((*self._rest, chunk[:end])))
                self._rest, self._held = [], 0
            self._hold(chunk[end:])
        return most <= 0

    def begin_at_last(self, most: int) -> None:
        """Pass over all but the last so many bytes, and the line that begins before them."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, size - most))
        self._skipping = size > most

    def _hold(self, text: bytes) -> None:
        """Keep the beginning of a line, unless it has become too long."""
        self._held += len(text)
        if self._held > LONGEST_LINE:
            self._rest, self._held = [], 0
            self._skipping = self.too_long = True
        elif text and not self._skipping:
            self._rest.append(text)

    def _lines(self, text: bytes) -> None:
        skipping, self._skipping = self._skipping, False
        if skipping:
            text = text[min(at for at in (text.find(b"\n"), text.find(b"\r")) if at >= 0) :]
        if not self._wanted(text):
            return
        for line in text.replace(b"\r", b"\n").split(b"\n"):
            if len(line) > LONGEST_LINE:
                self.too_long = True
            elif line:
                self._take(line)

    def finish(self) -> None:
        """Take in all that is left, and the last line, which may lack its end."""
        while self.read():
            pass
        if not self._skipping:
            self._lines(b"".join(self._rest))
        self._rest = []

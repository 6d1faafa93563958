"""Kinds of files, what is refused before it is read, and errors of reading that name the file and the fix.

Whatever a file claims or unpacks to, reading it takes no more memory than there is, and waits for nobody.
"""

import codecs
import gzip
import hashlib
import io
import re
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from hpsearch.errors import DataError, did_you_mean
from hpsearch.system.memory import available

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SUPPORTED = ".csv, .tsv, .csv.gz, .tsv.gz, .parquet, .npz, and IDX (train-images-idx3-ubyte, also .gz)"

_KINDS = ((r"\.[ct]sv(\.gz)?", "csv"), (r"\.parquet", "parquet"), (r"\.npz", "npz"), (r"[.-]idx\d-\w+(\.gz)?", "idx"))


def kind_of(path: Path) -> str:
    """Tell csv, parquet, npz or idx by the file's name. Raises DataError for any other name."""
    for pattern, kind in _KINDS:
        if re.search(pattern + "$", path.name.lower()):
            return kind
    raise DataError(f"{path}: unknown kind of data file '{path.suffix}'; supported: {SUPPORTED}", code="D101")


def check_exists(path: Path) -> None:
    """Raise DataError unless path is a regular file that memory can hold, with the nearest name in its folder."""
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError as err:  # its name is too long, say
        raise DataError(f"{str(path)[:100]}: {err.strerror}", code="D101") from err
    if is_folder:
        raise DataError(f"{path}: is a folder; name one file in it, one of {SUPPORTED}", code="D101")
    if not is_there:
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        near = did_you_mean(path.name, beside, called="")
        raise DataError("; ".join(filter(None, (f"{path}: file not found", near))), code="D101")
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        # Reading it may wait for ever or never end, and gives other rows each time.
        raise DataError(
            f"{path}: is not a regular file but a {_kind_of_node(found.st_mode)}; save the rows in a file", code="D101"
        )
    check_memory(str(path), found.st_size, "the file")


def _kind_of_node(mode: int) -> str:
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
    return kinds.get(stat.S_IFMT(mode), "special file")


def check_memory(where: str, size: int, what: str) -> None:
    """Raise DataError where `what` has more bytes than this process can take."""
    if size > (free := available()):
        fix = "give fewer rows or columns, or a machine with more memory"
        raise DataError(
            f"{where}: {what} would take {size_of(size)} of memory, {size_of(free)} are free; {fix}", code="D108"
        )


def size_of(size: float) -> str:
    """Bytes for people: 3.2 GiB."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
    power = min(max(0, int(size).bit_length() - 1) // 10, len(units) - 1)
    return f"{size / 1024**power:.3g} {units[power]}"


_WIDEST = 60  # characters of a name that a message shows


def quoted(name: object, most: int = _WIDEST) -> str:
    """What a file says, as messages show it: short, on one line, and nothing in it that a terminal would obey."""
    text = str(name)
    text = text if len(text) <= most else f"{text[:most]}..."
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def listed(words: Iterable[str], most: int = 12) -> str:
    """Join words with commas; past `most`, say how many more there are."""
    words = list(words)
    rest = len(words) - most
    return ", ".join(map(quoted, words[:most])) + (f" and {rest:,} more" if rest > 0 else "")


def digest(paths: Sequence[Path]) -> str:
    """Give the hex SHA-256 of one file's bytes, or of the joined digests of several."""
    digests = []
    for path in paths:
        with reading(path), path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what can go wrong while reading path into a DataError that says so."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: {_not_text(path)}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: is not a complete gzip file ({quoted(error, 200)}); get it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}", code="D101") from error
    except MemoryError as error:
        raise DataError(f"{path}: does not fit into memory; give fewer rows or columns", code="D108") from error


@contextmanager
def opened(path: Path, *, text: bool = False) -> Iterator[IO[bytes]]:
    """Open a file, unpacking .gz on the way; `text`: refuse a byte of 0. For errors see `reading`."""
    opener: Callable[..., Any] = gzip.open if path.suffix.lower() == ".gz" else open
    with reading(path), opener(path, "rb") as file:
        yield io.BufferedReader(_Bounded(path, file, text=text))


class _Bounded(io.RawIOBase):
    """The bytes of a file, unpacked, as long as memory can hold them."""

    def __init__(self, path: Path, file: IO[bytes], *, text: bool) -> None:
        self._path, self._file, self._text = path, file, text
        self._passed, self._most = 0, available()

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer with the bytes that come next."""
        place = memoryview(buffer).cast("B")
        block = self._file.read(len(place))
        place[: len(block)] = block
        self._passed += len(block)
        if self._passed > self._most:
            check_memory(str(self._path), self._passed, "what it unpacks to")
        if self._text and b"\0" in block:
            # It ends a word for pandas, which would drop the rest of the cell.
            start = block.index(b"\0")
            raise UnicodeDecodeError("utf-8", block, start, start + 1, "no text")
        return len(block)


def _not_text(path: Path) -> str:
    """Say where the first byte is that a text in UTF-8 does not have, and what to do."""
    decoder, line, start, place = codecs.getincrementaldecoder("utf-8")(), 1, b"", ""
    with opened(path) as file:
        while piece := file.readline(2**16):
            start = start or piece[:2]
            try:
                decoder.decode(piece)
                bad = 0 if b"\0" in piece else None
            except UnicodeDecodeError as error:
                bad = error.object[error.start]
            if bad is not None:
                place = f" (byte 0x{bad:02x} in line {line})"
                break
            line += piece.endswith(b"\n")
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in start else "latin1"
    return f"is not UTF-8 text{place}; save it as UTF-8, for example with `iconv -f {encoding} -t utf-8`"

"""Kinds of files, and errors of reading them that name the file and the fix."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from hpsearch.errors import DataError, nearest

SUPPORTED = ".csv, .tsv, .csv.gz, .tsv.gz, .parquet, .npz, and IDX (train-images-idx3-ubyte, also .gz)"

_KINDS = ((r"\.[ct]sv(\.gz)?", "csv"), (r"\.parquet", "parquet"), (r"\.npz", "npz"), (r"[.-]idx\d-\w+(\.gz)?", "idx"))


def kind_of(path: Path) -> str:
    """Tell csv, parquet, npz or idx by the file's name. Raises DataError for any other name."""
    for pattern, kind in _KINDS:
        if re.search(pattern + "$", path.name.lower()):
            return kind
    raise DataError(f"{path}: unknown kind of data file '{path.suffix}'; supported: {SUPPORTED}")


def check_exists(path: Path) -> None:
    """Raise DataError unless path is a file, with the nearest name in its folder."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder; name one file in it, one of {SUPPORTED}")
    if not path.exists():
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: file not found{did_you_mean(path.name, beside)}")


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Give "; did you mean `...`?" for the known word nearest to this one, or nothing."""
    near = nearest(word, known)
    return f"; did you mean `{near}`?" if near else ""


def listed(words: Iterable[str], most: int = 12) -> str:
    """Join words with commas; past `most`, say how many more there are."""
    words = list(words)
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


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
        byte = error.object[error.start]
        fix = "save it as UTF-8, for example with `iconv -f latin1 -t utf-8`"
        raise DataError(f"{path}: is not UTF-8 text (byte 0x{byte:02x}); {fix}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: is not a complete gzip file ({error}); get it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacking .gz on the way; for errors see `reading`."""
    opener: Callable[..., Any] = gzip.open if path.suffix.lower() == ".gz" else open
    with reading(path), opener(path, "rb") as file:
        yield file

"""Kinds of files, and errors of reading them that name the file and the fix."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from hpsearch.errors import DataError, nearest

SUPPORTED = ".csv, .tsv, .csv.gz, .tsv.gz, .parquet, .npz, and IDX (train-images-idx3-ubyte, also .gz)"

_KINDS = (
    (r"\.csv(\.gz)?", "csv"),
    (r"\.tsv(\.gz)?", "csv"),
    (r"\.parquet", "parquet"),
    (r"\.npz", "npz"),
    (r"[.-]idx\d-\w+(\.gz)?", "idx"),
)


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


def open_binary(path: Path) -> IO[bytes]:
    """Open a file, unpacking .gz on the way."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def digest(paths: Sequence[Path]) -> str:
    """Give the hex SHA-256 of one file's bytes, or of the joined digests of several."""
    digests = [_digest(path) for path in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _digest(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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

"""Reads `command.metrics_file`: JSON, a list of it or one document a line, within bounds whatever stands there."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpsearch.document import Invalid, check_file

LARGEST = 16 * 2**20
"""Bytes of the file."""

MOST = 100_000
"""Documents in it."""

_BETWEEN = re.compile(r"[\s,\[\]\x1e]*")
Stamp = tuple[int, int, int]


class MetricsFileError(Exception):
    """The file cannot be used; the message is for people."""


def stamp(path: Path) -> Stamp | None:
    """What changes when a file is written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def clear(path: Path, folder: Path) -> Stamp | None:
    """Remove what an earlier attempt left in the trial's folder; return the stamp of what lies elsewhere."""
    inside = path.resolve().is_relative_to(folder.resolve())
    if inside and (path.is_symlink() or path.is_file()):
        path.unlink()
    return stamp(path)


def read_documents(path: Path, stale: Stamp | None = None) -> list[Mapping[str, Any]]:
    """The mappings of the file, in order; none where there is no file, or only the one with the stale stamp.

    A document that breaks off at the end of the file is left out: the program ended while it wrote it.

    Raises:
        MetricsFileError: it is no regular file, too large, or no JSON.
    """
    now = stamp(path)
    if now is None or now == stale:
        return []
    try:
        check_file(path, LARGEST)
        with path.open("rb") as file:
            data = file.read(LARGEST)
    except Invalid as err:
        raise MetricsFileError(str(err)) from err
    except OSError as err:
        raise MetricsFileError(f"cannot be read: {err.strerror}") from err
    return _documents(data.decode(json.detect_encoding(data), "replace").lstrip("\ufeff"))


def _documents(text: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    decoder, at = json.JSONDecoder(), 0
    while (at := _BETWEEN.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches the empty text
        try:
            document, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise MetricsFileError("is nested too deeply") from None
        except ValueError as err:
            where = getattr(err, "pos", at)
            if found and "\n" not in text[where:].strip():
                return found
            line = text.count("\n", 0, where) + 1
            raise MetricsFileError(f"is no JSON in line {line}") from None
        if isinstance(document, Mapping):
            found.append(document)
        if len(found) > MOST:
            raise MetricsFileError(f"has more than {MOST:,} documents")
    return found

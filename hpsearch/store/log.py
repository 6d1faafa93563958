"""The write-ahead log of a database whose writer was killed: is it whole, and what can be read of it where it is not?

SQLite takes a log up to the first frame whose checksum does not fit for the whole log: right for a transaction that
was cut off, and silent when a byte in the middle was damaged, which would cost all transactions after it.

Source: the formats of the log and of its index, https://www.sqlite.org/fileformat2.html#the_write_ahead_log and
https://www.sqlite.org/walformat.html
"""

import struct
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_HEADER, _FRAME = 32, 24  # bytes of the log's header, and of the header of each frame
_MAGIC = 0x377F0682  # the last bit says in which byte order checksums read the words
_INDEX_HEADER = 48  # bytes; it stands there twice


@dataclass(frozen=True)
class _Log:
    """The frames of a log, whole or not.

    Attributes:
        header_fits: whether the checksum of the log's header does.
        salts: those of the header: frames that have others are left over from before the log began anew.
        pages: (n,) the page that a frame holds.
        sizes: (n,) pages of the database after a frame that ends a transaction, else 0.
        ours: (n,) whether a frame has the salts of the log.
        fits: (n,) whether its checksum fits, which continues that of the frame before it.
        images: (n, page size) the pages.
    """

    header_fits: bool
    salts: bytes
    pages: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint32]
    ours: npt.NDArray[np.bool_]
    fits: npt.NDArray[np.bool_]
    images: npt.NDArray[np.uint8]

    @property
    def whole(self) -> int:
        """How many frames SQLite will read: up to the first that does not fit."""
        return int(np.argmin(np.append(self.fits, False))) if self.header_fits else 0

    @property
    def ended(self) -> int:
        """How many frames there are up to the end of the last transaction of this log."""
        return int(np.max(np.flatnonzero(self.ours & (self.sizes > 0)), initial=-1)) + 1


def log_damage(database: Path) -> str | None:
    """What is wrong with the log beside a database that nobody has open; None where nothing is.

    That the newest transaction was cut off is no damage: its writer was killed.
    """
    log = _read(_beside(database, "-wal"))
    if log is not None and log.ended > log.whole + 1:
        return f"frame {log.whole + 1} of {log.ended} in its log does not fit"
    written = _written(_beside(database, "-shm"), None if log is None else log.salts)
    whole = 0 if log is None else log.whole
    return f"its log has {whole} of {written} frames" if written > whole else None


def replay(database: Path, target: Path) -> int:
    """Write the database to `target` with every frame of its log that can be read; return how many could not be."""
    pages = bytearray(database.read_bytes())
    log, lost = _read(_beside(database, "-wal")), 0
    for i in range(0 if log is None else log.ended):
        assert log is not None  # noqa: S101  else there are no frames
        if not (log.ours[i] and log.fits[i]):
            lost += 1
            continue
        size = log.images.shape[1]
        start = (int(log.pages[i]) - 1) * size
        pages.extend(bytes(max(0, start + size - len(pages))))
        pages[start : start + size] = log.images[i].tobytes()
        if log.sizes[i]:
            del pages[int(log.sizes[i]) * size :]
    target.write_bytes(pages)
    return lost


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def _read(path: Path) -> _Log | None:
    """The log; None where there is none, or one without a frame."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < _HEADER:
        return None
    magic, _, size = struct.unpack(">3I", data[:12])
    order = ">" if magic & 1 else "<"
    words = np.frombuffer(data[:24], f"{order}u4").reshape(1, -1)
    known = magic & ~1 == _MAGIC and 512 <= size <= 65536
    header_fits = known and bool((_checksums(np.zeros((1, 2), np.uint64), words) == _stored(data[24:32])).all())
    size = size if header_fits else _usual_size(path)
    count = (len(data) - _HEADER) // (_FRAME + size)
    if count == 0:
        return None
    frames = np.frombuffer(data, np.uint8, count * (_FRAME + size), _HEADER).reshape(count, -1)
    heads = np.ascontiguousarray(frames[:, :_FRAME]).view(">u4")
    covered = np.ascontiguousarray(np.hstack([frames[:, :8], frames[:, _FRAME:]])).view(f"{order}u4")
    sums = heads[:, 4:6].astype(np.uint64)
    salts = data[16:24] if header_fits else frames[0, 8:16].tobytes()
    ours = (frames[:, 8:16] == np.frombuffer(salts, np.uint8)).all(axis=1)
    fits = (_checksums(np.vstack([_stored(data[24:32]), sums[:-1]]), covered) == sums).all(axis=1)
    return _Log(header_fits, salts, heads[:, 0], heads[:, 1], ours, ours & fits & (heads[:, 0] > 0), frames[:, _FRAME:])


def _usual_size(path: Path) -> int:
    """The page size as the database has it, for a log whose header is damaged."""
    with path.with_name(path.name.removesuffix("-wal")).open("rb") as file:
        found = int.from_bytes(file.read(18)[16:], "big")
    found = 65536 if found == 1 else found
    return found if found >= 512 and found & (found - 1) == 0 else 4096


def _stored(data: bytes) -> npt.NDArray[np.uint64]:
    return np.frombuffer(data, ">u4").astype(np.uint64).reshape(1, 2)


def _checksums(start: npt.NDArray[np.uint64], words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Continue checksums (n, 2) over words (n, 2 k): for each pair x, y: s0 += x + s1; s1 += y + s0, modulo 2^32.

    A linear map of sums and words, so that its coefficients are found once for all frames.
    """
    pairs = words.shape[1] // 2
    weights = np.zeros((words.shape[1], 2), np.uint64)
    a, b, c, d = 1, 0, 0, 1  # the matrix that a pair's sums still go through: (1 1; 1 2) to a power
    for i in reversed(range(pairs)):
        weights[2 * i] = (a + b, c + d)
        weights[2 * i + 1] = (b, d)
        a, b, c, d = ((v & 0xFFFFFFFF) for v in (a + b, a + 2 * b, c + d, c + 2 * d))
    first = np.array([[a, c], [b, d]], np.uint64)
    # Products and sums wrap at 2^64, which leaves them right modulo 2^32.
    return (start @ first + words.astype(np.uint64) @ weights) & np.uint64(0xFFFFFFFF)


def _written(index: Path, salts: bytes | None) -> int:
    """How many frames of this log its writer had committed and not yet moved into the database, by the log's index.

    0 where the index does not tell, or is of an earlier start of the machine: a power cut may take the newest
    transactions, and the index is the last thing to reach the disk, or the first.
    """
    try:
        booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        data = index.read_bytes()
        fresh = index.stat().st_mtime > booted
    except (OSError, AttributeError):  # not there; not Linux
        return 0
    header = data[:_INDEX_HEADER]
    if not fresh or len(data) < 100 or header != data[_INDEX_HEADER : 2 * _INDEX_HEADER] or not header[12]:
        return 0
    words = np.frombuffer(header[:40], np.uint32).reshape(1, -1)
    if (_checksums(np.zeros((1, 2), np.uint64), words) != np.frombuffer(header[40:], np.uint32)).any():
        return 0
    frames, moved = struct.unpack("=I", header[16:20])[0], struct.unpack("=I", data[96:100])[0]
    known = salts is None or header[32:40] == salts
    return frames if known and frames > moved else 0

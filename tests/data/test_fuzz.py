"""Files that somebody has damaged or made up: an error for people each time, soon, and in bounded memory."""

import gzip
import io
import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpsearch.data import DataSource, prepare
from hpsearch.errors import DataError

MEMORY = 2 * 2**30  # bytes of addresses that the child may have
LONGEST = 2.0  # seconds for one file
FILES = int(os.environ.get("HPSEARCH_FUZZ", "40"))  # of each kind

Rng = np.random.Generator
ALPHABET = [
    "a",
    "b",
    "y",
    "p",
    "q",
    "1",
    "2",
    "-3.5",
    "1e400",
    "nan",
    "NA",
    "",
    " ",
    '"',
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
]
ALPHABET += [
    "\r\n",
    "\0",
    "\ufeff",
    "é",
    "\x1b[2J",
    "1,5",
    "1.000,5",
    "5%",
    "2024-01-02",
    "True",
    "id",
    "Unnamed: 0",
    "9" * 400,
]


def changed(rng: Rng, content: bytes, most=6) -> bytes:
    """Some bytes changed, taken out, doubled or cut off."""
    data = bytearray(content)
    for _ in range(rng.integers(1, most)):
        place, length = int(rng.integers(0, len(data) + 1)), int(rng.integers(1, 9))
        match rng.integers(0, 5):
            case 0:
                data[place : place + length] = rng.bytes(length)
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + 50]
            case 3:
                data[place : place + 4] = struct.pack(">I", rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1]))
            case _:
                del data[place if rng.random() < 0.2 else len(data) :]
    return bytes(data)


def words(rng: Rng) -> bytes:
    return "".join(rng.choice(ALPHABET, int(rng.integers(0, 400)))).encode()


def table(rng: Rng) -> bytes:
    """A header and rows whose cells are mostly right."""
    divider, ending = rng.choice([",", ";", "\t"]), rng.choice(["\n", "\r\n", "\r"])
    names = ["a", "b", "id", "", "when", "c d", '"e\nf"', "é"]
    columns = [*rng.choice(names, int(rng.integers(1, 6)), replace=rng.random() < 0.1), "y"]
    odd, often = rng.choice(ALPHABET, 3), rng.choice([0, 0.02])

    def cell(row: int, column: int) -> str:
        if rng.random() < often:
            return str(rng.choice(odd))
        kinds = [
            f"{row * (column + 3) % 11}",
            f"t{row % 3}",
            f"{row % 9}.25",
            f'"{row},5"',
            f"2024-01-{row % 28 + 1:02}",
        ]
        return "pq"[row % 2] if column == len(columns) - 1 else kinds[column % len(kinds)]

    rows = (divider.join(cell(i, j) for j in range(len(columns))) for i in range(int(rng.integers(0, 60))))
    return ending.join([divider.join(columns), *rows]).encode(
        rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin1"], p=[0.6, 0.2, 0.1, 0.1]), "replace"
    )


def archive(rng: Rng) -> bytes:
    packed, n = io.BytesIO(), int(rng.integers(0, 40))
    kinds = [np.float64, np.uint8, "<U3", ">i4", np.complex64, "M8[s]", "S2", np.bool_, np.float16]
    shape = (n, *rng.integers(0, 4, int(rng.integers(0, 3))))
    arrays = {"x": (rng.random(shape) * 9).astype(np.int64).astype(rng.choice(kinds)), "y": np.arange(n) % 2}
    save = np.savez if rng.random() < 0.5 else np.savez_compressed
    save(packed, **arrays)
    return packed.getvalue()


def claims(rng: Rng) -> bytes:
    """An archive, not compressed, whose headers say something else."""
    packed = io.BytesIO()
    np.savez(packed, x=np.arange(120.0).reshape(40, 3), y=np.arange(40) % 2)
    old = [b"(40, 3)", b"(40,), ", b"'<f8'", b"'<i8'", b"False"]
    new = [b"(99999)", b"(9**9,)", b"'|O8'", b"'<U9'", b"'|V0'", b"(-4, 3)", b"((((((("]
    data = packed.getvalue()
    for _ in range(int(rng.integers(1, 3))):
        was, now = old[rng.integers(len(old))], new[rng.integers(len(new))]
        data = data.replace(was, now[: len(was)].ljust(len(was)))
    return data


def images(rng: Rng) -> bytes:
    lengths = rng.choice([0, 1, 2, 30, 2**16, 2**31, 2**32 - 1], 3, p=[0.1, 0.1, 0.3, 0.2, 0.1, 0.1, 0.1])
    return bytes([0, 0, int(rng.choice([8, 9, 13, 14, 7])), 3]) + struct.pack(">3I", *lengths) + rng.bytes(120)


def parquet(rng: Rng) -> bytes:
    packed, n = io.BytesIO(), int(rng.integers(0, 50))
    frame = {"a": np.arange(n) * 1.5, "b": [f"t{i % 3}" for i in range(n)], "y": np.arange(n) % 2}
    pd.DataFrame(frame).to_parquet(packed)
    return packed.getvalue()


def expands(rng: Rng) -> bytes:
    """A few bytes that unpack to many."""
    block = rng.choice(["0", ",", "\n", "1,p\n", "a" * 50, '"', " "]).encode()
    return gzip.compress(b"a,y\n" * int(rng.integers(0, 2)) + block * (2**21 // len(block)), 1) * 3


KINDS: dict[str, tuple[str, Callable[[Rng], bytes]]] = {
    "words": ("f.csv", words),
    "table": ("f.csv", table),
    "changed table": ("f.csv", lambda rng: changed(rng, table(rng))),
    "any bytes": ("f.csv", lambda rng: rng.bytes(int(rng.integers(0, 300)))),
    "changed gzip": ("f.csv.gz", lambda rng: changed(rng, gzip.compress(table(rng)))),
    "expands": ("f.csv.gz", expands),
    "archive": ("f.npz", archive),
    "changed archive": ("f.npz", lambda rng: changed(rng, archive(rng))),
    "claims": ("f.npz", claims),
    "images": ("train-images-idx3-ubyte", images),
    "packed images": ("train-images-idx3-ubyte.gz", lambda rng: changed(rng, gzip.compress(images(rng)), 2)),
    "parquet": ("f.parquet", parquet),
    "changed parquet": ("f.parquet", lambda rng: changed(rng, parquet(rng))),
}


def tried(place: Path, kind: str, seed: int) -> tuple[str, float]:
    """What came of one file, and the seconds that it took."""
    name, make = KINDS[kind]
    path = place / name
    path.write_bytes(make(np.random.default_rng([seed, list(KINDS).index(kind)])))
    if "images" in name:
        (place / name.replace("images-idx3", "labels-idx1").removesuffix(".gz")).write_bytes(
            b"\0\0\x08\1" + struct.pack(">I", 30) + bytes(range(2)) * 15
        )
    begin = time.process_time()
    try:
        prepare(DataSource(path=path, target=None if "idx" in name or name.endswith("npz") else "y"))
        outcome = "read"
    except DataError as error:
        outcome = (
            "refused" if str(error) and all(c.isprintable() or c == "\n" for c in str(error)) else repr(str(error))
        )
    except BaseException as error:  # what the test is about
        outcome = repr(error)
    seconds = time.process_time() - begin
    os.utime(path, ns=(seed, seed))
    return outcome, seconds


def all_tried(place: Path, kind: str) -> Iterator[str]:
    outcomes = set()
    for seed in range(FILES if kind != "expands" else min(FILES, 7)):
        outcome, seconds = tried(place, kind, seed)
        outcomes.add(outcome)
        if outcome not in ("read", "refused") or seconds > LONGEST:
            yield f"{kind} {seed}: {outcome} in {seconds:.1f} s"
    yield f"outcomes: {' '.join(sorted(outcomes & {'read', 'refused'}))}"


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_file_holds_it_is_read_or_refused_soon_and_in_little_memory(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path), kind],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"},
    )
    *wrong, outcomes = done.stdout.splitlines() or [""]
    assert (wrong, done.stderr, done.returncode) == ([], "", 0)
    assert outcomes.startswith("outcomes: ")
    assert "refused" in outcomes
    if kind in ("table", "archive", "parquet"):
        assert "read" in outcomes


if __name__ == "__main__":
    print("\n".join(all_tried(Path(sys.argv[1]), sys.argv[2])))

"""Damage to the stores of finished and of killed runs: python -m tests.torture.damage 500 [SEED].

Every reader either says what the undamaged run says, or refuses with a way out; `repair` either leaves a run that can
be read and gone on with, or says that there is none and changes nothing. Counts tracebacks and silent differences.
"""

import io
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hpsearch.cli import main as command_line
from hpsearch.store import Store
from tests.torture import command

CONFIG = """\
function: scoring:score
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)', y: [1, 2, 3]}
search: {trials: 30}
execution: {workers: inline}
"""
PYTHON = "def score(x, y, seed):\n    yield {'score': x / y}\n    yield {'score': x / y + seed % 7 / 1000}\n"
READERS = (
    "ls",
    "report search",
    "report search --format csv",
    "report search --format json",
    "report search --format findings",
    "report search --rounds",
    "show search 3",
    "best search --format json",
    "watch search",
    "zoom search --dry-run",
)
WRITERS = ("confirm search --top 2 --replicates 3", "retry search 1", "zoom search --trials 2 --yes")
WAYS_OUT = (
    "hpsearch repair",
    "put run.db back",
    "hpsearch ls",
    "upgrade hpsearch",
    "run it again",
    "known:",
    "no runs in",
)
Rows = dict[tuple[int, int], object]


@dataclass
class Tally:
    attempts: int = 0
    harmless: int = 0
    repaired: int = 0
    hopeless: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = Counter(fault.split(":")[0] for fault in self.faults)
        counts = ", ".join(f"{kinds[kind]} {kind}" for kind in ("tracebacks", "silent", "no way out", "not resumed"))
        came = f"{self.harmless} without effect, {self.repaired} repaired, {self.hopeless} beyond repair"
        return f"{self.attempts} attempts ({came}), {counts}"


def call(place: Path, line: str) -> tuple[int, str]:
    """Exit code and all that it printed; what is no exit is a traceback, and its exit code 99."""
    out = io.StringIO()
    with chdir(place), redirect_stdout(out), redirect_stderr(out):
        try:
            command_line(line.split())
        except SystemExit as err:
            return int(err.code or 0), out.getvalue()
        except BaseException as err:  # what a person would see as a traceback
            return 99, f"{out.getvalue()}{type(err).__name__}: {err}"
    return 0, out.getvalue()


def rows(folder: Path) -> Rows:
    with Store(folder) as store:
        history = store.history()
    found: Rows = {}
    for trial in history.trials:
        own = {0: history.results.get(trial.number), **history.replicates.get(trial.number, {})}
        found |= {(trial.number, n): (trial.params, result.metrics) for n, result in own.items() if result is not None}
    return found


def prepared(place: Path) -> Rows:
    """The rows that the killed one had before it put some of them back.

    `finished`: a search with a second round and a confirmation. `killed`: the same with its log, half through."""
    (place / "scoring.py").write_text(PYTHON)
    (place / "search.yaml").write_text(CONFIG)
    for line in ("run search.yaml -q", "zoom search --trials 4 --yes", "confirm search --top 3 --replicates 3"):
        code, out = call(place, line)
        assert code == 0, out
    shutil.copytree(place / "runs", place / "finished")
    shutil.rmtree(place / "runs")
    code, out = call(place, "run search.yaml -q --set search.trials=12 --name search")
    folder = place / "runs" / "search"
    ever = rows(folder)
    with Store(folder, write=True) as store:
        for number in (2, 5, 7):
            store.put_back([number])
            store._db.execute("DELETE FROM results WHERE trial = ?", (number,))  # its first run is not over
            store._db.execute("DELETE FROM curves WHERE trial = ?", (number,))
        shutil.copytree(place / "runs", place / "killed")
    shutil.rmtree(place / "runs")
    return ever


def flip(folder: Path, rng: np.random.Generator) -> str:
    path = some(folder, rng)
    data = bytearray(path.read_bytes())
    for offset in rng.integers(0, max(1, len(data)), int(rng.integers(1, 9))).tolist():
        data[offset : offset + 1] = bytes([int(rng.integers(256))])
    path.write_bytes(data)
    return f"bytes flipped in {path.name}"


def truncate(folder: Path, rng: np.random.Generator) -> str:
    path = some(folder, rng)
    size = int(rng.choice([0, rng.integers(0, path.stat().st_size + 1)]))
    with path.open("rb+") as file:
        file.truncate(size)
    return f"{path.name} cut to {size}"


def zero(folder: Path, rng: np.random.Generator) -> str:
    path = some(folder, rng)
    page = int(rng.integers(0, max(1, path.stat().st_size // 4096)))
    with path.open("rb+") as file:
        file.seek(page * 4096)
        file.write(bytes(4096))
    return f"page {page} of {path.name} zeroed"


def remove(folder: Path, rng: np.random.Generator) -> str:
    path = some(folder, rng)
    path.unlink()
    return f"{path.name} removed"


def drop(folder: Path, rng: np.random.Generator) -> str:
    table = str(rng.choice(["facts", "rounds", "trials", "results"]))
    with sqlite3.connect(folder / "run.db") as db:
        key = "key" if table == "facts" else "trial" if table == "results" else "number"
        only = " WHERE replicate = 0" if table == "results" else ""
        keys = [row[0] for row in db.execute(f"SELECT {key} FROM {table}{only}")]  # noqa: S608  names of our own
        chosen = keys[int(rng.integers(len(keys)))]
        db.execute(f"DELETE FROM {table} WHERE {key} = ?", (chosen,))  # noqa: S608
    db.close()
    return f"{table} {chosen} dropped"


def swap(folder: Path, rng: np.random.Generator) -> str:
    other = folder.parents[1] / str(rng.choice(["finished", "killed"])) / "search"
    name = str(rng.choice(["run.db-wal", "run.db-shm"]))
    if (other / name).exists():
        shutil.copy(other / name, folder / name)
    else:
        (folder / name).write_bytes(rng.bytes(int(rng.integers(0, 9000))))
    return f"{name} of another"


def some(folder: Path, rng: np.random.Generator) -> Path:
    paths = sorted(folder.glob("run.db*"))
    return paths[int(rng.integers(len(paths)))]


DAMAGES: tuple[Callable[[Path, np.random.Generator], str], ...] = (flip, truncate, zero, remove, drop, swap)


def attempt(
    place: Path, state: str, i: int, rng: np.random.Generator, right: Mapping[str, str], whole: Rows, tally: Tally
) -> None:
    shutil.rmtree(place / "runs", ignore_errors=True)
    shutil.copytree(place / state, place / "runs")
    folder = place / "runs" / "search"
    what = f"{i} {state}, {DAMAGES[i % len(DAMAGES)](folder, rng)}"
    tally.attempts += 1
    shutil.copytree(folder, place / "damaged", dirs_exist_ok=False)
    cut = "-wal" in what or "-shm" in what  # as after a power cut, the newest transactions may be gone
    refused = False
    for line in READERS:
        code, out = call(place, line)
        refused |= code != 0 or "damaged" in out or "gone" in out
        check(
            line,
            code,
            out,
            right[line],
            what,
            tally,
            rows(folder) if code == 0 and cut and line != "ls" else None,
            whole,
        )
    shutil.rmtree(folder)
    shutil.move(place / "damaged", folder)
    if refused:
        mend(place, folder, state, what, whole, tally)
    else:
        tally.harmless += 1


def check(line: str, code: int, out: str, right: str, what: str, tally: Tally, found: Rows | None, whole: Rows) -> None:
    if code == 99 or "Traceback" in out:
        tally.faults.append(f"tracebacks: {what}: {line}: {out[-600:]}")
    elif code == 0 and out != right and line != "ls" and not (found is not None and found.items() <= whole.items()):
        tally.faults.append(f"silent: {what}: {line}: {out[-600:]}\ninstead of\n{right[-600:]}")
    elif code and not any(way in out for way in WAYS_OUT):
        tally.faults.append(f"no way out: {what}: {line}: {out[-600:]}")


def mend(place: Path, folder: Path, state: str, what: str, whole: Rows, tally: Tally) -> None:
    before = {path.name: path.read_bytes() for path in folder.glob("run.db*")}
    code, out = call(place, "repair search")
    if code:
        tally.hopeless += 1
        if code == 99:
            tally.faults.append(f"tracebacks: {what}: repair: {out}")
        if {path.name: path.read_bytes() for path in folder.glob("run.db*")} != before:
            tally.faults.append(f"silent: {what}: a repair that failed changed something: {out}")
        return
    tally.repaired += 1
    found = rows(folder)
    if not found.items() <= whole.items():
        tally.faults.append(f"silent: {what}: repair gives rows that never were: {out}")
    missing = {number for number, replicate in whole if replicate == 0 and (number, 0) not in found}
    if missing and "Lost" not in out and "could not be read" not in out and "-" not in what:
        tally.faults.append(f"silent: {what}: {missing} are not there: {out}")
    for line in (
        *READERS,
        "run search.yaml -q" + (" --set search.trials=12" if state == "killed" else ""),
        *WRITERS,
        *READERS,
    ):
        code, text = call(place, line)
        if code and not ("no trial" in text or "no finished trial" in text):  # that trial is lost, as repair said
            kind = "tracebacks" if code == 99 else "not resumed"
            tally.faults.append(f"{kind}: {what}: after repair: {line}: {text[-600:]}\n{out}")
            return


def torture(attempts: int, seed: int, place: Path) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally()
    ever = prepared(place)
    known: dict[str, tuple[dict[str, str], Rows]] = {}
    for state in ("finished", "killed"):
        shutil.copytree(place / state, place / "runs")
        right = {line: call(place, line)[1] for line in READERS}
        known[state] = right, rows(place / "runs" / "search") | (ever if state == "killed" else {})
        shutil.rmtree(place / "runs")
    for i in range(attempts):
        state = "finished" if i // len(DAMAGES) % 2 else "killed"
        right, whole = known[state]
        attempt(place, state, i, rng, right, whole, tally)
    return tally


if __name__ == "__main__":
    command(torture)

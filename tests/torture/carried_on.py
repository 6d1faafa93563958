"""`kill -9` and damage where trials are carried on: python -m tests.torture.carried_on 100 [SEED].

So many kills that hit a running process in each of: halving, asynchronous halving and a population, of networks and of
a program with checkpoints of its own; and `fork`. Every second time checkpoints are damaged too before it
goes on; killed with two workers, it comes to its end with eight. The tree, all segments and curves must be those of an
undisturbed run with one, and every checkpoint on the disk is one that the store knows, as it was written.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.objectives.checkpoints import measured
from hpsearch.objectives.folder import checkpoint_folder
from hpsearch.store import Store
from tests.torture import command
from tests.torture.kills import call, killed

NETWORK = """\
model: network
data: {name: blobs, points: 120}
metric: val_loss
parameters: {learning_rate: 'loguniform(1e-4, 1)', units: 'randint(2, 9)', dropout: [0, 0.2], epochs: 9}
"""
COMMAND = """\
command: [python, -S, work.py, "{rate}", "{noise}"]
metric: {name: score, goal: maximize}
parameters: {rate: 'loguniform(0.01, 1)', noise: 'uniform(0, 0.1)'}
"""
PROGRAM = """\
import json, os, random, sys, time
came_from, left_in, until, seed = (
    os.environ["HPSEARCH_" + name] for name in ("CHECKPOINT_IN", "CHECKPOINT_OUT", "UNTIL", "SEED")
)
rate, noise = map(float, sys.argv[1:])
epoch, value = 0, 0.0
if came_from:
    with open(came_from + "/value") as file, open(came_from + "/epoch.json") as other:
        value, epoch = json.load(file), json.load(other)
while epoch < int(until):
    epoch += 1
    value += rate * (1 - value) + noise * random.Random(int(seed) * 1000 + epoch).random()
    print(f"epoch {epoch}: score={value!r}", flush=True)
    time.sleep(0.01)
for name, held in (("value", value), ("epoch.json", epoch)):
    with open(left_in + "/" + name, "w") as file:
        file.write(repr(held)[:1])
        file.flush()
        time.sleep(0.005)  # a kill may well leave half of it
        file.write(repr(held)[1:])
"""
OBJECTIVES = {"network": NETWORK, "command": COMMAND}
SEARCHES = {
    "halving": "{method: halving, trials: 12, max: 9}",
    "asynchronous": "{method: halving, trials: 16, asynchronous: true, max: 9}",
    "population": "{method: population, members: 6, interval: 2, max: 9}",
}
KEYS = {
    "network": "2 set learning_rate=0.02\n4 down learning_rate\n6 back 3\n3 set dropout=0.2\n7 keep\n",
    "command": "2 set rate=0.02\n4 up rate\n6 back 3\n3 set noise=0.05\n7 keep\n",
}
FORKS = {"network": "learning_rate=0.05", "command": "rate=0.05"}
RUN = ["run", "search.yaml"]
Table = list[tuple[Any, ...]]


@dataclass
class Tally:
    """What came of the attempts, by what was killed."""

    kills: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    damages: int = 0
    said: int = 0
    ends: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        each = ", ".join(f"{name} {count}" for name, count in self.kills.items())
        return (
            f"{self.kills.total()} kills that hit ({each}), {self.missed} that came too late, {self.damages} "
            f"checkpoints damaged, of which {self.said} ends told; {self.ends} ends, {len(self.faults)} of them another"
        )


def table(folder: Path) -> Table:
    """The tree with every segment of every trial, and the curve through all of them."""
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    rows: Table = [("waiting", dict(history.waiting))]
    for trial in history.all_trials:
        result = history.results.get(trial.number)
        held = {until: (str(r.status), dict(r.metrics)) for until, r in history.segments.get(trial.number, {}).items()}
        found = None if result is None else (str(result.status), dict(result.metrics), result.error)
        rows.append((trial, found, sorted(held.items()), curves.get(trial.number)))
    return rows


def strays(folder: Path, *, harmed: bool) -> list[str]:
    """Checkpoints on the disk that the store does not know; where none was harmed, those that are not as it knows."""
    with Store(folder) as store:
        known = {checkpoint_folder(folder, place): held for place, held in store.checkpoints().items()}
    there = {path: measured(path) for path in (folder / "trials").glob("*/checkpoint-*")}
    wrong = {*there} - {*known}
    if not harmed:
        wrong |= {path for path, held in known.items() if there.get(path) != (held.size, held.checksum)}
    return [str(path.relative_to(folder)) for path in wrong]


def damage(folder: Path, rng: np.random.Generator) -> int:
    """Do something to some of the checkpoints; how many were harmed."""
    harmed = 0
    for place in sorted((folder / "trials").glob("*/checkpoint-*")):
        files = sorted(path for path in place.rglob("*") if path.is_file())
        if rng.random() < 0.5 or not files:
            continue
        harmed += 1
        path = files[rng.integers(len(files))]
        data = bytearray(path.read_bytes())
        what = rng.integers(5)
        if what == 0:
            shutil.rmtree(place)
        elif what == 1:
            path.unlink()
        elif what == 2:
            path.write_bytes(data[: len(data) // 2])
        elif what == 3:
            (place / "another").write_bytes(b"x")
        else:
            data[rng.integers(len(data))] ^= 1
            path.write_bytes(data)
    return harmed


@dataclass
class Case:
    """Something to be killed: how it begins, how it goes on, and what it comes to."""

    name: str
    place: Path
    words: list[str]
    finished: bool  # does it begin with a finished search?
    seconds: float = 0.0  # that it takes undisturbed
    right: Table = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.place / "runs" / "search"

    def restore(self) -> None:
        shutil.rmtree(self.place / "runs", ignore_errors=True)
        if self.finished:
            shutil.copytree(self.place / "finished", self.place / "runs")

    def on(self) -> list[str]:
        """What goes on with it: the same command, but that a fork that waits would be forked another time."""
        if self.words[0] != "fork":
            return self.words
        with Store(self.folder) as store:
            return RUN if store.history().forks else self.words


def workers(words: Sequence[str], count: int) -> list[str]:
    """So many of them, where a command has any."""
    return [] if words[0] == "babysit" else ["--workers", str(count)]


def prepared(place: Path, objective: str, names: Sequence[str]) -> list[Case]:
    """The cases of an objective, run to their end undisturbed."""
    found = []
    for name in names:
        folder = place / f"{objective}-{name}"
        folder.mkdir()
        method = SEARCHES.get(name, SEARCHES["halving"])
        config = f"{OBJECTIVES[objective]}search: {method}\nexecution: {{workers: 2, retries: 5}}\n"
        (folder / "search.yaml").write_text(config)
        (folder / "work.py").write_text(PROGRAM)
        (folder / "keys").write_text(KEYS[objective])
        words = RUN
        if name == "fork":
            call(folder, RUN)
            shutil.copytree(folder / "runs", folder / "finished")
            words = ["fork", "search", "2@1", "--set", FORKS[objective]]
        elif name == "babysit":
            words = ["babysit", "search.yaml", "--keys", "keys", "--until", "9"]
        begin = time.monotonic()
        done = call(folder, [*words, *workers(words, 1)])
        if done.returncode:
            raise SystemExit(f"{objective} {name}: {done.stdout}{done.stderr}")
        case = Case(f"{objective} {name}", folder, words, name == "fork", time.monotonic() - begin)
        case.right = table(case.folder)
        found.append(case)
    return found


def attempt(case: Case, rng: np.random.Generator, tally: Tally, *, harm: bool) -> None:
    """Kill it on its way up to three times, go on, and compare."""
    case.restore()
    words, harmed = case.words, 0
    for _ in range(rng.integers(1, 4)):
        hit = killed(case.place, words, float(rng.uniform(0.2, case.seconds)), bool(rng.random() < 0.5))
        tally.kills[case.name] += hit
        tally.missed += not hit
        if not (case.folder / "run.db").exists():
            continue
        words = case.on()
        if harm and hit:
            harmed += damage(case.folder, rng)
    done = call(case.place, [*words, *workers(words, 8)])
    if words is not case.words and words is not RUN:
        done = call(case.place, case.words)
    found, left = table(case.folder), strays(case.folder, harmed=harmed > 0)
    tally.damages += harmed
    tally.said += bool(harmed) and "Trained again" in done.stdout + done.stderr
    tally.ends += 1
    if found != case.right or left or done.returncode or "Traceback" in done.stderr:
        different = [(a, b) for a, b in zip(found, case.right, strict=False) if a != b][:2]
        text = json.dumps([len(found), len(case.right), *map(str, different)], indent=1)
        tally.faults.append(f"{case.name}, {harmed} harmed: left {left}, {text}\n{done.stdout[-800:]}{done.stderr}")


def torture(
    kills: int,
    seed: int,
    place: Path,
    objectives: Sequence[str] = tuple(OBJECTIVES),
    names: Sequence[str] = (*SEARCHES, "fork"),
) -> Tally:
    """So many kills of each."""
    rng, tally = np.random.default_rng(seed), Tally()
    for objective in objectives:
        for case in prepared(place, objective, names):
            tries = 0
            while tally.kills[case.name] < kills:
                attempt(case, rng, tally, harm=bool(tries % 2))
                tries += 1
    return tally


if __name__ == "__main__":
    command(torture, 20)

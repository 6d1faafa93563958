"""`kill -9` at random moments, early stopping on: python -m tests.torture.kills 300 [SEED].

Each command that writes is killed up to three times on its way, the engine alone or with all its workers, and then
typed again until it comes to its end: the table must be that of an undisturbed run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.store import Store
from tests.torture import command

CONFIGS = {
    "command": 'command: [sh, work.sh, "{x}", "{rate}"]\n',
    "function": "function: work:score\n",
    "network": "model: network\ndata: {name: blobs, points: 120}\n",
    "rounds": "function: work:score\n",
    "goal": "function: work:score\n",
}
OURS = "metric: {name: score, goal: maximize}\nparameters: {x: 'uniform(0, 1)', rate: 'uniform(0.1, 2)'}\n"
NETWORK = "parameters: {learning_rate: 'loguniform(1e-4, 1)', units: 'lograndint(2, 16)', epochs: 12}\n"
SEARCH = {
    "rounds": "search: {method: coarse_to_fine, trials: 24, rounds: 4}\n",
    "goal": "search: {target: 0.93, patience: 12}\n",
}
COMMON = "execution: {workers: 2, retries: 5}\nearly_stop: {rule: median, after: 2, group: 4}\n"
SHELL = """\
for i in 1 2 3 4 5 6 7 8; do
  awk "BEGIN {print \\"epoch $i score=\\" $1 * (1 - exp(-$2 * $i))}"
  sleep 0.01
done
"""
PYTHON = """\
import math, time


def score(x, rate, seed):
    for i in range(1, 9):
        time.sleep(0.01)
        yield {"epoch": i, "score": x * (1 - math.exp(-rate * i)) + seed * 1e-4 * x}
"""
COMMANDS = {
    "run": ["run", "search.yaml"],
    "zoom": ["zoom", "search", "--trials", "8", "--yes"],
    "confirm": ["confirm", "search", "--top", "2", "--replicates", "3"],
    "retry": ["retry", "search", "1", "2", "20"],
    "repair": ["repair", "search"],
    "evaluate": ["evaluate", "search"],
}
Table = list[tuple[Any, ...]]


@dataclass
class Tally:
    """What came of the attempts."""

    kills: int = 0
    ends: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.kills} kills on the way to {self.ends} ends, {len(self.faults)} of them with another table"


def hpsearch(*words: str) -> list[str]:
    return [sys.executable, "-m", "hpsearch", *words]


def table(folder: Path) -> Table:
    """Trials, results and replicates of a run, without times."""
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    rows: Table = []
    for trial in history.trials:
        results = {0: history.results.get(trial.number), **history.replicates.get(trial.number, {})}
        for replicate, result in sorted(results.items()):
            found = None if result is None else (str(result.status), dict(result.metrics), result.fell)
            rows.append((trial.number, replicate, dict(trial.params), found, curves.get(trial.number)))
    return rows


def call(place: Path, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(hpsearch(*words), cwd=place, capture_output=True, text=True, check=False, timeout=120)


def restore(place: Path, name: str) -> None:
    """What the command begins with: nothing, a finished run, or for `repair` one with a damaged row."""
    shutil.rmtree(place / "runs", ignore_errors=True)
    if name != "run":
        shutil.copytree(place / "finished", place / "runs")
    if name == "repair":
        database = place / "runs" / "search" / "run.db"
        data = bytearray(database.read_bytes())
        at = data.find(b'"complete"') if b'"complete"' in data else data.rfind(b"complete")
        data[at] ^= 1
        database.write_bytes(data)


def prepared(place: Path, kind: str) -> dict[str, Table]:
    """A finished search to start from, and what each command makes of it undisturbed."""
    (place / "work.sh").write_text(SHELL)
    (place / "work.py").write_text(PYTHON)
    config = CONFIGS[kind] + (NETWORK if kind == "network" else OURS) + COMMON
    (place / "search.yaml").write_text(config + SEARCH.get(kind, "search: {trials: 24}\n"))
    right = {}
    for name, words in COMMANDS.items():
        if name == "evaluate" and kind != "network":
            continue
        restore(place, name)
        done = call(place, words)
        if done.returncode:
            raise SystemExit(f"{kind} {name}: {done.stdout}{done.stderr}")
        if name == "repair":
            call(place, COMMANDS["run"])
        right[name] = table(place / "runs" / "search")
        if name == "run":
            shutil.copytree(place / "runs", place / "finished")
    return right


def killed(place: Path, words: Sequence[str], moment: float, everyone: bool) -> bool:
    """Start a command and kill it after a while; whether it was still running."""
    process = subprocess.Popen(
        hpsearch(*words), cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(moment)
    running = process.poll() is None
    if everyone:
        os.killpg(process.pid, signal.SIGKILL) if running else None
    else:
        process.kill()
    process.wait()
    return running


def attempt(place: Path, kind: str, name: str, right: Table, rng: np.random.Generator, tally: Tally) -> None:
    """Kill a command on its way, go on, and compare."""
    restore(place, name)
    words = COMMANDS[name]
    for _ in range(rng.integers(1, 4)):
        tally.kills += killed(place, words, float(rng.uniform(0.05, 2.0)), bool(rng.random() < 0.5))
        if name in ("zoom", "retry") and begun(place, name):
            words = COMMANDS["run"]  # the same command would begin another round, or run them once more
    rest = [words, COMMANDS["run"]] if name == "repair" or words is COMMANDS["run"] else [words]
    done = [call(place, each) for each in rest]
    found = table(place / "runs" / "search")
    tally.ends += 1
    if found != right or done[-1].returncode or any("Traceback" in each.stderr for each in done):
        different = [(a, b) for a, b in zip(found, right, strict=False) if a != b][:3]
        said = "".join(each.stdout[-500:] + each.stderr for each in done)
        tally.faults.append(f"{kind} {name}: {len(found)} rows of {len(right)}, {different}\n{said}")


def begun(place: Path, name: str) -> bool:
    """Whether the killed command had come so far as to change the run."""
    with Store(place / "runs" / "search") as store:
        rounds = store.rounds()
        return (
            rounds[max(rounds)].until is not None
            if name == "zoom"
            else bool(store.pending()) or store.history().pending != []
        )


def torture(kills: int, seed: int, place: Path, kinds: Sequence[str] = tuple(CONFIGS)) -> Tally:
    """So many kills, over all commands and kinds by turns."""
    rng, tally, right = np.random.default_rng(seed), Tally(), {}
    for kind in kinds:
        (place / kind).mkdir()
        right[kind] = prepared(place / kind, kind)
    while tally.kills < kills:
        for kind in kinds:
            for name in ("run", *right[kind]):
                if tally.kills < kills:
                    attempt(place / kind, kind, name, right[kind][name], rng, tally)
    return tally


if __name__ == "__main__":
    command(torture, 60)

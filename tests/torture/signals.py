"""Ctrl-C, twice, `kill`, a closed terminal and Ctrl-Z at random moments: python -m tests.torture.signals 200 [SEED].

Counts tracebacks, rows that an undisturbed run does not have, and runs that the same command does not bring to their
end. What comes before the first line of hpsearch is Python's own, and is counted apart.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from hpsearch.store import Store
from tests.torture import command

CONFIGS = {
    "command": 'command: [sh, work.sh, "{x}"]\n',
    "function": "function: work:score\n",
    "network": "model: network\ndata: {name: blobs, points: 200}\n",
}
COMMON = """\
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)'}
search: {trials: 10}
execution: {workers: 2, retries: 0}
"""
NETWORK = """\
parameters: {learning_rate: 'loguniform(1e-3, 1)', units: 'lograndint(4, 32)', epochs: 40}
search: {trials: 200}
execution: {workers: 2, retries: 0}
"""
SHELL = 'sleep 0.1\necho "score=$1"\n'
PYTHON = "import time\n\n\ndef score(x):\n    time.sleep(0.1)\n    return x\n"

COMMANDS: Mapping[str, Sequence[str]] = {
    "run": ("run", "search.yaml"),
    "zoom": ("zoom", "search", "--trials", "6", "--yes"),
    "confirm": ("confirm", "search", "--top", "2", "--replicates", "3"),
    "retry": ("retry", "search", "1", "2", "3"),
    "report": ("report", "search"),
    "check": ("check", "search.yaml"),
}
SIGNALS = {
    "Ctrl-C": (signal.SIGINT,),
    "Ctrl-C twice": (signal.SIGINT, signal.SIGINT),
    "Ctrl-C three times": (signal.SIGINT, signal.SIGINT, signal.SIGINT),
    "kill": (signal.SIGTERM,),
    "hangup": (signal.SIGHUP,),
    "Ctrl-Z": (signal.SIGTSTP, signal.SIGCONT),
}
Rows = dict[tuple[int, int], tuple[object, ...]]


@dataclass
class Tally:
    attempts: int = 0
    early: int = 0  # ended before the first line of hpsearch
    faults: list[str] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = Counter(fault.split(":")[0] for fault in self.faults)
        counts = ", ".join(
            f"{kinds[kind]} {kind}" for kind in ("tracebacks", "false rows", "not resumed", "wrong codes")
        )
        ended = dict(sorted(self.ended.items()))
        return f"{ended}\n{self.attempts} attempts ({self.early} before hpsearch's first line), {counts}"


def hpsearch(*words: str) -> list[str]:
    return [str(Path(sys.executable).parent / "hpsearch"), *words]


def rows(folder: Path) -> Rows:
    if not (folder / "run.db").exists():
        return {}
    with Store(folder) as store:
        history = store.history()
    found: Rows = {}
    for trial in history.trials:
        for replicate, result in {
            0: history.results.get(trial.number),
            **history.replicates.get(trial.number, {}),
        }.items():
            if result is not None:
                metrics = {name: value for name, value in result.metrics.items() if "seconds" not in name}
                found[trial.number, replicate] = (trial.params, str(result.status), metrics)
    return found


def prepared(place: Path, kind: str) -> dict[str, Rows]:
    """A finished search in `place`/runs, copied for each attempt, and what each command makes of it undisturbed."""
    (place / "work.sh").write_text(SHELL)
    (place / "work.py").write_text(PYTHON)
    (place / "search.yaml").write_text(CONFIGS[kind] + (NETWORK if kind == "network" else COMMON))
    right: dict[str, Rows] = {}
    for name, words in COMMANDS.items():
        done = subprocess.run(hpsearch(*words), cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{kind} {name}: {done.stderr or done.stdout}")
        right[name] = rows(place / "runs" / "search")
        if name == "run":
            shutil.copytree(place / "runs", place / "finished")
        else:
            restore(place)
    return right


def restore(place: Path) -> None:
    shutil.rmtree(place / "runs", ignore_errors=True)
    shutil.copytree(place / "finished", place / "runs")


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def disturb(process: "subprocess.Popen[str]", numbers: Sequence[int], gap: float, everyone: bool) -> None:
    """Send signals, `gap` seconds apart: to the process group, as a terminal does, or to every process of the run."""
    for i, number in enumerate(numbers):
        time.sleep(gap if i else 0)
        try:
            if everyone:
                for one in family(psutil.Process(process.pid)):
                    one.send_signal(number)
            else:
                os.killpg(process.pid, number)
        except (psutil.Error, ProcessLookupError):
            pass


def attempt(
    place: Path, name: str, right: Rows, how: str, moment: float, gap: float, everyone: bool, tally: Tally
) -> None:
    if name in ("run", "check"):
        shutil.rmtree(place / "runs", ignore_errors=True)
    else:
        restore(place)
    what = f"{name} {how}{' to all' if everyone else ''} at {moment:.3f} s, {gap:.3f} s apart, in {place.name}"
    process = subprocess.Popen(
        hpsearch(*COMMANDS[name]),
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    time.sleep(moment)
    disturb(process, SIGNALS[how], gap, everyone)
    try:
        out, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        tally.faults.append(f"not resumed: {what}: it does not end")
        return
    tally.attempts += 1
    tally.ended[f"{how} {process.returncode}"] += 1
    usual = 0 if how == "Ctrl-Z" else 128 + SIGNALS[how][0]
    if is_early(out, process.returncode):
        tally.early += 1
    elif "Traceback" in out or "Exception ignored" in out:
        tally.faults.append(f"tracebacks: {what}:\n{out}")
    elif process.returncode not in (0, usual):
        tally.faults.append(f"wrong codes: {what}: {process.returncode}\n{out}")
    folder = place / "runs" / "search"
    known = [right, rows(place / "finished" / "search") if name == "retry" else {}]  # before it put any trial back
    allowed = [(key, row) for each in known for key, row in each.items()]
    if false := {key: row for key, row in rows(folder).items() if name != "zoom" and (key, row) not in allowed}:
        tally.faults.append(f"false rows: {what}: {false}\n{out}")
    if any(row[1] != "complete" for row in rows(folder).values()):
        tally.faults.append(f"false rows: {what}: {rows(folder)}\n{out}")
    go_on(place, name, right, what, tally)


def is_early(out: str, code: int) -> bool:
    """Whether Python itself was interrupted before it came to a line of hpsearch."""
    foreign = "KeyboardInterrupt" in out and not any(ours in out for ours in ("/hpsearch/cli", "multiprocessing"))
    return code < 0 or foreign


def go_on(place: Path, name: str, right: Rows, what: str, tally: Tally) -> None:
    """The same command, or `run` where that would begin something new, comes to the undisturbed end."""
    words = COMMANDS["run"] if name in ("zoom", "retry") else COMMANDS[name]
    again = subprocess.run(hpsearch(*words), cwd=place, capture_output=True, text=True, check=False, timeout=120)
    found = rows(place / "runs" / "search")
    same = found == right or (
        name in ("zoom", "retry") and set(found) in (set(right), set(rows(place / "finished/search")))
    )
    if again.returncode or "Traceback" in again.stderr or not (same or name == "check"):
        tally.faults.append(f"not resumed: {what}: {again.returncode}\n{again.stdout}{again.stderr}\n{found}\n{right}")


def torture(attempts: int, seed: int, place: Path, kinds: Sequence[str] = tuple(CONFIGS)) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally()
    right = {}
    for kind in kinds:
        (place / kind).mkdir()
        right[kind] = prepared(place / kind, kind)
    for i in range(attempts):
        kind, how = kinds[i % len(kinds)], list(SIGNALS)[i // len(kinds) % len(SIGNALS)]
        name = str(rng.choice(list(COMMANDS), p=[0.4, 0.2, 0.15, 0.15, 0.05, 0.05]))
        moment, gap = float(rng.uniform(0.03, 2.0)), float(rng.choice([0.0, 0.01, 0.1, 0.5]))
        attempt(place / kind, name, right[kind][name], how, moment, gap, bool(rng.random() < 0.3), tally)
    return tally


if __name__ == "__main__":
    command(torture)

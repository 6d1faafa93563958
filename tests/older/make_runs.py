"""Makes small runs of every kind, which all later versions must open, report and resume.

To be run with the version that shall be frozen, in an environment where it is installed:

    python tests/older/make_runs.py v2

It writes tests/older/v2/runs.tar.xz, all run folders with their configs and what these need, and
tests/older/v2/expected.json, what each of them comes to when nothing disturbs it. The runs are made by the `hpsearch`
command line alone, in a folder that says nothing of who made them; what was killed lies there as SIGKILL left it.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from hpsearch.store import DATABASE, Store

HERE = Path(__file__).parent
PLACE = Path("/tmp/hpsearch-older")  # noqa: S108  a folder that the runs remember
SITE = Path("/tmp/hpsearch-older-site")  # noqa: S108
PAUSE = "0.06"  # seconds for each trial of the user's own, so that there is time to kill
HALF = (0.3, 0.8)  # share of the work that is done where a run was killed half way

# Only sums and products of numbers as they stand in the settings: the same on every processor.
WORK = '''\
"""The user's own code: what it gives depends on its arguments alone. A pause leaves time to kill it."""

import os
import time

PAUSE = float(os.environ.get("WORK_PAUSE", "0"))


def plain(x, rate, momentum, kind, level, count, code, offset=0.0):
    time.sleep(PAUSE)
    if kind == "broken" and x > 0.6:
        raise ValueError("of this kind x may be 0.6 at most")
    if kind == "broken" and level == "low":
        raise MemoryError("no room for this level")
    gain = {"low": 0.0, "mid": 0.5, "high": 0.25}[level]
    score = gain - (x - 0.3) * (x - 0.3) - (momentum - 0.9) * (momentum - 0.9) + offset
    return {"score": float("nan") if count > 24 else score, "cost": count * rate + len(code)}


def curve(x, rate, epochs):
    for epoch in range(1, epochs + 1):
        time.sleep(PAUSE / epochs)
        yield {"epoch": epoch, "loss": (x - 0.3) * (x - 0.3) + rate / epoch, "rate": rate / epoch}


def vectorized(x, width, kind, offset=0.0, slope=0.0, turn=0.0):
    time.sleep(5 * PAUSE)
    return {"score": offset + slope * x - (x - 0.3) * (x - 0.3) - turn * turn, "size": width * 2}


def smooth(x, rate, momentum, width, kind):
    time.sleep(PAUSE)
    bonus = 0.1 if kind == "b" else 0.0
    return bonus - (x - 0.3) * (x - 0.3) - (rate - 0.02) * (rate - 0.02) - (momentum - 0.9) * (momentum - 0.9)


def noisy(x, width, seed):
    time.sleep(PAUSE)
    return -(x - 0.3) * (x - 0.3) + seed * 7919 % 101 * x / 1000
'''

SHELL = """\
# Whole numbers alone, which every shell counts alike.
sleep "${WORK_PAUSE:-0}"
extra=0 bonus=0
while [ $# -gt 0 ]; do
    case $1 in
    --depth) depth=$2 && shift ;;
    --extra) extra=$2 && shift ;;
    --mode) mode=$2 && shift ;;
    --rate) rate=$2 && shift ;;
    --wide) bonus=7 ;;
    esac
    shift
done
if [ "$depth" -gt 14 ] && [ "$mode" = 08 ]; then
    echo "too deep for mode $mode" >&2
    exit 3
fi
echo "rate: $rate"
echo "loss=$(((depth - 11) * (depth - 11) + extra - bonus + ${#mode} + ${#WORK_TAG}))"
"""

POINTS = """\
x,kind,offset,count
0.1,plain,,1
0.25,plain,,2
0.5,moved,0.5,4
0.5,moved,-0.5,8
0.3,plain,,16
0.35,moved,0.25,32
0.75,broken,,3
1,plain,,64
0,moved,0.125,5
0.3125,broken,,6
"""

NETWORK = """\
model: network
data: {name: blobs, points: 240, noise: 0.5}
metric: val_accuracy
parameters:
  learning_rate: loguniform(1e-3, 1)
  momentum: {distribution: reverseloguniform, min: 0.5, max: 0.99, when: {optimizer: momentum}}
  optimizer: [momentum, adam]
  units: ordinal(4, 8, 16)
  layers: randint(1, 2)
  batch_size: [8, 16]
  dropout: {distribution: uniform, min: 0, max: 0.4, step: 0.1}
  epochs: 14
search: {trials: 16, seed: 3}
execution: {workers: 1}
"""

TABLE = """\
model: network
data: {path: flowers.csv, target: species, drop: [row], validation: 0.25, seed: 4}
metric: {name: val_loss, goal: minimize}
parameters:
  learning_rate: {distribution: loguniform, min: 1e-3, max: 0.3, limits: [1e-5, 1]}
  hidden: {values: [[8], [16], [8, 4]]}
  batch_norm: [true, false]
  optimizer: adam
  beta2: {distribution: reverseloguniform, min: 0.9, max: 0.999}
  epochs: 6
search: {trials: 12}
execution: {workers: 1}
"""

COMMAND = """\
command:
  line: [sh, work.sh, --depth, "{depth}", --mode, "{mode}", --rate, "{rate}", --extra, "{extra}", "{wide}"]
  booleans: presence
  environment: {WORK_TAG: "{tag}"}
metric: {name: loss, goal: minimize}
parameters:
  depth: {distribution: randint, min: 2, max: 20, step: 3}
  mode: {values: ["08", "1e-4", no, eight]}
  rate: uniform(0, 1)
  extra: {distribution: lograndint, min: 1, max: 64, when: {mode: ["08", no]}}
  wide: [true, false]
  tag: "007"
search: {trials: 20, seed: 1}
execution: {workers: 2, timeout: 1m}
"""

PARAMETERS = """\
parameters:
  x: uniform(0, 1)
  rate: {distribution: loguniform, min: 1e-4, max: 1, limits: [1e-6, 10]}
  momentum: reverseloguniform(0.5, 0.999)
  kind: [plain, moved, broken]
  level: ordinal(low, mid, high)
  count: lograndint(1, 64)
  offset: {distribution: uniform, min: -0.5, max: 0.5, step: 0.125, when: {kind: moved}}
  code: "08"
"""

FUNCTION = f"""\
function: work:plain
metric: {{name: score, goal: maximize}}
{PARAMETERS}\
search: {{trials: 24}}
execution: {{workers: 2}}
"""

ADDED = f"""\
function: work:plain
metric: {{name: score, goal: maximize}}
{PARAMETERS}\
search:
  trials: 12
  seed: 2
  points:
    - {{x: 0.3, rate: 1e-3, momentum: 0.9, kind: plain, level: mid, count: 4}}
    - {{x: 0.4, rate: 1, momentum: 0.5, kind: moved, level: low, count: 24, offset: 0.25}}
execution: {{workers: 1}}
"""

CURVE = """\
function: work:curve
metric: {name: loss, goal: minimize}
parameters:
  x: uniform(0, 1)
  rate: {distribution: uniform, min: 0, max: 1, step: 0.05}
  epochs: 8
search: {trials: 20, seed: 5}
early_stop: {rule: median, after: 2}
execution: {workers: 1}
"""

VECTORIZED = """\
function: {path: work:vectorized, vectorized: true}
metric: {name: score, goal: maximize}
parameters:
  x: uniform(-1, 1)
  width: lograndint(4, 256)
  kind: ["1", "2", "3", "4", "5"]
  offset: {distribution: uniform, min: 0, max: 1, step: 0.25, when: {kind: ["1", "3"]}}
  slope: {distribution: uniform, min: 0, max: 0.5, when: {kind: ["2", "3"]}}
  turn: {distribution: uniform, min: 0, max: 1, when: {kind: "4"}}
search: {trials: 30, seed: 6}
execution: {workers: 1}
"""

GRID = """\
function: work:smooth
metric: {name: score, goal: maximize}
parameters:
  x: uniform(0, 1)
  rate: loguniform(1e-4, 1)
  momentum: reverseloguniform(0.5, 0.999)
  width: 16
  kind: [a, b]
search: {method: grid, grid: {x: 3, rate: 3, momentum: 1}}
execution: {workers: 1}
"""

LISTED = """\
function: work:plain
metric: {name: score, goal: maximize}
parameters:
  x: uniform(0, 1)
  rate: 0.5
  momentum: 0.875
  kind: [plain, moved, broken]
  level: mid
  count: lograndint(1, 64)
  offset: {distribution: uniform, min: -0.5, max: 0.5, when: {kind: moved}}
  code: "08"
search: {method: points, points: points.csv}
execution: {workers: 1}
"""

SMOOTH = """\
function: work:smooth
metric: {name: score, goal: maximize}
parameters:
  x: uniform(0, 1)
  rate: loguniform(1e-4, 1)
  momentum: reverseloguniform(0.5, 0.999)
  width: {distribution: randint, min: 8, max: 64, step: 8}
  kind: [a, b]
"""

COARSE = f"""\
{SMOOTH}\
search: {{method: coarse_to_fine, trials: 24, rounds: 4, seed: 7}}
execution: {{workers: 1}}
"""

ZOOM = f"""\
{SMOOTH}\
search: {{trials: 20, seed: 8}}
execution: {{workers: 1}}
"""

NOISY = """\
function: work:noisy
metric: {name: score, goal: maximize}
parameters:
  x: uniform(0, 1)
  width: ordinal(8, 16, 32)
search: {trials: 10, seed: 9}
execution: {workers: 1}
"""

SLOW = """\
command: [sh, -c, "sleep $0; echo score=1", "{nap}"]
metric: {name: score, goal: minimize}
parameters: {nap: [0, 0.5, 60, 90]}
search: {method: points, points: [{nap: 0}, {nap: 60}, {nap: 90}, {nap: 0.5}]}
execution: {workers: 1, timeout: 4s}
"""

CONFIGS = {
    "network": NETWORK,
    "table": TABLE,
    "command": COMMAND,
    "function": FUNCTION,
    "added": ADDED,
    "curve": CURVE,
    "vectorized": VECTORIZED,
    "grid": GRID,
    "points": LISTED,
    "coarse": COARSE,
    "zoom": ZOOM,
    "noisy": NOISY,
    "slow": SLOW,
}

CONFIRM = ("--top", "2", "--replicates", "2")
ZOOMING = ("--trials", "10", "--yes")


def main() -> None:
    """Make the runs, and write them and what they come to."""
    target = HERE / sys.argv[1]
    shutil.rmtree(PLACE, ignore_errors=True)
    write_files()
    expected = {name: finished(name, name) for name in CONFIGS if name not in ("added", "zoom", "slow")}
    for config, name in [("network", "network-confirmed"), ("noisy", "confirmed")]:
        expected[name] = finished(config, name, ["confirm", name, *CONFIRM])
    expected["added"] = finished("added", "added", ["run", "added.yaml", "--add", "6"])
    expected["zoomed"] = finished("zoom", "zoomed", ["zoom", "zoomed", *ZOOMING])
    for config in ("network", "command", "function", "curve", "vectorized", "coarse"):
        name = f"{config}-killed"
        expected[name] = killed(config, name, ["run", f"{config}.yaml", "--name", name], twin=config)
    call("run", "zoom.yaml", "--name", "zoom-killed")
    expected["zoom-killed"] = killed("zoom", "zoom-killed", ["zoom", "zoom-killed", *ZOOMING], twin="zoomed")
    call("run", "noisy.yaml", "--name", "confirm-killed")
    confirm = ["confirm", "confirm-killed", *CONFIRM]
    expected["confirm-killed"] = killed("noisy", "confirm-killed", confirm, twin="confirmed") | {"resume": confirm}
    expected["function-interrupted"] = killed(
        "function",
        "function-interrupted",
        ["run", "function.yaml", "--name", "function-interrupted"],
        twin="function",
        by=signal.SIGINT,
    )
    expected["slow"] = slow()
    expected["damaged"] = damaged("function", "damaged")
    expected |= begun("function")
    write(target, expected)
    shutil.rmtree(PLACE)
    shutil.rmtree(SITE)


def write_files() -> None:
    """The configs, and what they name."""
    PLACE.mkdir()
    SITE.mkdir(exist_ok=True)
    (SITE / "sitecustomize.py").write_text("import platform\nplatform.platform = lambda *_, **__: 'Linux'\n")
    for name, text in CONFIGS.items():
        (PLACE / f"{name}.yaml").write_text(text)
    for name, text in {"work.py": WORK, "work.sh": SHELL, "points.csv": POINTS}.items():
        (PLACE / name).write_text(text)
    rng = random.Random(0)  # noqa: S311  flowers
    rows = ["row,petal,sepal,colour,species"]
    for row in range(90):
        size, species = [(1.5, "setosa"), (4.2, "versicolor"), (5.6, "virginica")][row % 3]
        colour = rng.choice(["blue", "violet", "white"][row % 3 :])
        rows.append(f"{row},{rng.gauss(size, 0.6):.1f},{rng.gauss(4 + size / 3, 0.4):.1f},{colour},{species}")
    (PLACE / "flowers.csv").write_text("\n".join(rows) + "\n")


def environment(pause: str) -> dict[str, str]:
    """What hpsearch runs in: of the machine it finds nothing to note but its system's name."""
    path = os.pathsep.join(filter(None, [str(SITE), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "WORK_PAUSE": pause}


def start(*words: str, pause: str = "0") -> "subprocess.Popen[bytes]":
    """An hpsearch that goes on beside this process."""
    line, nowhere = [sys.executable, "-m", "hpsearch", *words], subprocess.DEVNULL
    return subprocess.Popen(line, cwd=PLACE, env=environment(pause), stdout=nowhere, stderr=nowhere)


def call(*words: str) -> None:
    """An hpsearch that comes to its end."""
    if code := start(*words).wait():
        sys.exit(f"hpsearch {' '.join(words)}: exit code {code}")


def facts(folder: Path, config: str, state: str) -> dict[str, Any]:
    """What a run holds."""
    with Store(folder) as store:
        history, digest = store.history(), curves(store)
        repeated = replicates(store)
    rows = [
        [
            t.number,
            t.round,
            dict(t.params),
            str(history.results[t.number].status),
            dict(history.results[t.number].metrics),
        ]
        for t in history.trials
        if t.number in history.results
    ]
    return {"config": f"{config}.yaml", "state": state, "trials": rows, "replicates": repeated, "curves": digest}


def replicates(store: Store) -> dict[str, dict[str, dict[str, float]]]:
    """Trial -> replicate -> its metrics, of those that have a result; keys as JSON has them."""
    history = store.history()
    held = history.replicates
    rows = {
        trial: {n: dict(row[n].metrics) for n in sorted(row) if n and row[n]} for trial, row in sorted(held.items())
    }
    return {str(trial): {str(n): metrics for n, metrics in row.items()} for trial, row in rows.items() if row}


def curves(store: Store) -> str:
    """A digest of all curves."""
    return sha256(json.dumps(store.curves(), sort_keys=True).encode()).hexdigest()[:16]


def finished(config: str, name: str, *more: list[str]) -> dict[str, Any]:
    """A run that came to its end, and what was done with it then."""
    call("run", f"{config}.yaml", "--name", name)
    for words in more:
        call(*words)
    best = subprocess.run(
        [sys.executable, "-m", "hpsearch", "best", name, "--format", "json"],
        cwd=PLACE,
        env=environment("0"),
        check=True,
        capture_output=True,
        text=True,
    )
    held = facts(PLACE / "runs" / name, config, "finished")
    (winner,) = [row[0] for row in held["trials"] if row[2] == json.loads(best.stdout)]
    return held | {"winner": winner}


def killed(config: str, name: str, words: list[str], *, twin: str, by: int = signal.SIGKILL) -> dict[str, Any]:
    """A run that was killed half way; `twin`: the run that was not."""
    folder, kept = PLACE / "runs" / name, PLACE / "kept"
    if folder.exists():
        shutil.copytree(folder, kept)
    before = amount(folder)
    whole, moment = amount(PLACE / "runs" / twin) - before, 0.8
    while True:
        process = start(*words, pause=PAUSE)
        time.sleep(moment)
        os.kill(process.pid, by)
        process.wait()
        time.sleep(0.5)  # its workers end by themselves
        share = (amount(folder) - before) / whole
        if HALF[0] <= share <= HALF[1]:
            break
        moment *= 1.13 if share < HALF[0] else 0.9
        shutil.rmtree(folder, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, folder)
    shutil.rmtree(kept, ignore_errors=True)
    held = copied(folder, lambda copy: facts(copy, config, "killed"))
    return held | {"twin": twin}


def amount(folder: Path) -> int:
    """How many results there are."""

    def count(copy: Path) -> int:
        with Store(copy) as store:
            return len(store.history().results) + sum(map(len, replicates(store).values()))

    try:
        return copied(folder, count) if (folder / DATABASE).exists() else 0
    except Exception:  # it has only begun
        return 0


def copied(folder: Path, look: Callable[[Path], Any]) -> Any:
    """What is seen in a copy: to look changes the index of the log."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(folder, Path(place) / folder.name)
        return look(Path(place) / folder.name)


def slow() -> dict[str, Any]:
    """A run of which one trial is stopped from outside, and another runs out of time."""
    process = start("run", "slow.yaml")
    while not (PLACE / "runs" / "slow" / "trials" / "2" / "stdout").exists():
        time.sleep(0.05)
    call("stop", "slow", "2")
    process.wait()
    return finished("slow", "slow")


def damaged(config: str, name: str) -> dict[str, Any]:
    """A finished run, in which a digit of one metric is another one."""
    held = finished(config, name)
    number, _, _, _, metrics = held["trials"][len(held["trials"]) // 2]
    path = PLACE / "runs" / name / DATABASE
    data, text = bytearray(path.read_bytes()), json.dumps(metrics).encode()
    if data.count(text) != 1:
        sys.exit(f"{name}: the metrics of trial {number} stand there {data.count(text)} times")
    data[data.index(text) + len(text) - 2] ^= 1
    path.write_bytes(data)
    whole = held["trials"]
    return held | {"state": "damaged", "trials": [row for row in whole if row[0] != number], "twin": config}


def begun(config: str) -> dict[str, Any]:
    """Runs that were killed as soon as they had begun: with tables that are empty, and without any.

    None of those that this version does not leave behind.
    """
    wanted = {0: "begun-empty", 1: "begun"}
    found: dict[str, Any] = {}
    rng = random.Random(0)  # noqa: S311  moments
    folder = PLACE / "runs" / "starting"
    for _ in range(100):
        process = start("run", f"{config}.yaml", "--name", folder.name)
        log = folder / f"{DATABASE}-wal"
        while process.poll() is None and not (log.exists() and log.stat().st_size):
            pass
        end = time.perf_counter() + rng.uniform(0, 0.002)
        while time.perf_counter() < end:
            pass
        process.kill()
        process.wait()
        time.sleep(0.2)
        state = copied(folder, tables) if (folder / DATABASE).exists() else None
        if state in wanted and wanted[state] not in found:
            name = wanted[state]
            folder.rename(PLACE / "runs" / name)
            found[name] = {"config": f"{config}.yaml", "state": "begun", "trials": [], "twin": config}
        if len(found) == len(wanted):
            break
        shutil.rmtree(folder, ignore_errors=True)
    return found


def tables(folder: Path) -> int | None:
    """0: there are no tables; 1: they are empty; None: something is in them."""
    db = sqlite3.connect(folder / DATABASE)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return 0
        return None if db.execute("SELECT count(*) FROM facts").fetchone()[0] else 1
    finally:
        db.close()


def write(target: Path, expected: dict[str, Any]) -> None:
    """All of it, without times and names of people."""
    target.mkdir(parents=True, exist_ok=True)

    def anonymous(item: tarfile.TarInfo) -> tarfile.TarInfo:
        item.mtime, item.uid, item.gid, item.uname, item.gname = 0, 0, 0, "", ""
        item.mode = 0o755 if item.isdir() else 0o644
        return item

    with tarfile.open(target / "runs.tar.xz", "w:xz", preset=9) as archive:
        for path in sorted(PLACE.rglob("*")):
            archive.add(path, str(path.relative_to(PLACE)), recursive=False, filter=anonymous)
    lines = []
    for name, run in expected.items():
        rows = ",".join(f"\n   {json.dumps(row)}" for row in run["trials"])
        rest = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in run.items() if key != "trials")
        lines.append(f' {json.dumps(name)}: {{{rest}, "trials": [{rows}]}}')
    (target / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

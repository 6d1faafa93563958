"""Made-up configs through the reader and `check`: python -m tests.torture.configs 50000 [SEED].

Each is a config of ours with a few edits: of its tree (values, keys and lists exchanged, nested, dropped, doubled) or
of its text. It is read or refused: what else happens, and what takes longer than two seconds of this process's time,
is counted.
"""

import contextlib
import io
import time
import traceback
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hpsearch.cli import main as hpsearch
from tests.torture import command

ROOT = Path(__file__).parents[2]
LIMIT = 2.0  # seconds
RICH = """\
name: rich
command:
  line: [echo, "m={x}", --n, "{n}", "${args}"]
  booleans: presence
  pattern: 'm=(?P<m>\\S+)'
  environment: {NAME: "{kind}"}
metric: {name: m, goal: minimize}
parameters:
  x: {distribution: uniform, min: -1, max: 1, step: 0.25}
  n: {distribution: lograndint, min: 1, max: 1000, when: "kind in [a, b] or order == 4"}
  r: reverseloguniform(0.9, 0.999)
  kind: [a, b, null, 3]
  order: ordinal(1, 2, 4)
  flag: {values: [true, false]}
  fixed: 7
search:
  {method: coarse_to_fine, trials: 40, rounds: 4, points: [{x: 0, n: 3, r: 0.95, kind: a, order: 1, flag: true}]}
execution: {workers: 2, timeout: 5m, retries: 2, max_failures: 9, devices: [0, 1]}
early_stop: {rule: halving, eta: 4, min: 2}
"""
TABLE = """\
model: network
data: {name: blobs, points: 60, classes: 3, noise: 0.3, validation: 0.25, test: 0.25, seed: 1}
metric: val_loss
parameters:
  learning_rate: loguniform(1e-4, 1)
  hidden: [[8], [8, 4]]
  optimizer: [adam, sgd, momentum, rmsprop]
  momentum: {distribution: reverseloguniform, min: 0.5, max: 0.99, when: {optimizer: [momentum]}}
  batch_size: [16, 32]
  dropout: uniform(0, 0.5)
  decay: [none, step]
  epochs: 3
search: {method: grid, grid: 2, time: 8h, until: 2026-12-01 08:00, grace: 5m, target: 0.01, patience: 20}
"""
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 1e-320, 1e308, -1e308, 1e400, float("nan"), 2**63, 10**40, 0.1, 1 + 2**-52),
    *(
        "",
        " ",
        "a",
        "0",
        "1e5",
        "no",
        "~",
        "\x00",
        "\x1b[31m",
        "\ud7ff",
        "é",
        "-1",
        "x" * 5000,
        "(" * 500,
        "{x}",
        "${args}",
    ),
    *("uniform(0, 1)", "loguniform(5e-324, 1e-300)", "uniform(1, 1.0000000000000002)", "randint(1, 9007199254740993)"),
    *(
        "choice(a)",
        "uniform(1)",
        "uniform(0, 1, 2)",
        "lognormal(0, 1)",
        "1e-4..1",
        "random",
        "median",
        "inline",
        "8h",
        "1s",
    ),
    *(
        [],
        [[]],
        {},
        [None],
        [1, "1", 1.0, True],
        {"min": 0},
        {"values": []},
        {"x": {"x": {}}},
        [{"a": 1}],
        {1: 2},
        {None: 1},
    ),
    *({"distribution": "uniform", "min": 0, "max": 1}, {"when": {"x": 1}}, {"kind": ["a"]}, list(range(300))),
]
JUNK = [
    *"{}[]:,-&*!|>%@#'\"\n\t?",
    "1e999",
    ".nan",
    "<<: ",
    "!!set",
    "!!python/object:os.system",
    "\n- ",
    "---\n",
    "&a ",
    "*a",
]


@dataclass
class Tally:
    """What came of the configs."""

    attempts: int = 0
    read: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        uncaught = sum(fault.startswith("uncaught") for fault in self.faults)
        return (
            f"{self.attempts} configs, {self.read} of them valid, {uncaught} uncaught, "
            f"{len(self.faults) - uncaught} over {LIMIT:g} s, the slowest {self.slowest:.2f} s"
        )


def corpus() -> list[str]:
    """Configs of ours, valid as they stand."""
    return [RICH, TABLE, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "configs").glob("*.yaml")))]


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return [place for key in keys for place in [(tree, key), *places(tree[key])]]


def regrown(text: str, rng: np.random.Generator) -> str:
    """A config whose tree was edited."""
    tree = yaml.safe_load(text)
    for _ in range(rng.integers(1, 5)):
        if not (found := places(tree)):
            break
        (box, key), (other, name) = (found[rng.integers(len(found))] for _ in range(2))
        change = rng.integers(6)
        if change == 0:
            del box[key]
        elif change == 1:
            box[key] = deepcopy(other[name])
        elif change == 2 and isinstance(box, dict):
            box[VALUES[i] if isinstance(VALUES[i := rng.integers(len(VALUES))], str | int | float) else "key"] = box[
                key
            ]
        elif change == 3:
            box[key] = [box[key], deepcopy(VALUES[rng.integers(len(VALUES))])]
        else:
            box[key] = deepcopy(VALUES[rng.integers(len(VALUES))])
    return yaml.safe_dump(tree, allow_unicode=True, default_flow_style=[None, True, False][rng.integers(3)])


def garbled(text: str, rng: np.random.Generator) -> str:
    """A config whose text was edited."""
    for _ in range(rng.integers(1, 7)):
        at, end = sorted(rng.integers(0, len(text) + 1, 2))
        change = rng.integers(4)
        if change == 0:
            text = text[:at] + text[min(end, at + 20) :]
        elif change == 1:
            text = text[:at] + text[at:end][:60] * int(rng.integers(1, 4)) + text[at:]
        else:
            value = JUNK[rng.integers(len(JUNK))] if change == 2 else str(VALUES[rng.integers(len(VALUES))])
            text = text[:at] + value + text[at:]
    return text


def checked(path: Path, tally: Tally) -> None:
    """Let `check` have a config, and note what came of it."""
    out, begin, code, failed = io.StringIO(), time.process_time(), None, ""
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            hpsearch(["check", str(path)])
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # whatever it is, it is what is looked for
        failed = traceback.format_exc()
    seconds = time.process_time() - begin
    tally.attempts += 1
    tally.read += code == 0
    tally.slowest = max(tally.slowest, seconds)
    if failed or code not in (0, 2) or "Traceback" in out.getvalue():
        tally.faults.append(f"uncaught: exit {code}\n{failed or out.getvalue()}\n{path.read_bytes()!r}")
    elif seconds > LIMIT:
        tally.faults.append(f"slow: {seconds:.1f} s\n{path.read_bytes()!r}")


def torture(attempts: int, seed: int, place: Path) -> Tally:
    """So many configs, edited by turns in tree and text."""
    rng, tally, texts = np.random.default_rng(seed), Tally(), corpus()
    edits: list[Callable[[str, np.random.Generator], str]] = [regrown, garbled]
    for name in ("logistic.py", "train_torch.py", "train_sklearn.py", "compress.sh"):
        (place / name).write_bytes((ROOT / "configs" / name).read_bytes())
    with contextlib.chdir(place):
        for i in range(attempts):
            path = place / "fuzzed.yaml"
            path.write_bytes(edits[i % 2](texts[rng.integers(len(texts))], rng).encode("utf-8", "surrogatepass"))
            checked(path, tally)
    return tally


if __name__ == "__main__":
    command(torture, 1000)

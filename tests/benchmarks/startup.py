"""What a person waits for: `hpsearch --help` beside `python -c pass`, and `report` on runs of many trials.

python tests/benchmarks/startup.py [--sizes 100 10000 100000] [--repeats 9] [--against OTHER/bin/hpsearch]

`--against` names the hpsearch of another version, which makes runs of its own; the two take turns, and the ratio is
that of the medians.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CONFIG = """
function: {path: "work:score", vectorized: true}
metric: {name: score, goal: maximize}
parameters:
  learning_rate: loguniform(1e-4, 1)
  momentum: reverseloguniform(0.9, 0.999)
  units: lograndint(16, 256)
  layers: randint(1, 3)
  optimizer: [adam, rmsprop, momentum]
execution: {workers: inline}
"""
CODE = """
def score(learning_rate, momentum, units, layers, optimizer):
    for epoch in range(1, 21):
        yield momentum * epoch / 20 - 0.01 * layers
"""


def medians(commands: Sequence[list[str]], repeats: int) -> list[float]:
    """Wall-clock seconds of each command, the median of so many runs in turn."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(repeats):
        for command, row in zip(commands, times, strict=True):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            row.append(time.perf_counter() - start)
    return [sorted(row)[len(row) // 2] for row in times]


def make_run(program: str, place: Path, trials: int) -> list[str]:
    """Search with this hpsearch in a folder of its own; the command that reports on it."""
    place.mkdir()
    (place / "work.py").write_text(CODE)
    (place / "big.yaml").write_text(f"{CONFIG}search: {{trials: {trials}}}\n")
    runs = str(place / "runs")
    subprocess.run([program, "run", str(place / "big.yaml"), "--runs", runs, "--quiet"], check=True)
    return [program, "report", "big", "--runs", runs]


def main() -> None:
    """Print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    parser.add_argument("--against", metavar="PROGRAM")
    options = parser.parse_args()
    programs = [str(Path(sys.executable).parent / "hpsearch"), *([options.against] if options.against else [])]
    bare, *helps = medians([[sys.executable, "-c", "pass"], *([p, "--help"] for p in programs)], options.repeats)
    print(f"python -c pass: {1000 * bare:.0f} ms; --help: {', '.join(f'{1000 * s:.0f} ms' for s in helps)}", flush=True)
    for trials in options.sizes:
        with tempfile.TemporaryDirectory() as place:
            reports = [make_run(program, Path(place) / str(i), trials) for i, program in enumerate(programs)]
            seconds = medians(reports, max(3, options.repeats // 2) if trials > 10_000 else options.repeats)
        ratio = f", {seconds[0] / seconds[1]:.2f} times the other" if len(seconds) > 1 else ""
        print(f"report on {trials:,} trials: {', '.join(f'{s:.2f} s' for s in seconds)}{ratio}", flush=True)


if __name__ == "__main__":
    main()

"""What a person waits for: `hpsearch --help` beside `python -c pass`, and `report` on 10,000 trials.

python tests/benchmarks/startup.py [--repeats 15]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hpsearch.methods import Plan, RandomSearch
from hpsearch.space import Choice, Numeric, Parameter, Space
from hpsearch.store import Store
from hpsearch.trial import History, Metric, Result, Status

TRIALS = 10_000
SPACE = Space(
    (
        Parameter("learning_rate", Numeric("loguniform", 1e-4, 1.0)),
        Parameter("momentum", Numeric("reverseloguniform", 0.9, 0.999)),
        Parameter("units", Numeric("lograndint", 16, 256)),
        Parameter("layers", Numeric("randint", 1, 3)),
        Parameter("optimizer", Choice(("adam", "rmsprop", "momentum"))),
    )
)


def median_seconds(command: list[str], repeats: int) -> float:
    """Wall-clock seconds of a command, the median of so many runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def make_run(folder: Path) -> None:
    """A run of 10,000 trials with curves of 20 epochs."""
    with Store(folder, write=True) as store:
        parameters = {parameter.name: parameter.spec() for parameter in SPACE.parameters}
        document = {
            "function": "train:score",
            "metric": {"name": "score", "goal": "maximize"},
            "parameters": parameters,
            "search": {"trials": TRIALS},
        }
        store.note({"metric": document["metric"], "document": document, "folder": str(folder)})
        store.add_round(1, parameters, {"why": "the space of the config"})
        jobs = RandomSearch(Plan(SPACE, trials=TRIALS)).next_jobs(History(Metric("score")), TRIALS)
        store.add_batches([[job] for job in jobs])
        curve = [i / 20 for i in range(20)]
        store.finish(
            (job, Result(Status.COMPLETE, {"score": job.trial.params["momentum"]}, {"score": curve}, 0.1))
            for job in jobs
        )


def main() -> None:
    """Print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    program = str(Path(sys.executable).parent / "hpsearch")
    bare = median_seconds([sys.executable, "-c", "pass"], repeats)
    help_ = median_seconds([program, "--help"], repeats)
    print(
        f"python -c pass: {1000 * bare:.0f} ms; hpsearch --help: {1000 * help_:.0f} ms, {help_ / bare:.1f} times that"
    )
    with tempfile.TemporaryDirectory() as place:
        make_run(Path(place) / "big")
        seconds = median_seconds([program, "report", "big", "--runs", place], max(3, repeats // 3))
    print(f"hpsearch report on {TRIALS:,} trials: {seconds:.2f} s")


if __name__ == "__main__":
    main()

"""Halving with promotion, hyperband and population beside random search, by the epochs that they spend; and their disk.

    python tests/benchmarks/promotion.py [--seeds 20] [--first 0] [--trials 30] [--data digits spirals] [--processes 2]
    python tests/benchmarks/promotion.py --disk 10000

Networks of 27 epochs on the digits and on spirals with noise; the loss on the validation set at a trial's last epoch is
minimized, and only complete trials count. Each search ends when it has spent as many epochs as `--trials` full
trainings. Its draws have nothing in common with those of random search, which it is compared with. Nothing was chosen
by the seeds from 0 on: `--first 100` has others.

The share of epochs is the median, "never" where the seed in the middle did not get there. The epochs of a restart are
what the same segments would have cost had each begun with the first epoch. Intervals are of 95 %, over seeds, by the
bootstrap. `--disk` has an objective that does nothing but write 1,000 bytes to be carried on from.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from overhead import SPACE

from hpsearch.config import read_config
from hpsearch.engine.executors import InlineExecutor
from hpsearch.engine.loop import Search
from hpsearch.methods import METHODS, Plan
from hpsearch.methods.rungs import HalvingSettings
from hpsearch.objectives.checkpoints import begun, concluded, remove
from hpsearch.runs import open_run
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Place, Result, Status

EPOCHS = 27
CONFIG = """
model: network
data: {data}
metric: val_loss
parameters:
  learning_rate: loguniform(1e-4, 1)
  optimizer: [momentum, rmsprop, adam]
  momentum: {{distribution: reverseloguniform, min: 0.9, max: 0.999, when: {{optimizer: momentum}}}}
  beta2: {{distribution: reverseloguniform, min: 0.9, max: 0.9999, when: {{optimizer: [rmsprop, adam]}}}}
  layers: randint(1, 2)
  units: lograndint(16, 64)
  batch_size: [64, 128]
  dropout: uniform(0, 0.5)
  epochs: {epochs}
search: {{{search}, seed: {seed}}}
execution: {{workers: inline}}
"""
DATA = {"digits": "digits", "spirals": "{name: spirals, points: 1500, classes: 5, noise: 0.3}"}
# A trial of halving takes a ninth of a full training, so there are at most so many as can be paid for.
SEARCHES = {
    "random": "method: random, trials: {full}",
    "coarse_to_fine": "method: coarse_to_fine, trials: {full}",
    "halving": "method: halving, trials: {many}",
    "halving, asynchronous": "method: halving, asynchronous: true, trials: {many}",
    "halving, coarse_to_fine": "method: halving, sampler: coarse_to_fine, trials: {many}",
    "halving, eta: 2, min: 1": "method: halving, eta: 2, min: 1, trials: {many}",
    "hyperband": "method: hyperband, trials: {many}",
    "population": "method: population, members: {full}",
}


@dataclass
class Course:
    """What a search spent and found.

    Attributes:
        spent: epochs, when a trial was complete that was better than all before.
        best: its loss.
        epochs: those spent in all.
        restarted: those that it would have spent without checkpoints.
        trials: how many began.
    """

    spent: list[int] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    epochs: int = 0
    restarted: int = 0
    trials: int = 0

    def take(self, job: Job, result: Result, most: float) -> None:
        ran = max(map(len, result.curve.values()), default=0)
        self.epochs += ran
        self.restarted += job.start + ran
        loss = result.value("val_loss")
        if result.status is Status.COMPLETE and loss < min(self.best, default=inf) and self.epochs <= most:
            self.spent.append(self.epochs)
            self.best.append(loss)

    def reaching(self, loss: float) -> float:
        """The epochs spent until a complete trial was as good; infinite where none was."""
        return next((float(spent) for spent, best in zip(self.spent, self.best, strict=True) if best <= loss), inf)


def course(name: str, data: str, seed: int, full: int) -> Course:
    """A search from its beginning to the end of its epochs."""
    most, found = full * EPOCHS, Course()
    own = seed + 10_000 * [*SEARCHES].index(name)
    search = SEARCHES[name].format(full=full, many=9 * full)
    text = CONFIG.format(data=DATA[data], epochs=EPOCHS, search=search, seed=own)
    config = read_config(text, source="promotion.yaml", folder=Path())
    with tempfile.TemporaryDirectory() as folder, open_run(config, Path(folder)) as run:
        for arrival in run.arrivals(lambda: found.epochs >= most):
            for job, result in arrival:
                found.take(job, result, most)
        found.trials = len(run.history)
    return found


def all_courses(data: str, full: int, seed: int) -> dict[str, Course]:
    return {name: course(name, data, seed, full) for name in SEARCHES}


def interval(values: Any, statistic: Any = np.mean) -> str:
    """A statistic over seeds, with its interval."""
    drawn = np.random.default_rng(0).integers(len(values), size=(10_000, len(values)))
    low, high = np.quantile(statistic(np.asarray(values)[drawn], axis=1), [0.025, 0.975], method="nearest")
    return f"{statistic(values):.3f} ({low:.3f} to {high:.3f})".replace("inf", "never")


def compare(data: str, seeds: Sequence[int], full: int, courses: Sequence[dict[str, Course]]) -> None:
    """Print a table, a row each search; courses: of each seed."""
    best = np.array([[min(each[name].best, default=inf) for name in SEARCHES] for each in courses])
    ranks = 1 + (best[:, :, None] > best[:, None, :]).sum(axis=2)
    print(f"\n{data}: {full * EPOCHS} epochs each, {len(seeds)} seeds from {seeds[0]} on", flush=True)
    print(
        "| | epochs to random's best, of its own | got there, within 40 % | loss | rank | loss less random's "
        "| less coarse_to_fine's | epochs, of a restart's | trials |\n|" + "---|" * 9
    )
    for k, name in enumerate(SEARCHES):
        shares = np.array([each[name].reaching(min(each["random"].best)) / (full * EPOCHS) for each in courses])
        restarted = sum(each[name].epochs for each in courses) / sum(each[name].restarted for each in courses)
        cells = [
            *(name, interval(shares, np.median), f"{(shares <= 1).sum()}, {(shares <= 0.4).sum()}"),
            *(interval(best[:, k]), interval(ranks[:, k])),
            *(interval(best[:, k] - best[:, [*SEARCHES].index(other)]) for other in ("random", "coarse_to_fine")),
            *(f"{restarted:.0%}", f"{np.mean([each[name].trials for each in courses]):.0f}"),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


@dataclass
class Cheap:
    """Trains nothing, and leaves something to be carried on from; counts what lies there."""

    run: Path
    wave: int = 512
    there: int = 0
    most: int = 0

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        return [[job] for job in jobs]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        return [self._left(job, Result(Status.COMPLETE, {"score": job.trial.params["momentum"]})) for job in batch]

    def _left(self, job: Job, result: Result) -> Result:
        folder = begun(self.run, job)
        assert folder is not None
        (folder / "model").write_bytes(bytes(1000))
        self.there += 1
        self.most = max(self.most, self.there)
        return concluded(self.run, job, result)

    def remove(self, place: Place) -> None:
        remove(self.run, place)
        self.there -= 1


def disk(trials: int, *, asynchronous: bool) -> None:
    """Print how many checkpoints lay there at a time, and how long a trial took."""
    kind, settings = METHODS["halving"], HalvingSettings(max=EPOCHS, asynchronous=asynchronous)
    plan = kind.completed(Plan(SPACE, trials=trials, settings=settings))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        with Store(folder, write=True, first=lambda: (Facts(Metric("score")), Round(1, {}))) as store:
            objective, executor, history = Cheap(folder), InlineExecutor(), store.history()
            start, cpu = time.perf_counter(), time.process_time()
            search = Search(
                method=kind(plan),
                objective=objective,
                executor=executor,
                store=store,
                history=history,
                remove=objective.remove,
            )
            jobs = sum(map(len, search))
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        left = len([*folder.glob("trials/*/checkpoint-*")])
    assert left == objective.there, "what is counted is what lies there"
    bound = trials / (settings.eta - 1) if asynchronous else EPOCHS / settings.eta  # trials of a bracket: EPOCHS
    print(
        f"{trials:,} trials, {'asynchronous' if asynchronous else 'in brackets'}: {jobs:,} jobs, "
        f"{objective.most:,} checkpoints of 1 kB at a time (bound: {bound:,.0f}), {left} in the end; "
        f"{1000 * seconds / trials:.2f} ms a trial of the clock, {1000 * cpu / trials:.2f} of the processor",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--trials", type=int, default=30, help="full trainings that each search may cost")
    parser.add_argument("--data", nargs="+", choices=DATA, default=[*DATA])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--disk", type=int, metavar="TRIALS")
    given = parser.parse_args()
    if given.disk:
        for asynchronous in (False, True):
            disk(given.disk, asynchronous=asynchronous)
        return
    seeds = range(given.first, given.first + given.seeds)
    with ProcessPoolExecutor(given.processes) as pool:
        for data in given.data:
            compare(data, seeds, given.trials, list(pool.map(partial(all_courses, data, given.trials), seeds)))


if __name__ == "__main__":
    main()

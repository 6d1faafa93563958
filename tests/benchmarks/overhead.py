"""Engine overhead: trials stored per second with an objective that does nothing, beside Optuna's storages.

    python tests/benchmarks/overhead.py [--trials 1000 100000] [--peers]

Both store every trial with its parameters and value, one after the other, in one process. `--peers` needs optuna.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hpsearch.engine.executors import InlineExecutor
from hpsearch.engine.loop import Search
from hpsearch.methods import Plan, RandomSearch
from hpsearch.space import Numeric, Parameter, Space
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Result, Status

SPACE = Space(
    (
        Parameter("learning_rate", Numeric("loguniform", 1e-4, 1.0)),
        Parameter("momentum", Numeric("reverseloguniform", 0.9, 0.999)),
        Parameter("units", Numeric("lograndint", 16, 256)),
    )
)


@dataclass(frozen=True)
class Nothing:
    """One job a batch: the worst case for the loop and the store."""

    wave: int = 512

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        return [[job] for job in jobs]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        return [Result(Status.COMPLETE, {"score": job.trial.params["momentum"]}) for job in batch]


def ours(trials: int, folder: Path) -> float:
    """Trials per second."""
    with Store(folder, write=True, first=lambda: (Facts(Metric("score")), Round(1, {}))) as store:
        method = RandomSearch(Plan(SPACE, seed=0, trials=trials))
        start = time.perf_counter()
        done = Search(
            method=method, objective=Nothing(), executor=InlineExecutor(), store=store, history=store.history()
        )
        count = sum(len(batch) for batch in done)
        seconds = time.perf_counter() - start
    assert count == trials
    return trials / seconds


def optuna_rate(trials: int, storage: str, folder: Path) -> float:
    """Trials per second of Optuna's random sampler with one of its storages."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    place = (
        f"sqlite:///{folder}/optuna.db" if storage == "sqlite" else JournalStorage(JournalFileBackend(f"{folder}/j"))
    )
    study = optuna.create_study(storage=place, sampler=optuna.samplers.RandomSampler(0))

    def objective(trial: "optuna.Trial") -> float:
        trial.suggest_float("learning_rate", 1e-4, 1, log=True)
        trial.suggest_int("units", 16, 256, log=True)
        return trial.suggest_float("momentum", 0.9, 0.999)

    start = time.perf_counter()
    study.optimize(objective, n_trials=trials)
    return trials / (time.perf_counter() - start)


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    for trials in options.trials:
        with tempfile.TemporaryDirectory() as folder:
            print(f"hpsearch, {trials:,} trials: {ours(trials, Path(folder) / 'run'):,.0f} a second", flush=True)
    for storage in ("sqlite", "journal") if options.peers else ():
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"Optuna ({storage}), 300 trials: {optuna_rate(300, storage, Path(folder)):,.0f} a second", flush=True
            )


if __name__ == "__main__":
    main()

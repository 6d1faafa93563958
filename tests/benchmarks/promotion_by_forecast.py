"""Promotion by rank and by a forecast of the end: what halving's best trial is worth, at equal epochs.

    python tests/benchmarks/promotion_by_forecast.py [--seeds 20] [--trials 54]

Random networks as in curves.py, 60 epochs, all trained to their end, so that what the best of them has is known; the
method is then played on their curves, as a network carried on is the same to the last bit. Regret is how much worse the
best complete trial is than the best of all, as a multiple of the interquartile range of all.
"""

import argparse
from typing import Any

import numpy as np
from curves import HELD_OUT, METRICS, TUNING, networks, space
from early_stopping import Array

from hpsearch.history import History
from hpsearch.methods import METHODS, Plan
from hpsearch.methods.rungs import HalvingSettings
from hpsearch.trial import Metric, Result, Status

EPOCHS = 60
SETTINGS: dict[str, dict[str, Any]] = {
    "eta 3 from 2": {},
    "eta 3 from 6": {"min": 6},
    "eta 2 from 12": {"eta": 2, "min": 12},
    "asynchronous, eta 3 from 6": {"min": 6, "asynchronous": True},
}


def best(curves: Array, metric: Metric, **own: Any) -> tuple[float, int]:
    """The score of the best complete trial of (n, epochs) curves, and the epochs that were trained."""
    kind, epochs = METHODS["halving"], 0
    plan = Plan(space(EPOCHS), 0, len(curves), settings=HalvingSettings(max=EPOCHS, **own))
    method, history = kind(kind.completed(plan)), History(metric)
    history.curve = lambda number, until: curves[number - 1, :until].tolist()
    while jobs := method.next_jobs(history, 1):
        (job,) = jobs
        until = job.until or EPOCHS
        epochs += until - job.start
        history.add(job)
        status = Status.PAUSED if job.until else Status.COMPLETE
        value = float(curves[job.trial.number - 1, until - 1])
        history.finish(job, Result(status, {metric.name: value}, start=job.start))
    return history.score(history.ranking()[0]), epochs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=54)
    given = parser.parse_args()
    for name, source in {"digits": HELD_OUT["digits"], "spirals": TUNING["spirals"]}.items():
        found = networks(source, EPOCHS, given.seeds * given.trials)
        for metric in METRICS:
            searches = np.array_split(found[metric], given.seeds)
            ends = metric.sign * found[metric][:, -1]
            unit = float(np.subtract(*np.quantile(ends, [0.75, 0.25])))
            for title, own in SETTINGS.items():
                cells, regrets = [], []
                for promote in ("rank", "forecast"):
                    played = [best(curves, metric, promote=promote, **own) for curves in searches]
                    tops = [(metric.sign * curves[:, -1]).max() for curves in searches]
                    regret = np.array([top - score for (score, _), top in zip(played, tops, strict=True)]) / unit
                    epochs = np.mean([count for _, count in played]) / (given.trials * EPOCHS)
                    error = regret.std() / given.seeds**0.5
                    cells.append(f"{promote} {regret.mean():.4f} +/- {error:.4f} ({epochs:.0%} of the epochs)")
                    regrets.append(regret)
                wins = f"forecast better {(regrets[1] < regrets[0]).sum()}, worse {(regrets[1] > regrets[0]).sum()}"
                print(f"{name}, {metric.name}, {title}: {'; '.join(cells)}; {wins}", flush=True)


if __name__ == "__main__":
    main()

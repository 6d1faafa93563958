"""What early stopping saves and costs, on simulated curves whose best trial is known, and what waiting costs.

    python tests/benchmarks/early_stopping.py [--searches 40] [--trials 60]

The rules were designed on the first four families of curves; the other four were looked at afterwards alone.
"""

import argparse
import heapq
from collections.abc import Callable
from typing import Any

import numpy as np

from hpsearch.stopping import EarlyStop, Progress, audited, make_rule
from hpsearch.trial import Metric

Array = np.ndarray[Any, np.dtype[np.float64]]
EPOCHS = 30
STEPS = np.arange(1, EPOCHS + 1)
METRIC = Metric("score")
SETTINGS = {
    "median": EarlyStop("median"),
    "median, after: 1": EarlyStop("median", after=1),
    "halving": EarlyStop("halving"),
    "halving, min: 1": EarlyStop("halving", min=1),
}


def saturating(level: Array, speed: Array) -> Array:
    return level[:, None] * (1 - np.exp(-speed[:, None] * STEPS))


def slow_wins(rng: np.random.Generator, n: int) -> Array:
    rate = rng.uniform(size=n)
    return saturating(1 - 0.4 * rate + 0.03 * rng.normal(size=n), 0.04 * 100**rate)


def fast_wins(rng: np.random.Generator, n: int) -> Array:
    level = rng.uniform(0.5, 1, size=n)
    return saturating(level, 0.2 + 0.5 * level)


def power_laws(rng: np.random.Generator, n: int) -> Array:
    return -rng.uniform(0.05, 0.6, size=n)[:, None] - STEPS ** -rng.uniform(0.1, 1.2, size=n)[:, None]


def crossing(rng: np.random.Generator, n: int) -> Array:
    return saturating(rng.uniform(size=n), 10 ** rng.uniform(-1.2, 0.3, size=n))


def sgd_floors(rng: np.random.Generator, n: int) -> Array:
    rate = 0.005 * 100 ** rng.uniform(size=n)[:, None]
    return -np.exp(-3 * rate * STEPS) - 0.8 * rate * rng.uniform(0.5, 1.5, size=n)[:, None]


def sigmoids(rng: np.random.Generator, n: int) -> Array:
    rate = rng.uniform(size=n)
    half = 1.5 / (0.01 * 100**rate) ** 0.8
    return (1 - 0.5 * rate + 0.03 * rng.normal(size=n))[:, None] / (1 + (half[:, None] / STEPS) ** 2)


def levels(rng: np.random.Generator, n: int) -> Array:
    return rng.beta(2, 2, size=n)[:, None] - rng.uniform(0, 0.3, size=n)[:, None] * np.exp(-STEPS / 6)


def late_jumps(rng: np.random.Generator, n: int) -> Array:
    jump = rng.uniform(0, 0.1, size=n)[:, None] * (STEPS > 2 * EPOCHS / 3)
    return saturating(rng.uniform(0.3, 0.9, size=n), np.full(n, 1 / 3)) + jump


FAMILIES: list[Callable[[np.random.Generator, int], Array]] = [
    *(slow_wins, fast_wins, power_laws, crossing),
    *(sgd_floors, sigmoids, levels, late_jumps),
]


def search(scores: Array, settings: EarlyStop) -> tuple[bool, float]:
    """Whether the trial that ends best is stopped, and the share of the steps that is saved."""
    rule, ends, learned = make_rule(METRIC, settings), [EPOCHS] * len(scores), 0
    for i, row in enumerate(scores):
        while learned < settings.horizon(i + 1):
            rule.learn({"score": scores[learned, : ends[learned]].tolist()})
            learned += 1
        bar, progress = rule.bar(), Progress()
        for step in range(1, EPOCHS + 1):
            progress.add(float(row[step - 1]), step)
            if bar.stops(progress) and not audited(i + 1):
                ends[i] = step
                break
    return ends[int(scores[:, -1].argmax())] < EPOCHS, 1 - sum(ends) / (len(ends) * EPOCHS)


def utilisation(workers: int, group: int | None, spread: float, rng: np.random.Generator, trials: int = 200) -> float:
    """The share of the workers' time that is spent on trials; a third of them are stopped half way."""
    settings = EarlyStop("median", group=group or 1)
    times = np.exp(spread * rng.normal(size=trials)) * np.where(rng.uniform(size=trials) < 1 / 3, 0.5, 1)
    free, ends = [0.0] * workers, [0.0]
    for i in range(trials):
        known = settings.horizon(i + 1) if group else 0
        begin = max(heapq.heappop(free), max(ends[: max(0, known) + 1]))
        ends.append(begin + times[i])
        heapq.heappush(free, ends[-1])
    return float(times.sum() / (workers * max(ends)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=40)
    parser.add_argument("--trials", type=int, default=60)
    given = parser.parse_args()
    print(f"{given.searches} searches of {given.trials} trials: the best was stopped, steps saved")
    for family in FAMILIES:
        found = []
        for name, settings in SETTINGS.items():
            rngs = [np.random.default_rng(seed) for seed in range(given.searches)]
            noisy = [family(rng, given.trials) + 0.005 * rng.normal(size=(given.trials, EPOCHS)) for rng in rngs]
            stopped, saved = np.array([search(scores, settings) for scores in noisy], float).mean(axis=0)
            found.append(f"{name}: {stopped:.0%} {saved:.0%}")
        print(f"{family.__name__:>10}  {' | '.join(found)}")
    print("utilisation of the workers by group size, 200 trials; 'none': without waiting")
    for spread in (0.2, 0.5, 1.0):
        for workers in (2, 8):
            rng = np.random.default_rng(0)
            groups = {"none": None, "8": 8, "12": 12, "24": 24}
            values = {k: np.mean([utilisation(workers, g, spread, rng) for _ in range(100)]) for k, g in groups.items()}
            shown = "  ".join(f"{name}: {value:.2f}" for name, value in values.items())
            print(f"durations vary by a factor of e^{spread}, {workers} workers: {shown}")


if __name__ == "__main__":
    main()

"""Search quality: how far from the optimum each method ends, beside a naive zoom and Optuna's TPE.

    python tests/benchmarks/search_quality.py [--budgets 50 200] [--seeds 20] [--functions bowl ...] [--digits]

Twelve functions of 2 to 12 mixed parameters with known optimum (`functions.py`), where a trial's loss may be noisy;
regret is measured without the noise, at the trial that looked best. It is normalized: 0 is the optimum, 1 the median of
random search at the same budget. The table holds means over the seeds, +/- their standard error.

The functions are not held out: coarse_to_fine was designed on half of them, and how its model treats noise and failures
was chosen while looking at all. So take the table as a comparison on known ground, and measure on tasks of your own.
TPE needs optuna, and is skipped where that is not installed. `--digits` adds the built-in network on the
digits (minutes per seed), whose optimum is taken to be the lowest loss that any method reached.
"""

import argparse
import importlib.util
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

# Small matrices: threads would wait for one another longer than they work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from functions import FUNCTIONS, Function
from peers import Run, Score, naive_zoom, tpe, with_method

from hpsearch.space import Choice, Fixed, Numeric, Parameter, Space, among

METHODS: dict[str, Callable[[Space, int, int, Score], Run]] = {
    "random": with_method("random"),
    "naive_zoom": naive_zoom,
    "coarse_to_fine": with_method("coarse_to_fine"),
    "tpe": tpe,
}


def seen(function: Function, seed: int) -> Score:
    """What a trial sees: the loss with the noise of its number, as a score."""

    def score(params: Mapping[str, Any], number: int) -> float:
        loss = function.loss(params)
        noise = np.random.default_rng([seed, number, 1]).normal()
        return -np.inf if np.isnan(loss) else -(loss + function.noise * noise)

    return score


def final_loss(function: Function, method: str, trials: int, seed: int) -> float:
    """The loss, without noise, of the trial that looked best."""
    settings, scores = METHODS[method](function.space, trials, seed, seen(function, seed))
    return function.loss(settings[int(np.argmax(scores))])


def digits() -> Function:
    """The built-in network on the digits: validation loss by eight hyperparameters."""
    from hpsearch.data import DataSource
    from hpsearch.objectives.network.training import NetworkObjective
    from hpsearch.trial import Job, Metric, Trial

    space = Space(
        (
            Parameter("learning_rate", Numeric("loguniform", 1e-4, 1.0)),
            Parameter("optimizer", Choice(("momentum", "rmsprop", "adam"))),
            Parameter("momentum", Numeric("reverseloguniform", 0.9, 0.999), ({"optimizer": among("momentum")},)),
            Parameter("beta2", Numeric("reverseloguniform", 0.9, 0.9999), ({"optimizer": among("rmsprop", "adam")},)),
            Parameter("layers", Numeric("randint", 1, 3)),
            Parameter("units", Numeric("lograndint", 16, 128)),
            Parameter("batch_size", Choice((32, 64, 128))),
            Parameter("dropout", Numeric("uniform", 0.0, 0.5)),
            Parameter("epochs", Fixed(5)),
        )
    )
    objective = NetworkObjective(DataSource(name="digits"), Metric("val_loss", "minimize"))

    def loss(params: Mapping[str, Any]) -> float:
        (result,) = objective([Job(Trial(1, 1, params, 0))])
        return float("nan") if result.status.is_failure else result.metrics["val_loss"]

    return Function("digits network", space, loss)


def measured(function: Function, trials: int, seeds: int, methods: list[str]) -> dict[str, np.ndarray]:
    """Method -> (seeds,) normalized regret."""
    losses = {m: np.array([final_loss(function, m, trials, seed) for seed in range(seeds)]) for m in methods}
    optimum = min(map(np.min, losses.values())) if function.name == "digits network" else 0.0
    unit = float(np.median(losses["random"])) - optimum
    return {method: (values - optimum) / unit for method, values in losses.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--functions", nargs="+", default=[function.name for function in FUNCTIONS])
    parser.add_argument("--digits", action="store_true")
    args = parser.parse_args()
    methods = list(METHODS)
    if importlib.util.find_spec("optuna") is None:
        print("optuna is not installed: TPE is left out")
        methods.remove("tpe")
    functions = [f for f in FUNCTIONS if f.name in args.functions] + ([digits()] if args.digits else [])
    for trials in args.budgets:
        print(f"\n{f'{trials} trials, {args.seeds} seeds':<20}" + "".join(f"{m:>18}" for m in methods), flush=True)
        means = []
        for function in functions:
            begun = time.perf_counter()
            regret = measured(function, trials, args.seeds, methods)
            means.append([regret[m].mean() for m in methods])
            cells = [f"{r.mean():8.3f} +/- {r.std() / args.seeds**0.5:5.3f}" for r in regret.values()]
            seconds = time.perf_counter() - begun
            print(f"{function.name:<20}{''.join(map('{:>18}'.format, cells))}  {seconds:6.0f} s", flush=True)
        print(f"{'mean':<20}" + "".join(f"{value:18.3f}" for value in np.mean(means, axis=0)))


if __name__ == "__main__":
    main()

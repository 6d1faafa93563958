"""How good forecasts of learning curves are: of built-in networks with random settings, and of simulated curves.

    python tests/benchmarks/curves.py [--networks 200] [--tuning]

Printed for each data set and each share of the curve that is known: of how many curves something is said, how many
ends are inside the intervals that are to hold 80 and 90 % of them, and the mean error as a multiple of that of two
plain forecasts, the last value and the best one so far. An error counts as at most the range of the curve so far, as
some losses explode. The kernel and the widths were chosen on other data sets and families: `--tuning` prints those.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from early_stopping import EPOCHS, FAMILIES, Array

from hpsearch.data import DataSource
from hpsearch.objectives.network.training import NetworkObjective
from hpsearch.space import Choice, Fixed, Numeric, Parameter, Space, among
from hpsearch.surrogate.curves import expected
from hpsearch.trial import Job, Metric, Trial

TUNING = {
    "spirals": DataSource(name="spirals", points=900),
    "blobs": DataSource(name="blobs", classes=8, noise=0.4, points=800),
}
HELD_OUT = {
    "digits": DataSource(name="digits"),
    "spirals of 5 arms": DataSource(name="spirals", classes=5, noise=0.35, points=1500),
    "blobs of 3 classes": DataSource(name="blobs", noise=0.6),
}
METRICS = [Metric("val_loss", "minimize"), Metric("val_accuracy")]
CUTS = (0.2, 0.4, 0.6, 0.8)


def space(epochs: int) -> Space:
    """Networks of many kinds, good and bad."""
    return Space(
        (
            Parameter("learning_rate", Numeric("loguniform", 1e-4, 1.0)),
            Parameter("optimizer", Choice(("momentum", "rmsprop", "adam"))),
            Parameter("layers", Numeric("randint", 1, 3)),
            Parameter("units", Numeric("lograndint", 8, 128)),
            Parameter("batch_size", Choice((16, 32, 64, 128))),
            Parameter("dropout", Numeric("uniform", 0.0, 0.5)),
            Parameter("decay", Choice(("none", "exponential"))),
            Parameter("decay_rate", Numeric("uniform", 0.85, 0.99), ({"decay": among("exponential")},)),
            Parameter("batch_norm", Choice((True, False))),
            Parameter("epochs", Fixed(epochs)),
        )
    )


def networks(source: DataSource, epochs: int, count: int) -> dict[Metric, Array]:
    """Metric -> the curves (n, epochs) of networks with random settings that came to their end."""
    objective, searched = NetworkObjective(source, METRICS[0]), space(epochs)
    drawn = searched.decode(np.random.default_rng(epochs).random((count, searched.dimensions)))
    jobs = [Job(Trial(i, 1, params, 0)) for i, params in enumerate(drawn, 1)]
    results = [result for batch in objective.batches(jobs) for result in objective(batch)]
    done = [result for result in results if not result.status.is_failure]
    return {metric: np.array([result.curve[metric.name] for result in done]) for metric in METRICS}


def simulated(family: Callable[[np.random.Generator, int], Array], count: int) -> Array:
    """Noisy curves of a family."""
    rng = np.random.default_rng(7)
    return family(rng, count) + 0.005 * rng.normal(size=(count, EPOCHS))


def judged(curves: Array, metric: Metric, cut: float) -> dict[str, Any]:
    """What forecasts at a share of the curves are worth."""
    end = curves.shape[1]
    n = round(cut * end)
    rows = []
    for curve in curves:
        narrow, wide = (expected(curve[:n].tolist(), metric, end, level=level) for level in (0.8, 0.9))
        if narrow is None or wide is None:
            continue
        best = metric.sign * (metric.sign * curve[:n]).max()
        most, miss = np.ptp(curve[:n]), abs(curve[-1] - narrow.value)
        errors = [min(most, abs(curve[-1] - value)) for value in (narrow.value, curve[n - 1], best)]
        rows.append([miss <= narrow.half, miss <= wide.half, *errors])
    if not rows:
        return {}
    inside_80, inside_90, ours, last, best = np.mean(rows, axis=0)
    return {"said": len(rows) / len(curves), "80": inside_80, "90": inside_90, "last": ours / last, "best": ours / best}


def shown(name: str, curves: Array, metric: Metric) -> None:
    """A row of the table."""
    cells = []
    for cut in CUTS:
        of = judged(curves, metric, cut)
        text = f"{of['said']:.2f} {of['80']:.2f} {of['90']:.2f} {of['last']:.2f} {of['best']:.2f}" if of else "nothing"
        cells.append(f"{text:>25}")
    print(f"{name:<34}{' |'.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=200)
    parser.add_argument("--tuning", action="store_true")
    given = parser.parse_args()
    sources: Mapping[str, DataSource] = TUNING if given.tuning else HELD_OUT
    titles = [f"{cut:.0%} known" for cut in CUTS]
    print(f"{'said, in 80 %, in 90 %, errors':<34}{' |'.join(f'{title:>25}' for title in titles)}")
    for name, source in sources.items():
        for epochs in (20, 60):
            for metric, curves in networks(source, epochs, given.networks).items():
                shown(f"{name}, {epochs} epochs, {metric.name}", curves, metric)
    for family in FAMILIES[:4] if given.tuning else FAMILIES[4:]:
        shown(f"simulated: {family.__name__}", simulated(family, given.networks), Metric("score"))


if __name__ == "__main__":
    main()

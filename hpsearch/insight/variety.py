"""Random or grid: how many distinct values of each hyperparameter were tried, and what a grid would have tried.

With n trials a random search tries n values of every hyperparameter, a grid of d of them only the d-th root of n; where
few matter, that is the difference (Bergstra & Bengio 2012, JMLR 13).
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from hpsearch.surrogate.observations import Observations


@dataclass(frozen=True)
class Variety:
    """Distinct values of one parameter: tried in the run, and by a grid of as many trials over all parameters."""

    name: str
    tried: int
    grid: int


def variety(seen: Observations) -> tuple[Variety, ...]:
    """One for each searched parameter, in the order of the config."""
    axes = seen.space.axes
    grid = _grid([seen.space[name].distribution.size for name in axes], len(seen))
    columns = [seen.points[:, axis] for axis in axes.values()]
    tried = [len(np.unique(column[~np.isnan(column)])) for column in columns]
    return tuple(Variety(*row) for row in zip(axes, tried, grid, strict=True))


def _grid(sizes: list[int | None], trials: int) -> list[int]:
    """Points per parameter of the largest even grid with at most this many trials; no more than there are values."""
    points = [1] * len(sizes)
    while True:
        open_ = [i for i, size in enumerate(sizes) if size is None or points[i] < size]
        # The least divided first: no parameter gets a third point before each has its second.
        least = min(open_, key=lambda i: points[i], default=None)
        if least is None or prod(points) // points[least] * (points[least] + 1) > trials:
            return points
        points[least] += 1

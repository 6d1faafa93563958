"""Random or grid: how many distinct values of each hyperparameter were tried, and what a grid would have tried.

With n trials a random search tries n values of every hyperparameter, a grid of d of them only the d-th root of n; where
few matter, that is the difference (Bergstra & Bengio 2012, JMLR 13).
"""

from dataclasses import dataclass
from math import prod

from hpsearch.space import Space
from hpsearch.space.categorical import value_key
from hpsearch.trial import History


@dataclass(frozen=True)
class Variety:
    """Distinct values of one parameter: tried in the run, and by a grid of as many trials over all parameters."""

    name: str
    tried: int
    grid: int


def variety(space: Space, history: History) -> tuple[Variety, ...]:
    """One for each searched parameter, in the order of the config."""
    grid = _grid([p.distribution.size for p in space.searched], len(history))
    found = []
    for parameter, points in zip(space.searched, grid, strict=True):
        values = [trial.params[parameter.name] for trial in history.trials if parameter.name in trial.params]
        distinct = {value if isinstance(value, float | int | str) else value_key(value) for value in values}
        found.append(Variety(parameter.name, len(distinct), points))
    return tuple(found)


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

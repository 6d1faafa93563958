"""The surroundings of the best trials: where a search looks when it looks closer."""

from dataclasses import dataclass

import numpy as np

from hpsearch.space import Space
from hpsearch.surrogate.observations import Array, Observations

_SHARE = 0.1  # of the trials: the best ones
_FEWEST = 3
_WHOLE = 0.1  # of the coordinates come from the whole range, so that no axis closes for good
_NARROWEST = 0.01  # width of a kernel, in units of the range
_REACH = 2.0  # widths around the best trials that are shown as the region


@dataclass(frozen=True)
class Focus:
    """A density that follows the best trials, axis by axis."""

    space: Space
    best: Array  # (m, d) the best trials; NaN where a parameter does not exist
    widths: Array  # (d,) of the kernels, in units of the range

    def sample(self, rng: np.random.Generator, count: int) -> Array:
        """(count, d) points, each around one of the best trials."""
        m, d = self.best.shape
        centres = self.best[rng.integers(m, size=count)]
        steps, anywhere = rng.standard_normal((count, d)), rng.random((count, d))
        whole, picks, follow = (rng.random((count, d)) for _ in range(3))
        columns = []
        for axis, parameter in enumerate(self.space.searched):
            active = self._active(axis)
            if not len(active):
                columns.append(anywhere[:, axis])
                continue
            # What the centre has no value of takes that of another of the best trials.
            others = active[(picks[:, axis] * len(active)).astype(int)]
            centre = np.where(np.isnan(centres[:, axis]), others, centres[:, axis])
            if parameter.distribution.ordered:
                near = _reflected(centre + steps[:, axis] * self.widths[axis])
            else:
                near = np.where(follow[:, axis] < 0.5, centre, self._often(axis, picks[:, axis]))
            columns.append(np.where(whole[:, axis] < _WHOLE, anywhere[:, axis], near))
        return np.column_stack(columns)

    def _active(self, axis: int) -> Array:
        column = self.best[:, axis]
        return np.asarray(column[~np.isnan(column)])

    def _often(self, axis: int, u: Array) -> Array:
        """(n,) draws u -> cells of a choice, as frequent as among the best; each counts once more than it occurs."""
        size = self.space.searched[axis].distribution.size or 1
        cells = np.clip(self._active(axis) * size, 0, size - 1).astype(int)
        counts = np.bincount(cells, minlength=size) + 1.0
        return (np.searchsorted(np.cumsum(counts / counts.sum())[:-1], u, "right") + 0.5) / size

    def region(self) -> Space:
        """Where nine in ten coordinates of the draws lie: the ranges around the best trials, the values among them."""
        ranges = {}
        for axis, parameter in enumerate(self.space.searched):
            active, reach = self._active(axis), _REACH * self.widths[axis]
            if len(active):
                low, high = max(0.0, float(active.min() - reach)), min(1.0, float(active.max() + reach))
                ranges[parameter.name] = parameter.distribution.stretch(low, high)
        return self.space.replaced(ranges)


def focus_on(seen: Observations) -> Focus | None:
    """The surroundings of the best tenth of the trials; None when fewer than two of them succeeded."""
    succeeded = int(np.isfinite(seen.scores).sum())
    if succeeded < 2:
        return None
    count = min(max(_FEWEST, int(np.ceil(_SHARE * len(seen)))), succeeded)
    best = seen.points[np.argsort(-seen.scores, kind="stable")[:count]]
    return Focus(seen.space, best, np.array([_width(column[~np.isnan(column)]) for column in best.T]))


def _width(points: Array) -> float:
    """Silverman's rule (1986): as wide as the best are spread, narrower the more there are."""
    return 0.2 if len(points) < 2 else float(max(_NARROWEST, 1.06 * points.std() / len(points) ** 0.2))


def _reflected(points: Array) -> Array:
    """Points beyond an end come back in, so that ends are neither avoided nor crowded."""
    folded = np.abs(points)
    return np.clip(np.where(folded > 1, 2 - folded, folded), 0.0, 1.0)

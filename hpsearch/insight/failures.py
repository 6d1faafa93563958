"""Where trials fail: the part of one range, or the value of one choice, that holds nearly all of the failures."""

from dataclasses import dataclass

import numpy as np

from hpsearch.insight.chance import at_least
from hpsearch.space import Parameter
from hpsearch.surrogate.observations import Array, Mask, Observations

_FEWEST = 4  # failures
_MOST_OF = 0.8  # of the failures have to lie in the region
_SIGNIFICANCE = 0.01  # over all parameters, ends and values together


@dataclass(frozen=True)
class FailureRegion:
    """Where the failures lie.

    Attributes:
        failures: how many trials failed or diverged, among those in which the parameter exists.
        inside: how many of them lie in the region.
        trials: how many trials lie there in all.
        where: the region as a condition that `report --where` takes.
    """

    failures: int
    inside: int
    trials: int
    where: str

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        return f"{self.inside} of {self.failures} failures have {self.where}, as have {self.trials} trials in all"


def failure_region(seen: Observations) -> FailureRegion | None:
    """The region that explains the failures best; None where chance explains them as well."""
    failures = int(seen.failed.sum())
    if failures < _FEWEST or failures == len(seen):
        return None
    found = [
        candidate
        for axis, parameter in enumerate(seen.space.searched)
        for candidate in _candidates(parameter, seen.points[:, axis], seen.failed)
    ]
    found = [(chance, region) for chance, region in found if region.inside >= _MOST_OF * region.failures]
    chance, region = min(found, key=lambda pair: pair[0], default=(1.0, None))
    return region if chance < _SIGNIFICANCE / max(1, 2 * seen.space.dimensions) else None


def _candidates(parameter: Parameter, points: Array, failed: Mask) -> list[tuple[float, FailureRegion]]:
    active = ~np.isnan(points)
    points, failed = points[active], failed[active]
    if failed.sum() < _FEWEST:
        return []
    if parameter.distribution.scale is None:
        values = parameter.distribution.from_unit(points)
        masks = [(f"{parameter.name} == {value!r}", np.array([v == value for v in values])) for value in set(values)]
        return [_region(where, mask, failed) for where, mask in masks]
    return [_above(parameter, points, failed, side) for side in (1, -1)]


def _above(parameter: Parameter, points: Array, failed: Mask, side: int) -> tuple[float, FailureRegion]:
    """The best cut of a range: failures lie above it (side 1) or below (-1); it falls between two trials."""
    best: tuple[float, FailureRegion] | None = None
    # Ten cuts are enough to find a boundary, and keep the number of tests small.
    for cut in np.unique(np.quantile(side * points[failed], np.linspace(0.0, 0.2, 10))):
        mask = side * points >= cut
        beyond = side * points[~mask]
        middle = side * (cut + beyond.max()) / 2 if len(beyond) else side * cut
        value = parameter.distribution.from_unit(np.array([np.clip(middle, 0.0, 1.0)]))[0]
        sign = (">" if side > 0 else "<") + ("=" if isinstance(value, int) else "")
        candidate = _region(f"{parameter.name} {sign} {value:.2g}", mask, failed)
        best = candidate if best is None or candidate[0] < best[0] else best
    assert best is not None  # noqa: S101  there are failures, so there are cuts
    return best


def _region(where: str, mask: Mask, failed: Mask) -> tuple[float, FailureRegion]:
    inside, trials, failures = int((mask & failed).sum()), int(mask.sum()), int(failed.sum())
    chance = at_least(inside, drawn=failures, marked=trials, total=len(failed))
    return chance, FailureRegion(failures, inside, trials, where)

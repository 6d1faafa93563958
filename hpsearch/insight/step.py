"""What a refinement does with one parameter, and what it is judged by."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpsearch.insight.evidence import Array, Mask
from hpsearch.space import Distribution, Parameter

__all__ = ["FEWEST", "SIGNIFICANCE", "Step", "Verdict", "View"]

FEWEST = 10  # trials below which a verdict on a parameter would be a guess
SIGNIFICANCE = 0.05  # the chance that luck alone moves any range, over all parameters together


class Verdict(StrEnum):
    """What became of a parameter."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    KEPT = "kept"
    DROPPED = "dropped values"
    GONE = "gone"  # what it depends on was dropped


@dataclass(frozen=True)
class Step:
    """What happens to one parameter, and why.

    Attributes:
        name: of the parameter.
        old, new: its distributions; `new` is None where the parameter is gone.
        verdict: in a word.
        reason: in a sentence, with the numbers.
        best: (m,) positions of the best trials on the scale of `old`, best first; outside [0, 1] for trials of an
            earlier, wider range.
        span: where `new` lies on the scale of `old`, (low, high); None for unordered values and where it is gone.
    """

    name: str
    old: Distribution
    new: Distribution | None
    verdict: Verdict
    reason: str
    best: tuple[float, ...]
    span: tuple[float, float] | None


@dataclass(frozen=True)
class View:
    """The n trials in which a parameter exists.

    Attributes:
        parameter: which one.
        points: (n,) positions on its scale.
        good: (n,) which trials are the best ones.
        scores: (n,) larger is better.
        record: position of the best trial; None where the parameter does not exist in it.
        tests: how many verdicts are made together, which share the significance.
    """

    parameter: Parameter
    points: Array
    good: Mask
    scores: Array
    record: float | None
    tests: int

    @property
    def best(self) -> Array:
        """(m,) positions of the best trials, best first."""
        order = np.argsort(-self.scores[self.good], kind="stable")
        return np.asarray(self.points[self.good][order])

    @property
    def too_few(self) -> str:
        """Why nothing can be said yet; empty when something can."""
        if len(self.points) < FEWEST:
            return f"{len(self.points)} trials have a value of it, too few to judge by (at least {FEWEST})"
        return "" if self.good.sum() > 2 else f"{self.good.sum()} trials with a value of it succeeded, too few to judge"

    def step(self, new: Distribution, verdict: Verdict, reason: str, span: tuple[float, float] | None) -> Step:
        """The verdict on this parameter."""
        best = tuple(self.best.tolist())
        return Step(self.parameter.name, self.parameter.distribution, new, verdict, reason, best, span)

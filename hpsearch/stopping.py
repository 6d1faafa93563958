"""Stops trials that clearly fall behind: rules learn from finished curves and hand out bars for new trials to clear.

A bar is decided when a trial starts and travels with it, so that a worker needs no line back to the search. Which
trials had finished by then depends on their speed: with early stopping, two searches with several workers may stop
different trials. Those that are not stopped give what they always give.
"""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import median
from typing import Annotated, ClassVar, Protocol

from hpsearch.document import Integer, Key, OneOf
from hpsearch.trial import Metric, Result, Status

STEP = "step"
"""The curve that holds the steps at which the ranked metric was reported, where these are not 1, 2, 3, ..."""

RULE_NAMES = ("median", "halving")
_FEWEST = 3  # finished trials before one is compared with them
_MOST_STEPS = 256  # at which trials are compared; between two of them the earlier one holds

_Curve = tuple[list[int], list[float]]


@dataclass(frozen=True)
class EarlyStop:
    """What a config says about stopping early."""

    rule: Annotated[
        str,
        Key("median: below the median of the others; halving: only the best go on", OneOf(RULE_NAMES), required=True),
    ]
    after: Annotated[int, Key("median: the first step at which a trial may be stopped", Integer(min=1))] = 1
    eta: Annotated[int, Key("halving: of so many trials that reach a rung, one goes on", Integer(min=2))] = 3
    min: Annotated[int, Key("halving: the first rung; the next are eta, eta^2, ... times as far", Integer(min=1))] = 1


@dataclass(frozen=True)
class Bar:
    """What the best value of a trial must have reached by each step, signed so that larger is better."""

    steps: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()

    def stops(self, step: int, best: float) -> bool:
        """Whether a trial whose best score by `step` is `best` is to be stopped. NaN is left to go on."""
        i = bisect_right(self.steps, step) - 1
        return i >= 0 and best < self.scores[i]


NO_BAR = Bar()
"""Every trial clears it."""


class StopRule(Protocol):
    """Learns from curves, and says what a new trial has to reach; `keys`: which of the settings are for it."""

    keys: ClassVar[tuple[str, ...]]

    def __init__(self, metric: Metric, settings: EarlyStop) -> None:
        """The rule with these settings."""

    def learn(self, curve: Mapping[str, Sequence[float]]) -> None:
        """Take in the curve of a trial that finished or was stopped."""

    def bar(self) -> Bar:
        """The bar for a trial that starts now."""


@dataclass
class MedianRule:
    """Stop where the best value so far is below the median of the others' best by the same step.

    A trial that ended earlier counts with the best it had. Left out, it would make the median that of the survivors,
    and the rule would halve them again at every step.

    Source: Golovin et al. 2017, Google Vizier, section 3.2.1, with best values in place of averages.
    """

    keys: ClassVar[tuple[str, ...]] = ("after",)
    metric: Metric
    settings: EarlyStop
    _curves: list[_Curve] = field(default_factory=list)
    _reached: dict[int, list[float]] = field(default_factory=dict)
    _bar: Bar | None = None

    def learn(self, curve: Mapping[str, Sequence[float]]) -> None:
        """Sort the trial's best value by each step among the others'."""
        new = _records(curve, self.metric)
        for step in new[0]:
            if step >= self.settings.after and step not in self._reached and len(self._reached) < _MOST_STEPS:
                found = (_best_by(step, known) for known in self._curves)
                self._reached[step] = sorted(best for best in found if best is not None)
        for step, others in self._reached.items():
            if (best := _best_by(step, new)) is not None:
                insort(others, best)
        self._curves.append(new)
        self._bar = None

    def bar(self) -> Bar:
        """The median at each step that enough trials have a value for."""
        if self._bar is None:
            steps = [step for step, scores in sorted(self._reached.items()) if len(scores) >= _FEWEST]
            self._bar = Bar(tuple(steps), tuple(median(self._reached[step]) for step in steps))
        return self._bar


@dataclass
class HalvingRule:
    """At rungs min, min * eta, min * eta^2, ... only the best 1/eta of all that came so far go on.

    Source: Li et al. 2020, A system for massively parallel hyperparameter tuning, algorithm 2 (ASHA), in its
    stopping variant: a trial is judged when it reaches a rung, against those that were there before it started.
    """

    keys: ClassVar[tuple[str, ...]] = ("eta", "min")
    metric: Metric
    settings: EarlyStop
    _rungs: dict[int, list[float]] = field(default_factory=dict)

    def learn(self, curve: Mapping[str, Sequence[float]]) -> None:
        """Note the trial's best value at the first report on or above each rung."""
        rung = self.settings.min
        for step, best in zip(*_records(curve, self.metric), strict=True):
            while step >= rung:
                insort(self._rungs.setdefault(rung, []), best)
                rung *= self.settings.eta

    def bar(self) -> Bar:
        """At each rung, the value of the last that would go on."""
        eta = self.settings.eta
        rungs = {rung: scores for rung, scores in sorted(self._rungs.items()) if len(scores) >= max(eta, _FEWEST)}
        return Bar(tuple(rungs), tuple(scores[-(len(scores) // eta)] for scores in rungs.values()))


RULES: dict[str, type[StopRule]] = dict(zip(RULE_NAMES, (MedianRule, HalvingRule), strict=True))
"""Name in a config -> the rule."""


def make_rule(metric: Metric, settings: EarlyStop) -> StopRule:
    """The rule that the settings name."""
    return RULES[settings.rule](metric, settings)


TEACHING = (Status.COMPLETE, Status.STOPPED)
"""Others are compared with trials that ended so: failures and divergence say nothing about a good pace."""


def teaches(result: Result) -> bool:
    """Whether a rule learns from this trial."""
    return result.status in TEACHING and bool(result.curve)


def _records(curve: Mapping[str, Sequence[float]], metric: Metric) -> _Curve:
    """The steps of the reports, and the best score by each."""
    values = curve.get(metric.name, [])
    steps = curve.get(STEP) or range(1, len(values) + 1)
    # NaN compares as false, so that max leaves the best as it is.
    _, *best = accumulate((metric.sign * value for value in values), max, initial=float("-inf"))
    return [int(step) for step in steps][: len(best)], best


def _best_by(step: int, curve: _Curve) -> float | None:
    """The best score by a step; None before the first report."""
    i = bisect_right(curve[0], step) - 1
    return curve[1][i] if i >= 0 else None

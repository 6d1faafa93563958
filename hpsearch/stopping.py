"""Stops trials that clearly fall behind: rules learn from finished curves and hand out bars for new trials to clear.

Trials come in groups by their numbers. A bar is fixed before a trial starts, from all groups but the newest two: its
own and the one before, which may still be running. So it follows from the results of certain trials, whatever
finished first, and travels with the trial: a worker needs no line back to the search.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import ceil, inf, isnan
from typing import Annotated, Any, ClassVar
from zlib import crc32

from hpsearch.document import COUNTS, Integer, Key, OneOf
from hpsearch.trial import Metric, Status

STEP = "step"
"""The curve that holds the steps at which the ranked metric was reported, where these are not 1, 2, 3, ..."""

TEACHING = (Status.COMPLETE, Status.STOPPED)
"""Others are compared with trials that ended so: failures and divergence say nothing about a good pace."""

RULE_NAMES = ("median", "halving")
_FEWEST = 3  # finished trials before one is compared with them
_MOST_STEPS = 64  # at which trials are compared; between two of them the earlier one holds
_LONGEST = 8192  # reports that are held of a trial
_AUDITED = 10  # of so many trials one is never stopped


@dataclass(frozen=True)
class EarlyStop:
    """What a config says about stopping early."""

    rule: Annotated[
        str,
        Key("median: below the median of the others; halving: only the best go on", OneOf(RULE_NAMES), required=True),
    ]
    after: Annotated[
        int | None,
        Key(
            "median: the first step at which a trial may be stopped; half of the longest by default",
            Integer(min=1, max=COUNTS),
        ),
    ] = None
    eta: Annotated[
        int, Key("halving: of so many trials that reach a rung, one goes on", Integer(min=2, max=COUNTS))
    ] = 3
    min: Annotated[
        int | None,
        Key(
            "halving: the first rung; the next are eta, eta^2, ... times as far; half of the longest by default",
            Integer(min=1, max=COUNTS),
        ),
    ] = None
    group: Annotated[
        int,
        Key(
            "trials are judged by those at least two groups of so many before them; more than workers",
            Integer(min=1, max=COUNTS),
        ),
    ] = 12

    def identity(self) -> dict[str, Any]:
        """What of it is not as by default, so that a later default may be another for new runs."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) != each.default}

    def horizon(self, number: int) -> int:
        """The number of the last trial that this one is compared with; below 1 for none."""
        return ((number - 1) // self.group - 1) * self.group

    def room(self, number: int) -> int:
        """How many trials from this one on are of its group."""
        return self.group - (number - 1) % self.group


@dataclass
class Progress:
    """The best score of a trial by each of its reports, in bounded memory.

    Reports are placed by their steps. Where these ever fall, as they do when a program counts down or begins a second
    phase, they say nothing about how far it is, and reports are counted instead. Of several reports at one step the
    first is compared with the first of others: what they had at the last, a trial that just begins it cannot have.
    """

    places: list[float] = field(default_factory=list)
    bests: list[float] = field(default_factory=list)
    counting: bool = False
    count: int = 0

    @classmethod
    def of(cls, curve: Mapping[str, Sequence[float]], metric: Metric) -> "Progress":
        """The progress that a stored curve shows."""
        found = cls()
        values = curve.get(metric.name, [])
        for value, step in zip(values, curve.get(STEP) or range(1, len(values) + 1), strict=False):
            found.add(metric.sign * value, step)
        return found

    def add(self, score: float, step: float) -> None:
        """Take in a report. NaN leaves the best as it is."""
        self.count += 1
        if self.places and step < self.places[-1] and not self.counting:
            self.counting = True
            gap = (self.count - 2) / max(1, len(self.places) - 1)  # 1, unless some reports are no longer held
            self.places = [1 + i * gap for i in range(len(self.places))]
        best = self.bests[-1] if self.bests else -inf
        self.bests.append(score if score > best else best)
        self.places.append(self.count if self.counting else step)
        if len(self.places) > _LONGEST:
            self.places, self.bests = self.places[::2], self.bests[::2]

    @property
    def end(self) -> float:
        """The place of the newest report; 0 before the first."""
        return self.places[-1] if self.places else 0

    def best_by(self, place: float) -> float:
        """The best score by the first report at the last place up to this; NaN before the first report."""
        i = bisect_right(self.places, place) - 1
        return self.bests[bisect_left(self.places, self.places[i])] if i >= 0 else float("nan")


@dataclass(frozen=True)
class Bar:
    """What the best score of a trial must have reached by each place, larger being better; `end`: the furthest seen."""

    places: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    end: float = 0

    def stops(self, progress: Progress) -> bool:
        """Whether a trial is to be stopped at its newest report.

        It is not while it gains: where it would clear the bar at the end if each unit of resource to come brought as
        much as each of the second half of those so far, it may be a slow learner that ends best. Nor is one that has
        nothing but NaN to show: that is for others to judge.
        """
        place = progress.end
        i = bisect_right(self.places, place) - 1
        if i < 0 or place <= 0 or (len(progress.places) > 1 and place == progress.places[-2]):
            return False
        best, half = progress.best_by(place), progress.best_by(place / 2)
        hoped = best + (best - half) * max(0.0, self.end - place) / (place / 2)
        return best < self.scores[i] and best > -inf and hoped < self.scores[-1]


NO_BAR = Bar()
"""Every trial clears it."""


def audited(number: int) -> bool:
    """Whether a trial is finished even if it falls behind, to see what stopping costs: one in ten, by its number.

    Not every tenth: the points of a grid repeat themselves.
    """
    return crc32(b"%d" % number) % _AUDITED == 0


@dataclass
class StopRule(ABC):
    """Learns from curves, in the order of their trials, and says what a new trial has to reach."""

    keys: ClassVar[tuple[str, ...]]
    """Which of the settings are for it."""

    metric: Metric
    settings: EarlyStop
    _known: list[Progress] = field(default_factory=list, init=False)
    _scores: dict[float, list[float]] = field(default_factory=dict, init=False)  # place -> the others' there, sorted
    _end: float = field(default=0, init=False)

    def learn(self, curve: Mapping[str, Sequence[float]]) -> None:
        """Take in the curve of a trial that finished or was stopped."""
        new = Progress.of(curve, self.metric)
        if new.end > self._end:
            self._end = new.end
            self._scores = {place: [] for place in self.places()}
            for known in self._known:
                self._sort_in(known)
        self._sort_in(new)
        self._known.append(new)

    def _sort_in(self, progress: Progress) -> None:
        for place, scores in self._scores.items():
            if not isnan(score := self.score(progress, place)):
                insort(scores, score)

    def bar(self) -> Bar:
        """The bar for trials that are compared with all that it has learned from."""
        bars = {place: self.passing(scores) for place, scores in self._scores.items() if len(scores) >= _FEWEST}
        return Bar(tuple(bars), tuple(bars.values()), self._end)

    def first(self, given: int | None) -> float:
        """The first place at which trials are judged: what the config says, or half of the longest training so far.

        Early places would be cheaper, and the end of slow learners: where they win, that cost most searches their best.
        """
        return ceil(self._end / 2) if given is None else given

    @abstractmethod
    def places(self) -> Iterator[float]:
        """The places at which trials are compared, in order."""

    @abstractmethod
    def score(self, progress: Progress, place: float) -> float:
        """What a known trial had at a place; NaN where it is not counted there."""

    @abstractmethod
    def passing(self, scores: Sequence[float]) -> float:
        """The bar among sorted scores."""


class MedianRule(StopRule):
    """Stop where the best value so far is below the median of the others' best by the same place.

    A trial that ended earlier counts with the best it had. Left out, it would make the median that of the survivors,
    and the rule would halve them again at every step.

    Source: Golovin et al. 2017, Google Vizier, section 3.2.1, with best values in place of averages.
    """

    keys = ("after",)

    def places(self) -> Iterator[float]:
        """Up to the end, evenly."""
        first, steps = self.first(self.settings.after), ceil(min(_MOST_STEPS, self._end))
        yield from (place for i in range(steps) if (place := self._end * (i + 1) / steps) >= first)

    def score(self, progress: Progress, place: float) -> float:
        """The best so far."""
        return progress.best_by(place)

    def passing(self, scores: Sequence[float]) -> float:
        """The median; the lower one of two, so that equals pass."""
        return scores[(len(scores) - 1) // 2]


class HalvingRule(StopRule):
    """At rungs min, min * eta, min * eta^2, ... only the best 1/eta of all that came so far go on.

    Source: Li et al. 2020, A system for massively parallel hyperparameter tuning, algorithm 2 (ASHA), in its
    stopping variant: a trial is judged when it reaches a rung, against those that were there before it started.
    """

    keys = ("eta", "min")

    def places(self) -> Iterator[float]:
        """The rungs."""
        rung = self.first(self.settings.min)
        while rung <= self._end:
            yield rung
            rung *= self.settings.eta

    def score(self, progress: Progress, place: float) -> float:
        """The best by the first report on or above the rung."""
        i = bisect_left(progress.places, place)
        return progress.bests[i] if i < len(progress.bests) else float("nan")

    def passing(self, scores: Sequence[float]) -> float:
        """The score of the last that would go on."""
        going_on = len(scores) // self.settings.eta
        return scores[-going_on] if going_on else -inf


RULES: dict[str, type[StopRule]] = dict(zip(RULE_NAMES, (MedianRule, HalvingRule), strict=True))
"""Name in a config -> the rule."""


def make_rule(metric: Metric, settings: EarlyStop) -> StopRule:
    """The rule that the settings name."""
    return RULES[settings.rule](metric, settings)

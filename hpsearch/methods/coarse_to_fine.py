"""Coarse to fine: a first look at the whole space, then round after round closer to where the trials were good."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Annotated, Any, ClassVar

import numpy as np

from hpsearch.document import Integer, Key
from hpsearch.methods.method import Plan
from hpsearch.methods.random import RandomSearch
from hpsearch.space import Space, settings_key
from hpsearch.surrogate.density import Focus, focus_on
from hpsearch.surrogate.gp import Surrogate, fit, spread_out, winsorized
from hpsearch.surrogate.observations import Array, Observations, observe
from hpsearch.trial import History, Job, Trial

_POOL = 64  # candidates for each trial
_MOST = 200  # trials in the model: its cost grows with their number cubed
_FANTASIES = 64  # trials of the round under way that the model keeps away from; then it begins anew
_ATTEMPTS = 20  # pools, the second half from the whole space; then what is left of a finite space is listed


_ROUNDS = 11
_COARSE = 0.25  # of the trials
_FEWEST = 5  # trials in the first round
_OPEN = (25, 10)  # trials of the first and of every further round where there is no end


@dataclass(frozen=True)
class Round:
    """The round with this number, from 1, takes the trials from `start` up to, not including, `end` (from 0)."""

    number: int
    start: int
    end: int


def round_at(index: int, trials: int | None, rounds: int | None = None) -> Round:
    """The round of the trial `index` (from 0) of a search of `trials` trials, or of one without end.

    rounds: how many there are; None for eleven. Fewer where they would be empty.
    """
    ends = [0, *_ends(index, trials, rounds or _ROUNDS)]
    number = int(np.searchsorted(ends, index, "right"))
    number = min(number, len(ends) - 1)
    return Round(number, ends[number - 1], ends[number])


def _ends(index: int, trials: int | None, rounds: int) -> list[int]:
    if trials is None:
        first, further = _OPEN
        return list(range(first, max(index, first) + further + 1, further))
    first = min(trials, max(_FEWEST, int(np.ceil(trials * max(_COARSE, 1 / rounds)))))
    return list(dict.fromkeys(int(end) for end in np.linspace(first, trials, rounds).round()))


@dataclass(frozen=True)
class RoundSettings:
    """What a config says about rounds."""

    rounds: Annotated[
        int | None, Key("into how many rounds coarse_to_fine cuts the trials; about ten by default", Integer(min=2))
    ] = None


class CoarseToFine:
    """A quarter of the trials at random, then rounds of trials around the best ones so far.

    For each trial, candidates are drawn around the best tenth of the trials before the round (see `Focus`); the one
    that a model of these trials (see `Surrogate`) finds most promising, mean plus one standard deviation (Auer 2002,
    JMLR 3), is tried. Trials of a round keep away from each other, as if each had given what the model expects of it
    (Ginsbourger et al. 2010). The model alone would trust itself too far from the trials, the surroundings alone
    would waste most draws in many dimensions.
    """

    Settings: ClassVar[type] = RoundSettings
    example: ClassVar[str] = "search: {method: coarse_to_fine, rounds: 3}"
    draws: ClassVar[bool] = True
    open_ended: ClassVar[bool] = True
    replicates: ClassVar[bool] = False

    @staticmethod
    def completed(plan: Plan) -> Plan:
        """The plan, of a hundred trials where it does not say how many."""
        return RandomSearch.completed(plan)

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._random = RandomSearch(plan)
        self._last: tuple[History | None, int, _Look | None] = (None, -1, None)

    @property
    def total(self) -> int | None:
        """The number of trials asked for, or of the settings that there are."""
        return self._random.total

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next trials of the round; none while it waits for those of the rounds before."""
        if self.plan.left(history) == 0:
            return []
        now = self._round(history)
        count = min(free, now.end - len(history))
        if now.number == self.plan.round:
            return self._random.next_jobs(history, count)
        if any(trial.number not in history.results for trial in history.trials[: now.start]):
            return []
        look = self._look(history, now.start)
        plan = replace(self.plan, round=now.number)
        if look is None:
            return RandomSearch(plan).next_jobs(history, count)
        return plan.jobs(history, look.settings(plan, history, count))

    def region(self, history: History) -> Space:
        """Where the next trials lie, to be shown: ranges around the best trials so far.

        A tenth of the coordinates are drawn from the whole range even so.
        """
        focus = focus_on(observe(self.plan.space, history))
        return self.plan.space if focus is None or not history.results else focus.region()

    def _round(self, history: History) -> Round:
        earlier = sum(trial.round < self.plan.round for trial in history.trials)
        trials = None if self.plan.trials is None else max(1, self.plan.trials - earlier)
        now = round_at(len(history) - earlier, trials, self.plan.of(RoundSettings).rounds)
        return Round(now.number + self.plan.round - 1, now.start + earlier, now.end + earlier)

    def _look(self, history: History, start: int) -> "_Look | None":
        """What is known before the round; worked out once for all its trials."""
        known, at, look = self._last
        if known is not history or at != start:
            rows = [(trial, history.results[trial.number]) for trial in history.trials[:start]]
            look = _look_at(observe(self.plan.space, History(history.metric, rows)), start)
            self._last = (history, start, look)
        return look


@dataclass(frozen=True)
class _Look:
    """What is known before a round: where the best trials are, and a model of all."""

    focus: Focus
    model: Surrogate
    start: int

    def settings(self, plan: Plan, history: History, count: int) -> list[dict[str, Any]]:
        """The next `count` settings of the round; fewer at the end of a finite space."""
        index = len(history)
        model = self._fantasized(history.trials[self._block(index) :])
        seen = None if plan.space.size is None else {settings_key(trial.params) for trial in history.trials}
        fresh: list[dict[str, Any]] = []
        for k in range(count):
            if self._block(index + k) == index + k:
                model = self.model
            params = self._next(plan, model, history.next_number + k, seen)
            if params is None:
                break
            fresh.append(params)
            if seen is not None:
                seen.add(settings_key(params))
            model = model.fantasizing(plan.space.encode([params])[0])
        return fresh

    def _block(self, index: int) -> int:
        """Where the trials begin that the model believes in when it comes to this one."""
        return index - (index - self.start) % _FANTASIES

    def _fantasized(self, trials: Sequence[Trial]) -> Surrogate:
        points = self.focus.space.encode([trial.params for trial in trials])
        return reduce(Surrogate.fantasizing, points, self.model)

    def _next(self, plan: Plan, model: Surrogate, number: int, seen: Container[str] | None) -> dict[str, Any] | None:
        """The most promising candidate; in a finite space the most promising that is new."""
        for attempt in range(_ATTEMPTS):
            rng = np.random.default_rng([plan.seed, plan.round, number, attempt])
            near = attempt < _ATTEMPTS / 2
            points = self.focus.sample(rng, _POOL) if near else rng.random((_POOL, plan.space.dimensions))
            for params in _ranked(plan.space.decode(points), plan.space, model):
                if seen is None or settings_key(params) not in seen:
                    return params
        rest = [params for params in plan.space.settings() if settings_key(params) not in (seen or ())]
        return next(iter(_ranked(rest[:_POOL], plan.space, model)), None)


def _ranked(settings: list[dict[str, Any]], space: Space, model: Surrogate) -> list[dict[str, Any]]:
    """The settings, the most promising first."""
    mean, deviation = model.predict(space.encode(settings))
    # Rounded, so that the last bits of a sum, which depend on the processor, do not choose.
    promise = np.round((mean + deviation) / model.scale, 6)
    return [settings[i] for i in np.argsort(-promise, kind="stable")]


def _look_at(seen: Observations, start: int) -> _Look | None:
    focus = focus_on(seen)
    if focus is None:
        return None
    scores = _modelled(seen.scores)
    rows = np.arange(len(seen))
    if len(seen) > _MOST:
        best = np.argsort(-scores, kind="stable")[: _MOST // 2]
        rows = np.union1d(best, spread_out(len(seen), _MOST // 2))
    ordered = np.array([p.distribution.ordered for p in seen.space.searched])
    return _Look(focus, fit(seen.points[rows], scores[rows], ordered), start)


def _modelled(scores: Array) -> Array:
    """(n,) scores with failures set to the median of the others.

    Good settings often lie next to ones that fail (the largest learning rate that still trains); a failure as bad as
    the worst would push a smooth model away from both.
    """
    success = np.isfinite(scores)
    return np.where(success, winsorized(scores), np.median(scores[success]))

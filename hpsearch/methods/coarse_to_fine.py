"""Coarse to fine: a first look at the whole space, then round after round closer to where the trials were good."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Annotated

import numpy as np

from hpsearch.document import Integer, Key
from hpsearch.history import History
from hpsearch.methods.method import Plan
from hpsearch.methods.random import RandomSearch, Setting
from hpsearch.space import Space, settings_key
from hpsearch.surrogate.density import Focus, focus_on
from hpsearch.surrogate.gp import Surrogate, fit, spread_out, winsorized
from hpsearch.surrogate.observations import Array, Observations, observe
from hpsearch.trial import Job

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
    rounds = rounds or _ROUNDS
    if trials is None:
        first, further = _OPEN
        cuts = [0, *range(first, max(index, first) + further + 1, further)]
    else:
        first = min(trials, max(_FEWEST, int(np.ceil(trials * max(_COARSE, 1 / rounds)))))
        cuts = list(dict.fromkeys([0, *(int(end) for end in np.linspace(first, trials, rounds).round())]))
    number = min(int(np.searchsorted(cuts, index, "right")), len(cuts) - 1)
    return Round(number, cuts[number - 1], cuts[number])


@dataclass(frozen=True)
class RoundSettings:
    """What a config says about rounds."""

    rounds: Annotated[
        int | None,
        Key("into how many rounds coarse_to_fine cuts the trials; about ten by default", Integer(min=2, max=10_000)),
    ] = None


class CoarseToFine(RandomSearch):
    """A quarter of the trials at random, then rounds of trials around the best ones so far.

    For each trial, candidates are drawn around the best tenth of the trials before the round (see `Focus`); the one
    that a model of these trials (see `Surrogate`) finds most promising, mean plus one standard deviation (Auer 2002,
    JMLR 3), is tried. Trials of a round keep away from each other, as if each had given what the model expects of it
    (Ginsbourger et al. 2010). The model alone would trust itself too far from the trials, the surroundings alone
    would waste most draws in many dimensions.
    """

    Settings = RoundSettings
    example = "search: {method: coarse_to_fine, rounds: 3}"

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._last: tuple[History | None, int, _Look | None] = (None, -1, None)

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        """The next trials of the round; none while it waits for those of the rounds before."""
        if not self.plan.room(history, free):
            return []
        now = self._round(history)
        count = min(free, now.end - len(history))
        if now.number == self.plan.round:
            return super().next_jobs(history, count)
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
        return focus.region() if focus else self.plan.space

    def _round(self, history: History) -> Round:
        earlier = sum(trial.round < self.plan.round for trial in history.trials)
        trials = None if self.plan.trials is None else max(1, self.plan.trials + self.plan.outside - earlier)
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

    def settings(self, plan: Plan, history: History, count: int) -> list[Setting]:
        """The next `count` settings of the round; fewer at the end of a finite space."""
        # How many trials of the round the model believes in; after _FANTASIES of them it begins anew.
        believed = (len(history) - self.start) % _FANTASIES
        points = plan.space.encode([trial.params for trial in history.trials[len(history) - believed :]])
        model = reduce(Surrogate.fantasizing, points, self.model)
        seen = None if plan.space.size is None else {settings_key(trial.params) for trial in history.trials}
        fresh: list[Setting] = []
        for k in range(count):
            if (believed + k) % _FANTASIES == 0:
                model = self.model
            params = self._next(plan, model, history.next_own + k, seen)
            if params is None:
                break
            fresh.append(params)
            if seen is not None:
                seen.add(settings_key(params))
            model = model.fantasizing(plan.space.encode([params])[0])
        return fresh

    def _next(self, plan: Plan, model: Surrogate, number: int, seen: Container[str] | None) -> Setting | None:
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


def _ranked(settings: list[Setting], space: Space, model: Surrogate) -> list[Setting]:
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

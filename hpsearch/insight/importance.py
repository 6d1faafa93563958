"""Which hyperparameters matter: shares of the variance of the scores, over the whole space and near the best trials."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hpsearch.insight.anova import Anova, filled, local_measures, pair_variance, split, uniform_measures
from hpsearch.space import Space
from hpsearch.surrogate.gp import Surrogate, fit, spread_out, winsorized
from hpsearch.surrogate.observations import Array, Observations

_FEWEST = 10
_MOST = 200  # trials in the model
_GROUPS = 10  # of the jackknife
_WIDTH = 1.645  # standard errors: a 90 % interval of a normal distribution
_PAIRS = 5
_NOTHING = 0.1  # explained share of the variance below which nothing is said of effects
_ROUGH = 0.3  # explained share of the variance below which the effects are a guess


@dataclass(frozen=True)
class Effect:
    """What one hyperparameter does."""

    name: str
    # Of the variance of the scores that goes when it is fixed, alone and together with others, in [0, 1]. The shares
    # of parameters that act together overlap, so they may add up to more than 1.
    share: float
    low: float  # 90 % interval of `share`, up to `high`
    high: float
    alone: float  # the part of the share that it has without any other


@dataclass(frozen=True)
class PairEffect:
    """What two hyperparameters do together beyond what each does alone: share of the variance, and 90 % interval."""

    names: tuple[str, str]
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Importance:
    """What matters."""

    effects: tuple[Effect, ...]  # over the whole space, the most important first
    pairs: tuple[PairEffect, ...]  # the strongest ones over the whole space, the strongest first
    local: tuple[Effect, ...]  # effects among settings like the best trials: what is left to tune
    trials: int  # how many finished ones there are
    # The share of the variance of the scores that trials predict of one another; the rest is noise, or too fine to be
    # seen with so few.
    explained: float
    warning: str  # why not to trust it, in a sentence; empty where there is no reason

    @property
    def told(self) -> bool:
        """Whether settings explain enough of the differences that shares of it are no shares of noise."""
        return self.explained >= _NOTHING

    @property
    def order(self) -> tuple[str, ...]:
        """The hyperparameters, the most important first; none where that cannot be told."""
        return tuple(effect.name for effect in self.effects) if self.told else ()


def importance(seen: Observations) -> Importance:
    """Functional ANOVA (Hutter et al. 2014) of a Gaussian-process model of the scores, in closed form.

    The local effects are averaged over the surroundings of the best trials, as PED-ANOVA does (Watanabe et al. 2023,
    IJCAI). Intervals are from a jackknife over ten groups of trials (Tukey 1958). With conditions, effects are averaged
    over a sample of settings instead: what a parameter does counts as often as it exists, and whether others exist
    counts for the one that decides it.
    """
    space = seen.space
    if len(seen) < _FEWEST or space.dimensions == 0 or np.ptp(winsorized(seen.scores)) == 0:
        return Importance((), (), (), len(seen), 0.0, _warning(seen, None))
    model, weights = _model(seen)
    whole = split(space, model, uniform_measures(space), weights)
    near = split(space, model, local_measures(space, seen.points[seen.good()]), weights)
    hidden = _hidden(seen, model)
    effects, local = _effects(space, whole, hidden), _effects(space, near, hidden)
    pairs = _pairs(space, model, weights, whole.variance)
    return Importance(effects, pairs, local, len(seen), max(0.0, model.explained), _warning(seen, model))


def _model(seen: Observations) -> tuple[Surrogate, Array]:
    """The model, and (1 + groups, n) its weights: of all trials, and without each group of the jackknife."""
    rows = spread_out(len(seen), _MOST)
    ordered = np.array([p.distribution.ordered for p in seen.space.searched])
    model = fit(filled(seen.space, seen.points[rows]), winsorized(seen.scores)[rows], ordered)
    weights, inverse = [model.weights], model.factor.T @ model.factor
    for group in range(_GROUPS):
        out = np.arange(len(rows)) % _GROUPS == group
        # Weights without some trials, by the formula for the inverse of a part of a matrix.
        gone = np.linalg.solve(inverse[np.ix_(out, out)], model.weights[out])
        weights.append(np.where(out, 0.0, model.weights - inverse[:, out] @ gone))
    return model, np.array(weights)


def _hidden(seen: Observations, model: Surrogate) -> Array:
    """(d,) the share of the variance that noise can hide of each parameter, which the jackknife does not see.

    The model calls an effect none when it is lost in what the trials do not explain of one another; of n trials, the
    sample variance of that part has a relative standard error of sqrt(2 / n).
    """
    active = np.maximum(1, (~np.isnan(seen.points)).sum(axis=0))
    return np.asarray(_WIDTH * np.sqrt(2 / active) * (1 - np.clip(model.explained, 0.0, 1.0)), dtype=np.float64)


def _effects(space: Space, whole: Anova, hidden: Array) -> tuple[Effect, ...]:
    effects = []
    for i, parameter in enumerate(space.searched):
        share, low, high = _interval(whole.total[i], whole.variance)
        high = min(1.0, max(high, share + float(hidden[i])))
        alone = min(share, _interval(whole.alone[i], whole.variance)[0])
        effects.append(Effect(parameter.name, share, low, high, alone))
    return tuple(sorted(effects, key=lambda effect: -effect.share))


def _pairs(space: Space, model: Surrogate, weights: Array, variance: Array) -> tuple[PairEffect, ...]:
    measures, pairs = uniform_measures(space), []
    for (i, a), (j, b) in combinations(enumerate(space.searched), 2):
        interval = _interval(pair_variance(model, measures, weights, (i, j)), variance)
        pairs.append(PairEffect((a.name, b.name), *interval))
    return tuple(sorted(pairs, key=lambda pair: -pair.share)[:_PAIRS])


def _interval(part: Array, whole: Array) -> tuple[float, float, float]:
    """The share and its 90 % interval; part, whole: (1 + groups,) of all trials, and without each group."""
    shares = np.clip(part / np.maximum(whole, 1e-300), 0.0, 1.0)
    share, error = float(shares[0]), float(np.sqrt((len(shares) - 2) * np.var(shares[1:])))
    return share, max(0.0, share - _WIDTH * error), min(1.0, share + _WIDTH * error)


def _warning(seen: Observations, model: Surrogate | None) -> str:
    n, d = len(seen), seen.space.dimensions
    if n < _FEWEST:
        return f"{n} finished trials are too few to say what matters (at least {_FEWEST})"
    if model is None:
        return f"all {n} finished trials are equally good"
    if n < 4 * d:
        return f"{n} trials are few for {d} hyperparameters: with {4 * d} or more the order becomes reliable"
    if model.explained < _ROUGH:
        percent = max(0, round(100 * model.explained))
        return f"trials predict only {percent} % of one another's differences: much noise, or too few trials"
    return ""


_LITTLE = 0.03  # share of the variance below which a parameter hardly matters
_SEEN = 0.5  # explained share of the variance below which a parameter may matter unseen


@dataclass(frozen=True)
class DeadWeight:
    """A parameter that does not matter in these ranges, and why one may think so."""

    name: str
    share: float  # upper end of the interval of its share of the variance, over the space or near the best
    reason: str


def dead_weight(found: Importance) -> tuple[DeadWeight, ...]:
    """The parameters that matter neither over the space nor near the best; none while noise may hide that."""
    if found.warning or found.explained < _SEEN:
        return ()
    near = {effect.name: effect for effect in found.local}
    dead = []
    for effect in reversed(found.effects):
        share = max(effect.high, near[effect.name].high)
        if share < _LITTLE:
            percent = "less than 1" if share < 0.01 else f"at most {100 * share:.0f}"
            reason = f"makes {percent} % of the difference between the {found.trials} trials"
            dead.append(DeadWeight(effect.name, share, f"{effect.name} {reason}"))
    return tuple(dead)

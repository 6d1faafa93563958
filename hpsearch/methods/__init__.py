"""Search methods: each decides from the history alone which settings to try next."""

from hpsearch.methods.coarse_to_fine import CoarseToFine
from hpsearch.methods.forks import Forks
from hpsearch.methods.grid import GridSearch
from hpsearch.methods.halving import RUNGS, HalvingSearch
from hpsearch.methods.hyperband import HyperbandSearch
from hpsearch.methods.method import NoSettings, Plan, PlanError, SearchMethod
from hpsearch.methods.points import PointsSearch, points_first
from hpsearch.methods.population import PopulationSearch
from hpsearch.methods.random import RandomSearch
from hpsearch.methods.replicates import Replicates, ReplicateSettings
from hpsearch.methods.rungs import RungSettings

METHODS: dict[str, type[SearchMethod]] = {
    "random": RandomSearch,
    "grid": GridSearch,
    "points": PointsSearch,
    "coarse_to_fine": CoarseToFine,
    "halving": HalvingSearch,
    "hyperband": HyperbandSearch,
    "population": PopulationSearch,
}
"""Name in a config -> the method."""

DEFAULT_METHOD = "random"

MOST_TRIALS = 10_000_000
"""So many a config may ask for."""


def make_method(name: str, plan: Plan) -> SearchMethod:
    """The method of this name; settings given in the plan come first, whatever the method."""
    return points_first(METHODS[name], plan)


_PANDA = 10  # trials below which one model watched closely gets further than a search
_FINE = 40  # trials below which a second, finer look would rest on too few


def halving_fits(fit: int) -> int:
    """How many trials halving, by its defaults, looks at in the time of so many whole ones."""
    eta, promotions = RungSettings().eta, RUNGS - 1
    # Of 1 / eta^k of the trials so much as lies between two rungs: each rung but the first takes 1 - 1/eta of that one.
    return int(fit * eta**promotions / (1 + promotions * (1 - 1 / eta)))


def suggestion(fit: int, dimensions: int) -> str:
    """Which way to search where so many trials fit: panda, caviar or coarse to fine."""
    fit = min(fit, MOST_TRIALS)
    if fit < _PANDA:
        advice = (
            "`hpsearch babysit CONFIG` trains one before your eyes; or make trials cheaper: fewer epochs, less data"
        )
        return f"panda: too few for a search. {advice}"
    if fit < max(_FINE, 8 * dimensions):
        limits = f"With {dimensions} hyperparameters there are too few trials to look closer anywhere"
        return f"caviar, at random: --set search.trials={fit}. {limits}; fix those that matter least"
    return f"coarse to fine: --set search.method=coarse_to_fine --set search.trials={fit}"

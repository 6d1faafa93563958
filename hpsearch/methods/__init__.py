"""Search methods: each decides from the history alone which settings to try next."""

from collections.abc import Callable

from hpsearch.methods.coarse_to_fine import CoarseToFine
from hpsearch.methods.grid import GridSearch
from hpsearch.methods.method import Plan, SearchMethod
from hpsearch.methods.points import PointsSearch
from hpsearch.methods.random import RandomSearch

__all__ = [
    "METHODS",
    "CoarseToFine",
    "GridSearch",
    "Plan",
    "PointsSearch",
    "RandomSearch",
    "SearchMethod",
    "make_method",
]

METHODS: dict[str, Callable[[Plan], SearchMethod]] = {
    "random": RandomSearch,
    "grid": GridSearch,
    "points": PointsSearch,
    "coarse_to_fine": CoarseToFine,
}
"""Name in a config -> how to make the method."""


def make_method(name: str, plan: Plan) -> SearchMethod:
    """The method of this name; settings given in the plan come first, whatever the method."""
    method = METHODS[name](plan)
    return PointsSearch(plan, then=method) if plan.points and name != "points" else method

"""Was a range too small? Ends of ranges at which the best trials crowd, and the line that moves them out."""

import json
from dataclasses import dataclass

import numpy as np

from hpsearch.insight.chance import at_least
from hpsearch.space import LINEAR, LOG, Numeric, Parameter, Space
from hpsearch.space.readable import rounded
from hpsearch.surrogate.observations import Array, Mask, evidence
from hpsearch.trial import History

__all__ = ["STEP_OUT", "Edge", "crowd", "crowded_end", "edges", "widest"]

_ZONE = 0.1  # of the range: "in the highest tenth"
STEP_OUT = 0.25  # of the range, on its scale: how far beyond a crowded end to look
_END = {-1: "lowest", 1: "highest"}
_SIGNIFICANCE = 0.01  # over all ends of all parameters together


@dataclass(frozen=True)
class Edge:
    """An end of a range that holds more of the best trials than chance would put there.

    Attributes:
        name: of the parameter.
        end: `lowest` or `highest`.
        reason: how many of the best trials lie there, in one sentence.
        wider: the distribution that goes further; None where the range already ends at its limit.
        yaml: the line to paste into the config; empty where there is nothing to widen.
    """

    name: str
    end: str
    reason: str
    wider: Numeric | None
    yaml: str


def edges(space: Space, history: History, top: float | None = None) -> tuple[Edge, ...]:
    """The crowded ends, in the order of the config; `top` as in `Evidence.good`."""
    seen = evidence(space, history)
    found = []
    for axis, parameter in enumerate(space.searched):
        if not isinstance(parameter.distribution, Numeric):
            continue
        active = ~np.isnan(seen.points[:, axis])
        good = seen.good(top, active)
        end = crowded_end(seen.points[active, axis], good[active], tests=2 * space.dimensions)
        if end:
            found.append(_edge(parameter, end, seen.points[good, axis]))
    return tuple(found)


def crowded_end(points: Array, good: Mask, *, tests: int) -> int:
    """-1 where the best crowd at the lowest end, +1 at the highest, 0 at neither.

    points: (n,) positions of all trials; good: (n,) which are the best; tests: how many ends are looked at in all.
    """
    n, m = len(points), int(good.sum())
    for side in (-1, 1):
        zone = points <= _ZONE if side < 0 else points >= 1 - _ZONE
        count = int((zone & good).sum())
        # What was tried there counts: a search that went to the edge has many trials there, good or not.
        chance = at_least(count, drawn=m, marked=int(zone.sum()), total=n)
        if count >= max(3, 0.3 * m) and chance < _SIGNIFICANCE / max(tests, 1):
            return side
    return 0


def widest(parameter: Parameter) -> tuple[float, float]:
    """How far the range may go: the parameter's limits, else what its scale and its sign allow.

    Numbers that are not negative stay so, counts from 1 on stay counts, and fractions end at 1.
    """
    ends = parameter.distribution
    assert isinstance(ends, Numeric)  # noqa: S101  only ranges of numbers have ends
    if parameter.limits:
        return parameter.limits
    if ends.scale is not LINEAR:
        return (0.0, np.inf) if ends.scale is LOG else (-np.inf, 1.0)
    lowest = -np.inf if ends.min < 0 else 1.0 if ends.integer and ends.min >= 1 else 0.0
    fraction = ends.min >= 0 and ends.max <= 1 and not ends.integer
    return lowest, (1.0 if fraction else np.inf)


def crowd(best: Array, side: int) -> str:
    """How many of the best trials lie at an end, in words; best: (m,) positions."""
    zone = best <= _ZONE if side < 0 else best >= 1 - _ZONE
    return f"{zone.sum()} of the best {len(best)} trials lie in the {_END[side]} tenth of the range"


def _edge(parameter: Parameter, side: int, best: Array) -> Edge:
    wider = _stretched(parameter, side)
    limit = widest(parameter)[0 if side < 0 else 1]
    reason = f"{parameter.name}: {crowd(best, side)}" + (f", which cannot go beyond {limit:g}" if wider is None else "")
    return Edge(parameter.name, _END[side], reason, wider, "" if wider is None else _yaml(parameter, wider))


def _yaml(parameter: Parameter, wider: Numeric) -> str:
    """The line for the config: the short form, or the long one where that would lose a condition or limits."""
    if not parameter.when and not parameter.limits:
        return f"{parameter.name}: {wider}"
    extra = {"when": {name: list(values) for name, values in parameter.when.items()}, "limits": parameter.limits}
    fields = {**wider.spec(), **{key: value for key, value in extra.items() if value}}
    # JSON is YAML too, and quotes what needs quotes.
    return f"{parameter.name}: {json.dumps(fields, default=str)}"


def _stretched(parameter: Parameter, side: int) -> Numeric | None:
    """The range with one end a quarter of its length further out; None where the limit is already reached."""
    old = parameter.distribution
    assert isinstance(old, Numeric)  # noqa: S101  only ranges of numbers have ends
    span = (-STEP_OUT, 1.0) if side < 0 else (0.0, 1.0 + STEP_OUT)
    wider = rounded(old, *span, widest(parameter))
    return None if wider == old else wider

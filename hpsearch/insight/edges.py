"""Was a range too small? Ends of ranges at which the best trials crowd, and the line that moves them out."""

import json
from dataclasses import dataclass, replace

import numpy as np

from hpsearch.insight.chance import at_least
from hpsearch.space import Distribution, Parameter
from hpsearch.surrogate.observations import Array, Mask, Observations

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
    wider: Distribution | None
    yaml: str


def edges(seen: Observations, top: float | None = None) -> tuple[Edge, ...]:
    """The crowded ends, in the order of the config; `top` as in `Observations.good`."""
    found = []
    for axis, parameter in enumerate(seen.space.searched):
        if parameter.distribution.scale is None:
            continue
        active = ~np.isnan(seen.points[:, axis])
        good = seen.good(top, active)
        end = crowded_end(seen.points[active, axis], good[active], tests=2 * seen.space.dimensions)
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


def crowd(best: Array, side: int) -> str:
    """How many of the best trials lie at an end, in words; best: (m,) positions."""
    zone = best <= _ZONE if side < 0 else best >= 1 - _ZONE
    return f"{zone.sum()} of the best {len(best)} trials lie in the {_END[side]} tenth of the range"


def _edge(parameter: Parameter, side: int, best: Array) -> Edge:
    wider = _stretched(parameter, side)
    limit = parameter.widest[0 if side < 0 else 1]
    reason = f"{parameter.name}: {crowd(best, side)}" + (f", which cannot go beyond {limit:g}" if wider is None else "")
    return Edge(parameter.name, _END[side], reason, wider, "" if wider is None else _yaml(parameter, wider))


def _yaml(parameter: Parameter, wider: Distribution) -> str:
    """The line for the config: the short form, or the long one where that would lose a condition or limits."""
    if not parameter.when and not parameter.limits:
        return f"{parameter.name}: {wider}"
    # JSON is YAML too, and quotes what needs quotes.
    return f"{parameter.name}: {json.dumps(replace(parameter, distribution=wider).spec(), default=str)}"


def _stretched(parameter: Parameter, side: int) -> Distribution | None:
    """The range with one end a quarter of its length further out; None where the limit is already reached."""
    span = (-STEP_OUT, 1.0) if side < 0 else (0.0, 1.0 + STEP_OUT)
    wider = parameter.distribution.stretch(*span, parameter.widest)
    return None if wider == parameter.distribution else wider

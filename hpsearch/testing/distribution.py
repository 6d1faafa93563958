"""What a distribution and a scale keep to."""

import copy
import json
import pickle
from collections.abc import Sequence

import numpy as np

from hpsearch.space import Distribution, Parameter, Scale, Space, distribution_from

_UNITS = np.linspace(0, 1, 1001)
_NOTHING = ["no such value", {"a": 1}, float("nan")]


def check_distribution(distribution: Distribution) -> None:
    """Everything that methods, insight and the store rely on."""
    _check_round_trip(distribution)
    _check_values(distribution)
    _check_stretch(distribution)
    _check_steps(distribution)
    _check_spec(distribution)
    if distribution.scale is not None:
        check_scale(distribution.scale, *distribution.ends)


def _check_round_trip(distribution: Distribution) -> None:
    values = distribution.from_unit(_UNITS)
    points = distribution.to_unit(values)
    assert len(values) == len(_UNITS), f"{distribution}: as many values come out as points go in"
    assert distribution.from_unit(np.array([])) == [], f"{distribution}: no points, no values"
    assert ((points >= 0) & (points <= 1)).all(), f"{distribution}: its own values lie in [0, 1]"
    again = distribution.from_unit(points)
    same = again == values if distribution.size is not None else np.allclose(again, values, rtol=1e-12, atol=0)
    assert same, f"{distribution}: value to point to value is the same"
    assert np.isnan(distribution.to_unit(_NOTHING)).all(), f"{distribution}: what it does not hold has no point"
    assert np.isnan(distribution.positions(_NOTHING)).all(), f"{distribution}: what is no value has no position"
    assert np.allclose(distribution.positions(values), points), f"{distribution}: inside, positions are points"


def _check_values(distribution: Distribution) -> None:
    values = distribution.from_unit(_UNITS)
    try:
        plain = json.loads(json.dumps(values)) == values
    except TypeError:
        plain = False
    assert plain, f"{distribution}: values are plain Python, so that JSON gives them back"
    if distribution.size is not None:
        listed = distribution.grid(distribution.size)
        drawn = distribution.from_unit(np.linspace(0, 1, 20_001))
        assert len(listed) == distribution.size, f"{distribution}: a grid of all values has as many as there are"
        assert set(map(repr, drawn)) == set(map(repr, listed)), f"{distribution}: all values and no others are drawn"
    for copied in (pickle.loads(pickle.dumps(distribution)), copy.deepcopy(distribution)):  # noqa: S301  our own bytes
        assert copied == distribution, f"{distribution}: it is copied and pickled whole"
        assert copied.from_unit(_UNITS) == values, f"{distribution}: a copy draws the same"


def _check_stretch(distribution: Distribution) -> None:
    whole, inner = distribution.stretch(0.0, 1.0), distribution.stretch(0.25, 0.75)
    assert whole.from_unit(_UNITS) == distribution.from_unit(_UNITS), f"{distribution}: the whole stretch is itself"
    assert type(inner) is type(distribution), f"{distribution}: a stretch is of its kind"
    places = distribution.to_unit(inner.from_unit(_UNITS))
    assert not np.isnan(places).any(), f"{distribution}: an inner stretch holds no new values"
    if distribution.scale is None:
        return
    outer = distribution.stretch(-0.25, 1.25, distribution.widest())
    held = outer.to_unit(distribution.from_unit(_UNITS))
    assert not np.isnan(held).any(), f"{distribution}: a wider stretch holds all that it held"
    low, high = distribution.widest((distribution.ends[0], distribution.ends[1]))
    assert (low, high) == distribution.ends, f"{distribution}: limits that are given are kept"


def _check_steps(distribution: Distribution) -> None:
    values = distribution.from_unit(_UNITS)
    for factor in (1.2, 1.5, 0.8):
        moved = [distribution.stepped(value, factor) for value in values]
        before, after = distribution.to_unit(values), distribution.to_unit(moved)
        assert not np.isnan(after).any(), f"{distribution}: a step leads to one of its values"
        if not distribution.ordered:
            continue
        way = 1 if factor > 1 else -1
        assert (way * (after - before) >= -1e-9).all(), f"{distribution}: a step of {factor} goes its way"
        at_end = repr(values[-1 if way > 0 else 0])
        rests = {repr(value) for value, there in zip(values, moved, strict=True) if repr(value) == repr(there)}
        assert rests <= {at_end}, f"{distribution}: only at its end it stays, got {rests}"


def _check_spec(distribution: Distribution) -> None:
    spec = json.loads(json.dumps(distribution.spec()))
    assert distribution_from(spec) == distribution, f"{distribution}: its spec gives it back, through JSON"
    space = Space((Parameter("x", distribution),))
    settings = space.decode(_UNITS[:, None][:, : space.dimensions])
    assert space.contains(settings).all(), f"{distribution}: it is one axis of a space"
    again = Space.from_spec(json.loads(json.dumps(space.stored())))
    assert again == space, f"{distribution}: a space is given back as it was stored"


def check_scale(scale: Scale, low: float, high: float) -> None:
    """What a scale says of itself, for a range that it can hold."""
    values = np.linspace(low, high, 101)
    places = scale.forward(values)
    assert (np.diff(places) > 0).all(), f"{scale.name}: forward is strictly increasing"
    assert np.allclose(scale.inverse(places), values), f"{scale.name}: inverse undoes forward"
    assert scale.problem(low, high, False) is None, f"{scale.name}: it finds no problem with {low} to {high}"
    widest = scale.widest(low, high, False)
    assert widest[0] <= low < high <= widest[1], f"{scale.name}: the widest limits hold the range"
    assert scale.low <= widest[0] and widest[1] <= scale.high, f"{scale.name}: the widest limits lie on the scale"  # noqa: PT018
    outward = scale.outward(low, high, 0.0)
    slack = 1e-6 * (high - low)
    assert outward[0] <= low + slack, f"{scale.name}: the lower end is rounded outward"
    assert outward[1] >= high - slack, f"{scale.name}: the upper end is rounded outward"
    _check_ticks(scale, low, high, scale.ticks(low, high))
    assert pickle.loads(pickle.dumps(scale)) is scale, f"{scale.name}: it is pickled by its name"  # noqa: S301


def _check_ticks(scale: Scale, low: float, high: float, ticks: Sequence[float]) -> None:
    slack = 1e-9 * max(abs(low), abs(high))
    assert ticks, f"{scale.name}: there are ticks from {low} to {high}"
    assert list(ticks) == sorted(set(ticks)), f"{scale.name}: ticks stand in order"
    inside = low - slack <= ticks[0] and ticks[-1] <= high + slack
    assert inside, f"{scale.name}: ticks lie within the range, got {ticks}"

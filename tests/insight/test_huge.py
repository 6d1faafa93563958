"""Metrics at the ends of what a float holds: everything that is said of them is said without a warning of NumPy."""

import warnings

import numpy as np
import pytest

from hpsearch.history import History
from hpsearch.insight import (
    confirmation,
    dead_weight,
    edges,
    failure_region,
    forecast,
    importance,
    preferred,
    progress,
    refine,
    ties,
    variety,
)
from hpsearch.space import Choice, Numeric, Parameter, Space, among
from hpsearch.surrogate.observations import observe
from hpsearch.trial import Job, Metric, Result, Status, Trial

SPACE = Space(
    (
        Parameter("x", Numeric("uniform", 0.0, 1.0)),
        Parameter("kind", Choice(("a", "b"))),
        Parameter("n", Numeric("randint", 1, 5), when=({"kind": among("b")},)),
    )
)
FLAT = Space(SPACE.parameters[:2])
SIZES = (1e-320, 1e-200, 1e-9, 1.0, 1e9, 1e100, 1e154, 1e180, 1e300, 1e308, 1.7e308)


def metrics(rng: np.random.Generator, count: int) -> list[float]:
    """As a program may report them: of a few sizes, of either sign, equal, infinite or no number at all."""
    sizes = rng.choice(SIZES, size=rng.integers(1, 4))
    values = (
        rng.choice(sizes, count) * rng.choice([1.0, rng.random()]) * (rng.random(count) if rng.random() < 0.7 else 1)
    )
    signs = np.where(rng.random(count) < rng.choice([0.0, 0.0, 0.5]), -1.0, 1.0)
    odd = rng.random(count)
    values = np.where(odd < rng.choice([0.0, 0.3, 0.98]), rng.choice([np.nan, np.inf, -np.inf]), signs * values)
    return values.tolist()


def history(seed: int, count: int = 30) -> tuple[Space, History]:
    """Trials with such metrics, curves and replicates."""
    rng = np.random.default_rng(seed)
    space = (SPACE, FLAT)[seed % 2]
    found = History(Metric("m", ("minimize", "maximize")[seed // 2 % 2]))
    values, curves = metrics(rng, count), metrics(rng, 6 * count)
    for number, params in enumerate(space.decode(rng.random((count, space.dimensions))), 1):
        trial = Trial(number, 1 + (number > 20), params, 0)
        status = Status.FAILED if rng.random() < 0.1 else Status.COMPLETE
        result = Result(status, {"m": values[number - 1]}, {"m": curves[6 * number - 6 : 6 * number]}, seconds=1.0)
        found.add(Job(trial))
        found.finish(Job(trial), result)
        if number < 4 and seed % 3:
            for replicate, value in enumerate(metrics(rng, 5), 1):
                found.finish(Job(trial, replicate), Result(Status.COMPLETE, {"m": value}, seconds=1.0))
    return space, found


@pytest.mark.parametrize("seed", range(200))
def test_insight_says_what_can_be_said(seed: int) -> None:
    space, found = history(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = observe(space, found)
        dead_weight(importance(seen))
        edges(seen)
        failure_region(seen)
        refine(seen)
        variety(seen)
        progress(found)
        preferred(found)
        ahead, tied, means = forecast(found, 30), ties(found, {}), confirmation(found)
        ties(found, {n: result.curve for n, result in found.results.items()})
    if found.best() is not None and ahead is not None:
        assert "nan" not in ahead.sentence
        assert tied.numbers[0] == found.ranking()[0]
        assert not np.isnan(tied.margin)
    assert means is None or sum(one.count for one in means.contenders) <= 15

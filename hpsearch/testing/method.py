"""What a search method keeps to: purity, numbers, the space, the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hpsearch.document import keys_of
from hpsearch.history import History
from hpsearch.methods import Plan, PointsSearch, SearchMethod, points_first
from hpsearch.space import Choice, Fixed, Numeric, Parameter, Space, among, settings_key
from hpsearch.trial import Job, Metric, Place, Result, Status

_OPTIMIZER = Parameter("optimizer", Choice(("momentum", "rmsprop", "adam")))
_UNITS = Parameter("units", Numeric("lograndint", 1, 12))
_RATE = Parameter("rate", Numeric("loguniform", 1e-4, 1))
_BETA = Parameter("beta", Numeric("randint", 1, 2), ({"optimizer": among("adam")},))
_EPOCHS = Parameter("epochs", Fixed(3))

SPACES: Mapping[str, Space] = {
    "continuum": Space((_RATE, _OPTIMIZER, _EPOCHS)),
    # Half of the draws of `units` are among its first three values.
    "skewed": Space((_OPTIMIZER, _UNITS, _EPOCHS)),
    "conditional": Space((_BETA, _OPTIMIZER, _UNITS)),
    # One branch holds nearly all settings, the other nearly all draws.
    "lopsided": Space(
        (
            Parameter("branch", Choice(tuple(range(20)))),
            Parameter("leaf", Numeric("randint", 1, 30), ({"branch": among(7)},)),
        )
    ),
}
_MOST = 200  # jobs after which a search of 30 trials is taken to have no end


def check_method(kind: type[SearchMethod], own: Mapping[str, Any] | None = None) -> None:
    """Everything that the loop, the store and a person rely on, over spaces of every kind.

    kind: a row of METHODS; own: values of its own keys, where it does nothing useful without.
    """
    for name in ("Settings", "example", "draws", "open_ended", "replicates"):
        assert hasattr(kind, name), f"{kind.__name__}: says nothing of `{name}`"
    assert kind.__doc__, f"{kind.__name__}: its docstring says what it does"
    documented = all(key.doc and key.kind for key in keys_of(kind.Settings).values())
    assert documented, f"{kind.__name__}: each of its keys has a meaning and a kind"
    for name, space in SPACES.items():
        values = {key: value(space) if callable(value) else value for key, value in (own or {}).items()}
        for points in ((), _some_points(space)):
            if points or kind is not PointsSearch:
                given = Plan(space, seed=5, trials=30, points=points, settings=kind.Settings(**values))
                _check_search(kind, replace(kind.completed(replace(given, trials=None)), trials=30), name)


def _some_points(space: Space) -> tuple[Mapping[str, Any], ...]:
    drawn = space.decode(np.random.default_rng(9).random((4, space.dimensions)))
    return tuple({settings_key(point): point for point in drawn}.values())


def _check_search(kind: type[SearchMethod], plan: Plan, name: str) -> None:
    where, space = f"{kind.__name__} in a {name} space", plan.space
    whole = carried_on(points_first(kind, plan), history(), where)
    begun = [job for job in whole if not job.start or job.start == job.trial.branch]
    params = [job.trial.params for job in begun]
    assert [job.trial.number for job in begun] == list(range(1, len(begun) + 1)), f"{where}: numbers go on from 1"
    assert kind.pauses or begun == whole, f"{where}: one that carries trials on says that it pauses them"
    _check_segments(whole, where)
    assert {job.trial.seed for job in whole} <= {5}, f"{where}: trials have the seed of the plan"
    assert space.contains(params).all(), f"{where}: every setting lies in the space"
    assert params[: len(plan.points)] == list(plan.points), f"{where}: given points come first"
    own = [settings_key(job.trial.params) for job in begun if job.trial.parent is None]
    assert len(set(own)) == len(own), f"{where}: no setting comes twice"
    total = points_first(kind, plan).total
    assert total in (None, len(whole)), f"{where}: the total is what is made, {len(whole)}, got {total}"
    _check_purity(kind, plan, whole, where)
    again = carried_on(points_first(kind, replace(plan, round=2)), history(), where)
    rounds = [job.trial.round for job in again if not job.start]
    assert rounds == sorted(rounds), f"{where}: rounds follow one another"
    assert not rounds or rounds[0] == 2, f"{where}: rounds go on from that of the plan"
    for trials in (1, 2, 7):
        few = replace(plan, trials=trials)
        short = carried_on(points_first(kind, few), history(), where)
        new = {job.trial.number for job in short if job.trial.parent is None}
        counts = kind.open_ended or not kind.pauses  # a population has its members
        assert not counts or len(new) <= trials, f"{where}: `trials` is the total"
        assert carried_on(points_first(kind, few), history(short), where) == [], (
            f"{where}: a finished search is finished"
        )


def _in_order(kind: type[SearchMethod], jobs: Sequence[Job]) -> list[Job]:
    """The jobs, in an order that does not depend on which result came first, as promotions may follow at once."""
    return sorted(jobs, key=lambda job: (job.trial.number, job.start)) if kind.pauses else list(jobs)


def _check_segments(whole: Sequence[Job], where: str) -> None:
    """A job goes on from where one before it paused: of the same trial, or of its parent."""
    paused: set[Place] = set()
    for job in whole:
        assert job.origin is None or job.origin in paused, f"{where}: {job.origin} is a checkpoint that somebody left"
        assert job.reach is None or job.reach > job.start, f"{where}: a segment goes forwards"
        if job.until is not None:
            paused.add((job.trial.number, job.replicate, job.until))


def _check_purity(kind: type[SearchMethod], plan: Plan, whole: Sequence[Job], where: str) -> None:
    for cut in sorted({*range(0, len(whole), 5), max(0, len(whole) - 1), len(whole)}):
        rest = carried_on(points_first(kind, plan), history(whole[:cut]), where)
        assert _in_order(kind, rest) == _in_order(kind, whole[cut:]), (
            f"{where}: cut after {cut} trials it goes on with the same ones"
        )
    for free in (1, 1000):
        same = carried_on(points_first(kind, plan), history(), where, free)
        assert _in_order(kind, same) == _in_order(kind, whole), (
            f"{where}: how many are asked for at a time does not matter"
        )
    method, known = points_first(kind, plan), history()
    for _ in range(8):
        jobs = method.next_jobs(known, 5)
        assert method.next_jobs(known, 5) == jobs, f"{where}: asked again it gives the same jobs"
        assert method.next_jobs(known, 2) == jobs[:2], f"{where}: asked for fewer it gives the first of them"
        _take(known, jobs)
    assert carried_on(method, history(), where) == list(whole), f"{where}: it keeps nothing from another history"


def history(jobs: Sequence[Job] = ()) -> History:
    """A history of finished jobs, each with a score that its number decides."""
    known = History(Metric("score"))
    _take(known, jobs)
    return known


def _take(known: History, jobs: Sequence[Job]) -> None:
    for job in jobs:
        known.add(job)
        status = Status.COMPLETE if job.until is None else Status.PAUSED
        known.finish(job, Result(status, {"score": float(job.trial.number % 7)}, start=job.start))


def carried_on(method: SearchMethod, known: History, where: str = "the method", free: int = 4) -> list[Job]:
    """The jobs of a search from here to its end, `free` at a time, each finished before the next are asked for."""
    found: list[Job] = []
    while jobs := method.next_jobs(known, free):
        assert len(jobs) <= free, f"{where}: at most {free} jobs at a time, got {len(jobs)}"
        found += jobs
        _take(known, jobs)
        assert len(found) <= _MOST, f"{where}: it comes to an end"
    return found

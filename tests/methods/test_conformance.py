"""What every search method keeps to: a new one is tested by being in METHODS."""

from dataclasses import replace
from typing import Any

import pytest

from hpsearch.history import History
from hpsearch.methods import METHODS, Plan, PlanError, Replicates, ReplicateSettings, make_method
from hpsearch.methods.population import PopulationSettings
from hpsearch.methods.rungs import HalvingSettings, RungSettings
from hpsearch.testing import check_method
from hpsearch.testing.method import SPACES, carried_on, history
from hpsearch.trial import BY_HAND, Job, Metric, Result, Status, Trial

OWN: dict[str, list[dict[str, Any]]] = {
    "grid": [{"grid": 2}],
    "coarse_to_fine": [{"rounds": 4}],
    "halving": [
        {"max": lambda space: 3 if "epochs" in space else 27},
        {"max": lambda space: 3 if "epochs" in space else 9, "eta": 2, "sampler": "coarse_to_fine"},
        {"max": lambda space: 3 if "epochs" in space else 9, "eta": 2, "asynchronous": True},
        {"max": lambda space: 3 if "epochs" in space else 27, "promote": "forecast"},
    ],
    "hyperband": [{"max": lambda space: 3 if "epochs" in space else 9}],
    "population": [
        {"max": lambda space: 3 if "epochs" in space else 10, "members": 5, "interval": 1},
        {"max": lambda space: 3 if "epochs" in space else 10, "members": 4, "interval": 2, "exploit": "tournament"},
    ],
}


@pytest.mark.parametrize(("name", "own"), [(name, own) for name in METHODS for own in OWN.get(name, [{}])])
def test_every_method_keeps_to_what_all_rely_on(name: str, own: dict[str, Any]) -> None:
    check_method(METHODS[name], own)


def test_given_points_come_first_whatever_the_method() -> None:
    space = SPACES["continuum"]
    point = {"rate": 0.5, "optimizer": "adam", "epochs": 3}
    method, history = make_method("random", Plan(space, trials=3, points=(point,))), History(Metric("y"))
    while jobs := method.next_jobs(history, 3):
        for job in jobs:
            history.add(job)
    assert [history.trial(number).params == point for number in (1, 2, 3)] == [True, False, False]
    assert len(history) == 3


def test_replicates_run_the_best_few_with_other_seeds_and_nothing_twice() -> None:
    known = History(Metric("y"))
    for number in range(1, 6):
        job = Job(Trial(number, 1, {"x": number}, 7))
        known.add(job)
        known.finish(job, Result(Status.COMPLETE, {"y": float(number)}))
    method = Replicates(Plan(SPACES["continuum"], settings=ReplicateSettings(2, 3)))
    jobs = list(method.next_jobs(known, 100))
    assert [(job.trial.number, job.replicate, job.seed) for job in jobs] == [
        (n, r, 7 + r) for n in (5, 4) for r in (1, 2, 3)
    ]
    for job in jobs[:4]:
        known.add(job)
    assert list(method.next_jobs(known, 100)) == jobs[4:]  # what waits is not asked for again
    known.finish(jobs[0], Result(Status.COMPLETE, {"y": 0.0}))
    assert list(method.next_jobs(known, 100)) == jobs[4:]
    assert known.ranking() == [5, 4, 3, 2, 1]  # and replicates do not steer


def test_halving_takes_the_settings_that_it_is_given() -> None:
    space = SPACES["continuum"]
    points = tuple({"rate": rate, "optimizer": "adam", "epochs": 3} for rate in (0.5, 0.1, 0.02, 0.01))
    given = Plan(space, points=points, settings=HalvingSettings(max=3, sampler="points"))
    plan = METHODS["halving"].completed(given)
    jobs = carried_on(make_method("halving", plan), history())
    assert [job.trial.params for job in jobs if not job.start] == list(points)
    assert len([job for job in jobs if job.until is None]) == 2  # of each bracket of three one, and of the last one too
    with pytest.raises(PlanError, match="needs `points`"):
        METHODS["halving"].completed(Plan(space, settings=HalvingSettings(max=3, sampler="points")))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("random", None),
        ("coarse_to_fine", None),
        ("halving", HalvingSettings(max=3)),
        ("halving", HalvingSettings(max=3, eta=2, asynchronous=True)),
        ("hyperband", RungSettings(max=3)),
        ("population", PopulationSettings(max=3, members=5, interval=1)),
    ],
)
def test_what_a_person_forks_meanwhile_moves_no_method(name: str, settings: Any) -> None:
    def searched(forks_after: int | None) -> list[tuple[Any, ...]]:
        plan = Plan(SPACES["continuum"], seed=5, trials=None if name == "population" else 12)
        plan = replace(plan, settings=settings) if settings else plan
        method, known, made = make_method(name, METHODS[name].completed(plan)), History(Metric("y")), list[Any]()
        while jobs := method.next_jobs(known, 3):
            for job in jobs:
                finished(known, job, job.trial.params["rate"])
                made.append((job.trial.params, job.start, job.until))
            if forks_after is not None and len(made) >= forks_after and not known.forks:
                fork = Trial(known.next_number, BY_HAND, known.trial(1).params, 5, parent=1, branch=1, end=3)
                finished(known, Job(fork, start=1), 99.0)
        return made

    assert searched(4) == searched(None)


def finished(known: History, job: Job, score: float) -> None:
    known.add(job)
    status = Status.COMPLETE if job.until is None else Status.PAUSED
    known.finish(job, Result(status, {"y": score}, start=job.start))

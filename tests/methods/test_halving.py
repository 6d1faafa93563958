"""Halving: who is promoted, failures among them."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from hpsearch.history import History
from hpsearch.methods import METHODS, Plan, halving, make_method
from hpsearch.methods.rungs import HalvingSettings, RungSettings, ranked
from hpsearch.space import Numeric, Parameter, Space
from hpsearch.trial import Job, Metric, Result, Status, Trial

SPACE = Space((Parameter("rate", Numeric("loguniform", 1e-4, 1)),))
SETTINGS = {
    "halving": HalvingSettings(max=27),
    "halving, asynchronous": HalvingSettings(max=27, asynchronous=True),
    "hyperband": RungSettings(max=27),
}


def searched(name: str, trials: int, fails: Callable[[Job], bool] = lambda _: False, free: int = 4) -> list[Job]:
    """The jobs of a search whose trials are the better the later they come."""
    kind = METHODS[name.split(",")[0]]
    plan = kind.completed(Plan(SPACE, trials=trials, settings=SETTINGS[name]))
    method, history = make_method(name.split(",")[0], plan), History(Metric("y"))
    found: list[Job] = []
    while jobs := method.next_jobs(history, free):
        for job in jobs:
            found.append(job)
            history.add(job)
            status = Status.FAILED if fails(job) else Status.PAUSED if job.until else Status.COMPLETE
            history.finish(job, Result(status, {"y": float(job.trial.number)}, start=job.start))
    return found


def reached(jobs: list[Job]) -> dict[int, int]:
    return dict(Counter(job.reach or 0 for job in jobs))


def test_a_third_of_each_rung_is_promoted() -> None:
    assert reached(searched("halving", 81)) == {1: 81, 3: 27, 9: 9, 27: 3}
    assert reached(searched("hyperband", 49)) == {1: 27, 3: 9 + 12, 9: 3 + 4 + 6, 27: 1 + 1 + 2 + 4}


@pytest.mark.parametrize("name", SETTINGS)
def test_where_most_trials_fail_the_others_are_still_promoted_to_the_end(name: str) -> None:
    jobs = searched(name, 27, fails=lambda job: job.trial.number % 5 != 0)
    assert [job.trial.number for job in jobs if job.until is None]
    jobs = searched(name, 27, fails=lambda job: job.reach == 3 and job.trial.number < 27)
    assert [job.trial.number for job in jobs if job.until is None]


@pytest.mark.parametrize("name", SETTINGS)
def test_no_failure_is_promoted(name: str) -> None:
    jobs = searched(name, 49, fails=lambda job: job.trial.number % 2 == 0)
    assert all(job.trial.number % 2 for job in jobs if job.start)


@pytest.mark.parametrize("trials", [1, 2, 5, 20, 26])
@pytest.mark.parametrize("name", SETTINGS)
def test_of_a_few_trials_one_is_trained_to_the_end(name: str, trials: int) -> None:
    jobs = searched(name, trials)
    assert [job.trial.number for job in jobs if job.until is None]
    assert len({job.trial.number for job in jobs}) == trials


@pytest.mark.parametrize("name", ["halving", "hyperband"])
def test_brackets_that_are_over_are_not_looked_at_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Counter[int]()

    def counted(history: History, trials: Sequence[Trial], rung: int, settings: HalvingSettings) -> list[int]:
        looked.update(trial.number for trial in trials)
        return ranked(history, trials, rung, settings)

    monkeypatch.setattr(halving, "ranked", counted)
    searched(name, 98)
    few = max(looked.values())
    looked.clear()
    searched(name, 980)
    assert max(looked.values()) <= few + 4, "however many come after it"

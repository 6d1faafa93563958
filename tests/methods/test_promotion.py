"""Promotion by rank, and by what a curve is expected to come to."""

import pytest

from hpsearch.history import History
from hpsearch.methods import METHODS, Plan
from hpsearch.methods.rungs import HalvingSettings
from hpsearch.space import Numeric, Parameter, Space
from hpsearch.trial import Metric, Result, Status

SPACE = Space((Parameter("rate", Numeric("loguniform", 1e-4, 1.0)),))
SLOW = [1.0 - 0.05 * t for t in range(9)]  # behind at the rung, and ahead of the other in the end
FAST = [0.55 + 0.1 * 0.3**t for t in range(9)]


@pytest.mark.parametrize(
    ("promote", "asynchronous", "curves", "winner"),
    [
        ("rank", False, {1: FAST, 2: SLOW}, 1),
        ("forecast", False, {1: FAST, 2: SLOW}, 2),
        ("forecast", False, {1: SLOW, 2: FAST}, 1),
        ("forecast", False, {1: FAST, 2: []}, 1),
        ("rank", True, {1: FAST, 2: SLOW}, 1),
        ("forecast", True, {1: FAST, 2: SLOW}, 2),
        ("forecast", False, {1: FAST[:3], 2: SLOW[:3]}, 1),
    ],
)
def test_the_forecast_of_the_end_decides_where_it_is_asked_for_and_known(
    promote: str, asynchronous: bool, curves: dict[int, list[float]], winner: int
) -> None:
    settings = HalvingSettings(eta=2, min=9, max=18, promote=promote, asynchronous=asynchronous)
    kind = METHODS["halving"]
    method = kind(kind.completed(Plan(SPACE, seed=1, trials=2, settings=settings)))
    history = History(Metric("loss", "minimize"))
    history.curve = lambda number, until: curves[number][:until]
    for job in method.next_jobs(history, 2):
        history.add(job)
        value = curves[job.trial.number][-1] if curves[job.trial.number] else 0.6
        history.finish(job, Result(Status.PAUSED, {"loss": value}))
    assert [job.trial.number for job in method.next_jobs(history, 2)] == [winner]

from collections.abc import Callable

import numpy as np
import pytest

from hpsearch.history import History
from hpsearch.methods import Plan, RandomSearch
from hpsearch.space import Choice, Fixed, Numeric, Ordinal, Parameter, Space, among
from hpsearch.trial import Job, Metric, Result, Status, Trial


def _finished(space: Space, score: Callable, trials: int, seed: int = 0) -> History:
    """Random trials whose metric `y`, to be maximized, is a function of their settings; None is a failure."""
    history = History(Metric("y"))
    for job in RandomSearch(Plan(space, seed=seed, trials=trials)).next_jobs(history, trials):
        history.add(job)
    for trial in history.trials:
        value = score(trial.params)
        result = Result(Status.FAILED) if value is None else Result(Status.COMPLETE, {"y": value}, seconds=2.0)
        history.finish(Job(trial), result)
    return history


@pytest.fixture(scope="session")
def searched():
    """(space, score, trials, seed) -> history of a random search."""
    return _finished


@pytest.fixture(scope="session")
def listed():
    """Scores -> history of trials with these scores and a parameter `x` that is the trial's place."""

    def make(scores, goal="maximize"):
        history = History(Metric("y", goal))
        for i, score in enumerate(scores):
            history.add(Job(Trial(i + 1, 1, {"x": i / max(1, len(scores))}, 0)))
            history.finish(Job(history.trial(i + 1)), Result(Status.COMPLETE, {"y": float(score)}, seconds=2.0))
        return history

    return make


@pytest.fixture(scope="session")
def mixed():
    """A space of every kind of parameter, with conditions."""
    return Space(
        (
            Parameter("rate", Numeric("loguniform", 1e-4, 0.1)),
            Parameter("beta", Numeric("reverseloguniform", 0.9, 0.999)),
            Parameter("units", Numeric("lograndint", 16, 256)),
            Parameter("layers", Numeric("randint", 1, 4)),
            Parameter("dropout", Numeric("uniform", 0.0, 0.5, 0.1)),
            Parameter("optimizer", Choice(("sgd", "adam", "rmsprop"))),
            Parameter("eps", Numeric("loguniform", 1e-9, 1e-7), ({"optimizer": among("adam", "rmsprop")},)),
            Parameter("nesterov", Choice((True, False)), ({"optimizer": among("sgd")},)),
            Parameter("batch", Ordinal((16, 32, 64, 128))),
            Parameter("epochs", Fixed(20)),
        )
    )


@pytest.fixture(scope="session")
def cube():
    """Number of dimensions -> a space of uniform parameters a, b, c, ..."""
    return lambda d: Space(tuple(Parameter(chr(97 + i), Numeric("uniform", 0.0, 1.0)) for i in range(d)))


@pytest.fixture
def rng():
    return np.random.default_rng(0)

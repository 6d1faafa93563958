import numpy as np

from hpsearch.history import History
from hpsearch.insight import failure_region
from hpsearch.space import Choice, Numeric, Parameter, Space
from hpsearch.surrogate.observations import observe
from hpsearch.trial import Metric, Result, Status, Trial

SPACE = Space(
    (
        Parameter("learning_rate", Numeric("loguniform", 1e-4, 1.0)),
        Parameter("units", Numeric("lograndint", 8, 256)),
        Parameter("optimizer", Choice(("adam", "sgd"))),
    )
)


def history(fails, trials: int = 80, seed: int = 0) -> History:
    """Trials of which those fail whose settings, or a coin of theirs, say so."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, params in enumerate(SPACE.decode(rng.random((trials, 3))), start=1):
        status = Status.FAILED if fails(params, rng.random()) else Status.COMPLETE
        rows.append((Trial(number, 1, params, 0), Result(status, {"score": rng.random()})))
    return History(Metric("score"), rows)


def test_failures_above_a_value_are_found_with_the_counts() -> None:
    found = history(lambda params, _: params["learning_rate"] > 0.3)
    region = failure_region(observe(SPACE, found))
    assert region is not None
    name, sign, value = region.where.split()
    assert (name, sign) == ("learning_rate", ">")
    inside = [t for t in found.trials if t.params["learning_rate"] > float(value)]
    failed = [t for t in found.trials if found.results[t.number].status is Status.FAILED]
    assert region.inside == sum(t in inside for t in failed)
    assert region.failures == len(failed)
    assert 0.15 < float(value) < 0.35


def test_failures_of_one_choice_are_found() -> None:
    region = failure_region(observe(SPACE, history(lambda params, coin: params["optimizer"] == "sgd" and coin < 0.7)))
    assert region is not None
    assert region.where == "optimizer == 'sgd'"


def test_failures_that_come_by_chance_have_no_region() -> None:
    found = [failure_region(observe(SPACE, history(lambda _, coin: coin < 0.15, seed=seed))) for seed in range(40)]
    assert sum(region is not None for region in found) <= 2


def test_a_few_failures_are_too_few_to_say() -> None:
    rates = sorted(t.params["learning_rate"] for t in history(lambda *_: False).trials)
    assert failure_region(observe(SPACE, history(lambda params, _: params["learning_rate"] >= rates[-3]))) is None

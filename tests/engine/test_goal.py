"""Where a search ends by what its trials are: by their numbers, whatever finishes first."""

import itertools

import pytest

from hpsearch.engine.goal import Goal
from hpsearch.history import History
from hpsearch.store import Ending
from hpsearch.trial import Job, Metric, Result, Status, Trial

SCORES = [3.0, 5.0, 4.0, 6.0, 2.0, 9.0]


def found(order, scores=SCORES, **goal):
    """The goal after results have come in this order, of trials that all had begun."""
    history = History(Metric("y"))
    jobs = [Job(Trial(number, 1, {}, 0)) for number in range(1, len(scores) + 1)]
    for job in jobs:
        history.add(job)
    reads = Goal(history, **goal)
    for i in order:
        status = Status.COMPLETE if scores[i] is not None else Status.FAILED
        result = Result(status, {} if scores[i] is None else {"y": scores[i]})
        reads.take([(jobs[i], result)])
        history.finish(jobs[i], result)
    assert Goal(history, **goal).ending == reads.ending  # what is known follows from the history alone
    return reads


@pytest.mark.parametrize("order", [*itertools.permutations(range(6))][::7])
def test_the_end_does_not_depend_on_what_finishes_first(order):
    assert found(order, target=5.5).ending == Ending("target", 4)
    assert found(order, patience=1).ending == Ending("patience", 3)
    assert found(order, target=8, patience=2).ending == Ending("target", 6)
    assert found(order, target=10, patience=2).ending is None


def test_it_ends_where_all_before_are_known_and_starts_nothing_past_what_may_be_the_end():
    early = found([3], target=5.5)
    assert (early.ending, early.last, early.settled) == (None, 4, 0)
    assert found([3, 1, 0], target=5.5).ending is None
    assert found([3, 1, 0, 2], target=5.5).ending == Ending("target", 4)


def test_failures_are_trials_that_are_no_better():
    assert found(range(4), [1.0, None, None, 2.0], patience=2).ending == Ending("patience", 3)
    assert found(range(2), [None, None], patience=2).ending == Ending("patience", 2)
    assert found(range(1), [None], target=-5).ending is None


def test_trials_of_another_space_count_where_they_lie_and_patience_begins_after_them():
    assert found(range(6), earlier=4, patience=1).ending == Ending("patience", 5)
    assert found(range(6), earlier=6, patience=1).ending is None
    assert found(range(6), target=5.5, earlier=2).ending == Ending("target", 4)
    assert found(range(6), target=5.5, earlier=5).ending == Ending("target", 5, by=4)  # those before are all there
    assert found(range(6), target=5.5, earlier=4, outside={4}).ending == Ending("target", 6)
    assert found(range(6), target=5.5, earlier=6, outside={4, 6}).ending is None
    assert found(range(5), patience=1, earlier=4, outside={4}, scores=[1.0, 2, 3, 9, 4, 5]).ending is None
    assert found([0], target=2, earlier=3).last == 3

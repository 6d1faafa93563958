"""What is said of trials that fell behind, against histories whose audit is known."""

from hpsearch.history import History
from hpsearch.insight import Audit, audit
from hpsearch.trial import Metric, Result, Status, Trial


def history(*rows: tuple[Status, float, float | None]) -> History:
    """A history of (status, score, step at which it fell)."""
    return History(
        Metric("score"),
        ((Trial(i, 1, {}, 0), Result(s, {"score": v}, fell=fell)) for i, (s, v, fell) in enumerate(rows, 1)),
    )


FINE = [(Status.COMPLETE, 0.5 + i / 100, None) for i in range(20)]


def test_without_a_trial_that_fell_there_is_nothing_to_say() -> None:
    assert audit(history(*FINE)) is None


def test_audited_trials_that_came_to_nothing() -> None:
    found = audit(history(*FINE, (Status.STOPPED, 0.1, 3), (Status.STOPPED, 0.1, 3), (Status.COMPLETE, 0.2, 4)))
    assert found == Audit(stopped=2, finished=1, reached=0, best=False)
    assert found.sentence == (
        "2 trials fell behind and were stopped; 1 more was finished all the same, as an audit: none of them came "
        "among the best tenth."
    )


def test_an_audited_trial_that_is_best_says_so_and_what_to_do() -> None:
    found = audit(history(*FINE, (Status.STOPPED, 0.1, 3), (Status.COMPLETE, 0.9, 4), (Status.FAILED, 0.0, 4)))
    assert found == Audit(stopped=1, finished=1, reached=1, best=True)
    assert "1 of them came among the best tenth, the best trial of all among them. Stop later" in found.sentence


def test_nothing_was_audited() -> None:
    found = audit(history(*FINE, (Status.STOPPED, 0.1, 3)))
    assert found is not None
    assert "none that fell behind was finished" in found.sentence

"""A search that goes wrong as a whole is stopped with the reason; one failure never stops it."""

import pytest

from hpsearch.engine.failures import Failures
from hpsearch.errors import SearchFailedError
from hpsearch.history import History
from hpsearch.trial import Metric, Result, Status, Trial


def failed(error: str, status: Status = Status.FAILED) -> Result:
    return Result(status, error=error)


GOOD = Result(Status.COMPLETE, {"score": 1.0})


def stops(*results: Result, most: int | None = None, before: tuple[Result, ...] = ()) -> int | None:
    """After how many of the results the search stops."""
    rows = [(Trial(i, 1, {}, 0), result) for i, result in enumerate(before, 1)]
    failures = Failures(History(Metric("score"), rows), most)
    for i, result in enumerate(results, 1):
        failures.add(result)
        try:
            failures.check()
        except SearchFailedError:
            return i
    return None


def test_five_first_failures_of_one_kind_stop_the_search_whatever_the_numbers_in_them() -> None:
    assert stops(*(failed(f"lr={i / 7} is wrong at 0x{i}ff in /tmp/{i}/a.py") for i in range(9))) == 5


@pytest.mark.parametrize(
    "results",
    [
        [GOOD] + [failed("x")] * 9,
        [failed("x")] * 4 + [GOOD] + [failed("x")] * 9,
        [failed("x")] * 4 + [failed("y")] + [failed("x")] * 9,
        [failed("x", Status.DIVERGED)] * 9,
    ],
)
def test_success_another_reason_or_divergence_lets_it_go_on(results: list[Result]) -> None:
    assert stops(*results) is None


def test_a_resumed_search_gets_another_five_tries() -> None:
    assert stops(*[failed("x")] * 9, before=(failed("x"),) * 5) == 5
    assert stops(*[failed("x")] * 9, before=(GOOD,)) is None


def test_too_many_failures_stop_a_search_whenever_they_come() -> None:
    results = [GOOD, failed("x"), failed("y"), GOOD, failed("z", Status.TIMED_OUT), failed("w", Status.DIVERGED)]
    assert stops(*results, most=3) == 5
    assert stops(*results, most=3, before=(failed("a"),)) == 3
    assert stops(*results, most=4) is None


def test_who_says_how_many_may_fail_is_not_stopped_before() -> None:
    assert stops(*[failed("invalid combination")] * 9, most=100) is None
    assert stops(*[failed("invalid combination")] * 9, most=7) == 7


def test_the_message_gives_the_reason_once_and_the_way_on() -> None:
    failures = Failures(History(Metric("score")), None)
    for _ in range(5):
        failures.add(failed("No module named 'torch': exit code 1"))
    with pytest.raises(SearchFailedError) as error:
        failures.check()
    assert str(error.value).count("No module named 'torch'") == 1
    assert "5 trials" in str(error.value)

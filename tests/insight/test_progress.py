from hpsearch.insight import progress
from hpsearch.trial import Job, Result, Status, Trial


def later(history, *values):
    for value in values:
        number = history.next_number
        history.add(Job(Trial(number, 2, {"x": 0.5}, 0)))
        history.finish(Job(history.trial(number)), Result(Status.COMPLETE, {"y": value}))
    return history


def test_a_search_of_one_round_has_no_later_rounds_to_speak_of(listed):
    assert progress(listed([3.0, 2.0, 1.0])) is None
    assert progress(listed([])) is None


def test_it_says_what_the_later_rounds_brought_and_how_long_nothing_better_came(listed):
    found = progress(later(listed([3.0, 2.0, 4.0], "minimize"), 2.5, 0.5, 0.6, 0.7))
    assert (found.first, found.best, found.later, found.since) == (2.0, 0.5, 4, 2)
    assert found.sentence == (
        "The 4 trials after the first round took the best from 2 to 0.5. The last 2 of them brought nothing better."
    )


def test_it_says_when_the_later_rounds_brought_nothing(listed):
    assert "brought nothing better than its 3" in progress(later(listed([3.0, 2.0]), 1.0)).sentence

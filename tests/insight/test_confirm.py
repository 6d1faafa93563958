import numpy as np
import pytest
from scipy import stats

from hpsearch.history import History
from hpsearch.insight.noise import Candidate, confirm, confirmation, preferred, ties
from hpsearch.trial import Job, Metric, Result, Status, Trial

NAN = float("nan")


def test_intervals_and_p_values_are_those_of_scipy(rng):
    a, b = rng.normal(1, 0.2, 5), rng.normal(0.8, 0.2, 5)
    found = confirm([Candidate(1, tuple(a)), Candidate(2, tuple(b))])
    by_number = {c.number: c for c in found.contenders}
    low, high = stats.t.interval(0.95, 4, a.mean(), stats.sem(a))
    assert (by_number[1].low, by_number[1].high) == pytest.approx((low, high))
    assert found.contenders[1].p_value == pytest.approx(stats.ttest_rel(a, b).pvalue)


def test_a_clear_winner_is_certain_and_a_lucky_one_is_not():
    clear = confirm([Candidate(7, (0.5, 0.51, 0.49)), Candidate(3, (0.9, 0.91, 0.89))])
    assert (clear.winner, clear.certain) == (3, True)
    lucky = confirm([Candidate(7, (0.9, 0.8, 0.85)), Candidate(3, (0.95, 0.75, 0.84))])
    assert not lucky.certain
    assert [c.tied for c in lucky.contenders] == [True, True]


def test_common_seeds_tell_trials_apart_that_their_spread_alone_would_not():
    seeds = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    better, worse = seeds + 0.02 + 0.001 * np.arange(5), seeds
    assert stats.ttest_ind(better, worse).pvalue > 0.5
    assert confirm([Candidate(1, tuple(worse)), Candidate(2, tuple(better))]).certain


def test_a_smaller_metric_wins_when_it_is_to_be_minimized():
    assert confirm([Candidate(1, (0.1, 0.11)), Candidate(2, (0.5, 0.52))], "minimize").contenders[0].number == 1


def test_among_tied_ones_the_clearly_cheaper_is_taken():
    dear, cheap, same = (0.9, 0.8, 0.86), (0.89, 0.81, 0.84), (0.88, 0.81, 0.85)
    found = confirm([Candidate(1, dear, 10.0), Candidate(2, cheap, 2.0), Candidate(3, same, 9.9)])
    assert found.winner == 2
    assert "20%" in found.reason
    assert confirm([Candidate(1, dear, 10.0), Candidate(3, same, 9.9)]).winner == 1


def test_a_trial_whose_replicates_fail_comes_after_those_that_hold():
    found = confirm([Candidate(1, (0.99, NAN, 0.99)), Candidate(2, (0.5, 0.6, 0.55)), Candidate(3, (NAN, NAN))])
    assert [c.number for c in found.contenders] == [2, 1, 3]
    assert [c.failed for c in found.contenders] == [0, 1, 2]
    assert found.winner == 2


def test_all_failures_and_a_single_candidate_have_a_verdict_and_none_is_an_error():
    assert confirm([Candidate(1, (NAN,))]).reason == "every replicate failed"
    assert "only one" in confirm([Candidate(1, (0.5, 0.6))]).reason
    with pytest.raises(ValueError, match="at least one"):
        confirm([])


def test_a_false_winner_is_named_in_about_5_percent_of_equal_fields():
    rng = np.random.default_rng(5)
    named = [confirm([Candidate(i, tuple(rng.normal(size=5))) for i in range(4)]).certain for _ in range(400)]
    assert np.mean(named) < 0.08


def test_among_tied_ones_a_time_that_differs_as_timings_do_does_not_overturn_the_best_mean():
    found = confirm([Candidate(1, (0.9, 0.8, 0.86), 1.0), Candidate(2, (0.89, 0.81, 0.84), 0.7)])
    assert found.winner == 1
    assert "best mean" in found.reason


def test_replicates_that_are_missing_shift_no_pair():
    seeds = (0.0, 0.1, 0.2, 0.3, 0.4)
    whole = Candidate(1, tuple(seed + 0.02 + 0.001 * i for i, seed in enumerate(seeds)))
    holes = Candidate(2, (None, *seeds[1:]))
    found = confirm([whole, holes])
    assert found.contenders[1].p_value == pytest.approx(stats.ttest_rel(whole.values[1:], seeds[1:]).pvalue)
    assert {one.number: (one.count, one.failed) for one in found.contenders} == {1: (5, 0), 2: (4, 0)}


def test_before_the_last_repetition_there_is_no_winner():
    found = confirm([Candidate(1, (0.9, 0.8)), Candidate(2, (0.1, None))], missing=1)
    assert (found.winner, found.certain) == (None, False)
    assert "1 repetitions are still to come" in found.reason


@pytest.mark.parametrize("other", [(0.5, 0.5), (0.4, 0.4)])
def test_replicates_that_are_all_equal_say_nothing_of_noise(other):
    found = confirm([Candidate(1, (0.5, 0.5)), Candidate(2, other)])
    assert not found.certain
    assert found.winner == 1
    assert "seems to ignore its seed (HPSEARCH_SEED" in found.reason


def history_of(*replicates: dict[int, float | None]) -> History:
    """Trials 1, 2, ... that scored 1, 1/2, ..., with these replicates; None for one that waits."""
    history = History(Metric("score"))
    for number, row in enumerate(replicates, 1):
        trial = Trial(number, 1, {}, 0)
        history.add(Job(trial))
        history.finish(Job(trial), Result(Status.COMPLETE, {"score": 1 / number}))
        for replicate, value in row.items():
            history.add(Job(trial, replicate))
            if value is not None:
                history.finish(Job(trial, replicate), Result(Status.COMPLETE, {"score": value}))
    return history


def test_a_confirmation_that_is_half_done_changes_nothing_of_which_trial_is_best():
    waiting = history_of({1: None, 2: None}, {1: 0.9, 2: 0.8})
    found = confirmation(waiting)
    assert found is not None
    assert (found.winner, found.missing) == (None, 2)
    assert preferred(waiting) == waiting.trial(1)
    confirmed = history_of({1: 0.1, 2: 0.2}, {1: 0.9, 2: 0.8})
    assert preferred(confirmed) == waiting.trial(2)
    del confirmed.results[2]  # damaged, repaired and not run again yet
    assert preferred(confirmed) == confirmed.best()


def test_of_replicates_by_their_number_only_those_of_one_seed_are_paired():
    found = confirmation(history_of({1: 0.1, 2: 0.2, 3: 0.35}, {2: 0.19, 3: 0.33}))
    assert found is not None
    assert found.contenders[1].p_value == pytest.approx(stats.ttest_rel((0.2, 0.35), (0.19, 0.33)).pvalue)


def test_replicates_that_are_all_equal_are_no_measure_of_noise():
    same = ties(history_of({1: 1.0, 2: 1.0}, {}), {}, examples=100)
    assert "binomial" in same.source

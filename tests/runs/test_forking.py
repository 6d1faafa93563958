"""Forks of trials: what can be gone on from, what is refused and why, and how a trial came about."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from hpsearch.engine.executors import InlineExecutor
from hpsearch.errors import UsageError
from hpsearch.runs import Run
from hpsearch.runs.forking import Stretch, fork, parsed, stretches, turned
from hpsearch.runs.replay import replayed
from hpsearch.store import Store
from hpsearch.trial import BY_HAND, Job, Status, Trial
from tests.runs.conftest import forks_done


def expected(lr: float, epochs: int, w: float = 0.0) -> float:
    for _ in range(epochs):
        w += lr * (1 - w)
    return w


def test_a_fork_goes_on_with_what_its_parent_had_become(own: Run) -> None:
    with own as run:
        unchanged, turned_up = fork(run, 1, 2), fork(run, 1, 2, {"lr": 0.5})
        further = fork(run, 2, until=9)
        forks_done(run)
        results = run.history.results
        curves = run.store.curves()
    assert results[unchanged.number].metrics == results[1].metrics
    assert curves[unchanged.number] == curves[1]
    assert results[turned_up.number].metrics["score"] == expected(0.5, 4, expected(0.1, 2))
    assert results[further.number].metrics["score"] == expected(0.5, 9)
    assert len(curves[further.number]["score"]) == 9
    assert [trial.number for trial in run.history.trials] == [1, 2, 3], "the search knows nothing of them"


def test_a_fork_of_a_fork_before_it_branched_off_is_one_of_its_parent(own: Run) -> None:
    with own as run:
        first = fork(run, 1, 4)
        forks_done(run)
        early, late = fork(run, first.number, 4), fork(run, first.number, 5)
        forks_done(run)
    assert (early.parent, early.branch) == (1, 4)
    assert (late.parent, late.branch) == (first.number, 5)
    assert run.history.results[early.number].metrics == run.history.results[1].metrics


def test_a_failed_trial_goes_on_from_before_it_failed(own: Run) -> None:
    with own as run:
        child = fork(run, 3, 2, {"lr": 0.5}, until=6)
        forks_done(run)
    assert run.history.results[child.number].metrics["score"] == expected(0.5, 4, expected(0.001, 2))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((99,), "own has no trial 99; the last one is 3"),
        ((1, 0), "1@0: trial 1 of own can be gone on from 1 to 6"),
        ((1, 7), "1@7: trial 1 of own can be gone on from 1 to 6"),
        ((1,), "--until: how far is it trained. it goes on from 6, and is complete at 6: --until 12"),
        ((1, 3, {}, 3), "it goes on from 3, and is complete at 3: --until 6"),
        ((1, 3, {}, 2), "it goes on from 3, and is complete at 2: --until 6"),
        ((3,), "lr is too small.*\n  name where to go on from, from 1 to 2: 3@EPOCH"),
        ((3, 3), "3@3: trial 3 of own can be gone on from 1 to 2"),
        ((1, 3, {"rate": 1}), "--set rate: no such hyperparameter"),
        ((1, 3, {"lr": 7}), r"--set lr=7: is not in its range, loguniform\(0.001, 1\)"),
        ((1, 3, {"lr": float("nan")}), "is not in its range"),
        ((1, 3, {"lr": "x"}), "is not in its range"),
    ],
)
def test_what_cannot_be_is_refused_with_the_rule_and_the_way_out(
    own: Run, given: tuple[object, ...], told: str
) -> None:
    with own as run, pytest.raises(UsageError, match=told):
        fork(run, *given)  # type: ignore[arg-type]
    assert not run.history.forks


def test_all_that_is_wrong_is_said_at_once(own: Run) -> None:
    with own as run, pytest.raises(UsageError) as caught:
        fork(run, 1, 3, {"lr": 7, "rate": 1}, until=2)
    assert [bool(re.search(text, str(caught.value))) for text in ("--until", "rate", "range")] == [True] * 3


def test_a_function_that_reports_once_is_forked_where_one_says_from_where_and_how_far(
    opened: Callable[..., Run],
) -> None:
    with opened(train="plain") as run:
        for _ in run.arrivals():
            pass
        with pytest.raises(UsageError, match=r"nobody knows how far trial 1 of own came\n.*with --until: 1@EPOCH"):
            fork(run, 1, until=9)
        with pytest.raises(UsageError, match="--until: how far"):
            fork(run, 1, 3)
        children = [fork(run, 1, 3, until=9)]
        forks_done(run)
        children.append(fork(run, 1, 4, until=9))  # a part of trial 1 was made again, which says nothing of its end
        forks_done(run)
    for child in children:
        assert run.history.results[child.number].metrics["score"] == pytest.approx(expected(0.1, 9), abs=1e-15)


def test_a_trial_that_is_trained_again_leaves_its_forks_their_curves(own: Run) -> None:
    with own as run:
        child = fork(run, 1, 2)
        forks_done(run)
        before = run.store.curves()[child.number]
        run.put_back([1])
        for _ in run.arrivals():
            pass
        assert run.store.curves()[child.number] == before
        assert run.store.curves()[1] == before


def test_a_new_round_leaves_what_was_forked_and_waits(own: Run) -> None:
    with own as run:
        child = fork(run, 1, 2)
        run.begin_round(replace(run.newest, number=2))
        assert run.history.trial(child.number) == child
        assert [job for batch in run.store.pending() for job in batch] == [Job(child, start=2)]
        forks_done(run)
    assert run.history.results[child.number].status is Status.COMPLETE


def test_a_fork_of_a_trial_past_the_end_of_the_search_stays_with_what_it_descends_from(own: Run) -> None:
    from hpsearch.store import Ending

    with own as run:
        child = fork(run, 2, 2)
        forks_done(run)
        run.end(Ending("target", last=1))
        assert [trial.number for trial in run.history.trials] == [1]
        assert [trial.number for trial in run.history.line(child.number)] == [2, child.number]
        run.begin_round(replace(run.newest, number=2))
        assert [trial.number for trial in run.history.line(child.number)] == [2, child.number]
        assert 3 not in {trial.number for trial in run.history.all_trials}


def test_a_process_that_writes_to_the_run_keeps_others_from_forking(own: Run) -> None:
    from hpsearch.errors import RunLockedError
    from hpsearch.runs import resume_run

    with own as run, pytest.raises(RunLockedError):
        resume_run(run.store.folder)


def test_values_are_those_of_the_config_and_of_what_exists_with_them(own: Run) -> None:
    with own as run:
        assert turned(run.config, run.config.space, {"lr": 0.1}, {"lr": 0.2}) == ({"lr": 0.2}, [])
    assert parsed(["lr=1e-2", " parameters.lr = 3"]) == {"lr": 3}
    for text in ("lr", "lr=", "=3"):
        with pytest.raises(UsageError, match="must be NAME=VALUE"):
            parsed([text])


def test_stretches_are_the_segments_of_the_whole_line_and_a_replay_of_them_gives_the_same_numbers(own: Run) -> None:
    with own as run:
        first = fork(run, 1, 2, {"lr": 0.5})
        forks_done(run)
        second = fork(run, first.number, 4, {"lr": 0.9}, until=8)
        with pytest.raises(UsageError, match=f"trial {second.number} of own has no result yet"):
            fork(run, second.number)
        forks_done(run)
        third = fork(run, second.number, 8, until=10)
        forks_done(run)
        history = run.history
    parent = history.trial(1)
    assert stretches(history, third.number) == [
        Stretch(parent, 0, 2),
        Stretch(first, 2, 4),
        Stretch(second, 4, 8),
        Stretch(third, 8, None),
    ]
    for number in history.results.keys() - {3}:
        *_, (_, again) = replayed(run.config, history, number, InlineExecutor())
        assert again.metrics == history.results[number].metrics


def test_what_was_forked_from_the_very_beginning_has_nothing_of_its_parent(own: Run) -> None:
    with own as run:
        child = Trial(run.history.next_number, BY_HAND, {"lr": 0.3}, 0, parent=1, branch=0, end=6)
        run.store.add_batches([[Job(child)]])
        run.reload()
        forks_done(run)
        assert stretches(run.history, child.number) == [Stretch(child, 0, None)]


def test_history_read_again_is_that_of_the_run(own: Run) -> None:
    with own as run:
        child = fork(run, 1, 2)
        forks_done(run)
        with Store(run.store.folder) as store:
            again = store.history()
        assert {n: replace(r, curve={}) for n, r in run.history.results.items()} == again.results
        assert again.forks == [child]


def test_a_checkpoint_that_is_too_large_is_said_and_not_left_on_the_disk(opened: Callable[..., Run]) -> None:
    with opened(inline="inline, checkpoint_size: 10") as run:
        for _ in run.arrivals():
            pass
        child = fork(run, 1, 2)
        forks_done(run)
        result = run.history.results[child.number]
        assert result.status is Status.FAILED
        assert "execution.checkpoint_size allows 10" in (result.error or "")
        assert not list(run.store.folder.glob("trials/*/checkpoint-*"))
        assert run.history.results[1].status is Status.COMPLETE

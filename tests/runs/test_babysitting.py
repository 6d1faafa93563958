"""One model watched: every touch is a fork, and whoever leaves comes back to the same tree."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hpsearch.errors import UsageError
from hpsearch.runs import Run
from hpsearch.runs.babysitting import Babysitter, begun, taken_up
from hpsearch.runs.forking import fork
from hpsearch.trial import BY_HAND, Status
from tests.runs.conftest import forks_done


def sitter(run: Run, **given: object) -> Babysitter:
    return Babysitter(run, run.executor(), begun(run, {"lr": 0.1}, 6), **given)  # type: ignore[arg-type]


def train(model: Babysitter, until: int) -> None:
    while model.epoch < until and not model.is_over:
        for _ in model.advance():
            pass


def tree(run: Run) -> list[tuple[object, ...]]:
    history = run.history
    return [(t.number, t.parent, t.branch, t.params, history.reached(t.number)) for t in history.forks]


def test_each_touch_begins_a_branch_where_it_was_made(opened: Callable[..., Run]) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, 2)
        model.turn("lr", 0.5)
        train(model, 4)
        model.back(3)
        model.step("lr", up=True)
        train(model, 6)
        assert tree(run) == [(1, None, 0, {"lr": 0.1}, 2), (2, 1, 2, {"lr": 0.5}, 4), (3, 2, 3, {"lr": 0.75}, 6)]
        assert model.is_over
        w = 0.0
        for lr in (0.1, 0.1, 0.5, 0.75, 0.75, 0.75):
            w += lr * (1 - w)
        assert model.result is not None
        assert model.result.metrics["score"] == w
        assert model.curves(model.trial)["score"][-1] == pytest.approx(w, rel=1e-6)


def test_a_step_back_holds_until_something_is_touched_and_untouched_it_goes_on_from_where_it_was(
    opened: Callable[..., Run],
) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, 3)
        advance = model.advance()
        next(advance)
        model.back(1)  # while a segment is trained
        list(advance)
        assert (model.epoch, model.reached(model.trial)) == (1, 4)
        list(model.advance())
        assert model.epoch == 5
        assert len(run.history.forks) == 1


def test_back_to_the_very_beginning_is_a_branch_that_has_nothing_of_the_one_before(opened: Callable[..., Run]) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, 2)
        model.back(0)
        model.turn("lr", 0.5)
        train(model, 2)
        assert tree(run)[1:] == [(2, 1, 0, {"lr": 0.5}, 2)]
        assert model.curves(model.trial)["score"] == [0.5, 0.75]


def test_the_better_of_two_branches_is_gone_on_with(opened: Callable[..., Run]) -> None:
    with opened() as run:
        model = sitter(run)
        with pytest.raises(UsageError, match="no two branches"):
            model.keep_the_better()
        train(model, 2)
        model.turn("lr", 0.01)
        train(model, 3)
        model.to(1)
        train(model, 3)
        model.to(2)
        model.keep_the_better()
        assert model.trial.number == 1
        model.keep_the_better()
        assert model.trial.number == 1


@pytest.mark.parametrize(
    ("touch", "told"),
    [
        (lambda model: model.turn("rate", 1), "no such hyperparameter"),
        (lambda model: model.turn("lr", 7), "is not in its range"),
        (lambda model: model.step("rate", up=True), "there is no knob 'rate'; they are lr"),
        (lambda model: model.back(3), "back 3: must be from 0 to 2"),
        (lambda model: model.to(9), "to 9: there is no such trial"),
    ],
)
def test_what_cannot_be_touched_is_refused_and_nothing_is_another(
    opened: Callable[..., Run], touch: Callable[[Babysitter], None], told: str
) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, 2)
        with pytest.raises(UsageError, match=told):
            touch(model)
        train(model, 3)
        assert tree(run) == [(1, None, 0, {"lr": 0.1}, 3)]


def test_a_complete_model_cannot_be_turned_where_nothing_is_left_to_be_trained(opened: Callable[..., Run]) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, 6)
        with pytest.raises(UsageError, match="complete at 6: step back first, or --until 12"):
            model.turn("lr", 0.5)
        model.back(5)
        model.turn("lr", 0.5)
        train(model, 6)
        assert tree(run)[1:] == [(2, 1, 5, {"lr": 0.5}, 6)]


@pytest.mark.parametrize("left_at", [0, 2, 3])
def test_left_and_taken_up_again_it_is_the_same_tree(opened: Callable[..., Run], left_at: int) -> None:
    with opened() as run:
        model = sitter(run)
        train(model, left_at)
        model.turn("lr", 0.5)
        model.leave()
        number = model.trial.number
        executor = model.executor
        executor.close(cancel=True)
    with opened() as run:
        for trial in (begun(run, {}, None), taken_up(run, number, None, None)):
            assert (trial.number, trial.parent, trial.branch, trial.params) == (
                (2, 1, left_at, {"lr": 0.5}) if left_at else (1, None, 0, {"lr": 0.5})
            )
        model = Babysitter(run, run.executor(), taken_up(run, number, None, None))
        train(model, 6)
        assert tree(run)[-1] == (number, trial.parent, left_at, {"lr": 0.5}, 6)


def test_a_branch_taken_up_before_it_left_its_parent_is_one_of_its_parent(own: Run) -> None:
    with own as run:
        child = fork(run, 1, 4)
        forks_done(run)
        trial = taken_up(run, child.number, 2, None)
        assert (trial.parent, trial.branch, trial.end, trial.round) == (1, 2, 6, BY_HAND)
        model = Babysitter(run, run.executor(), trial)
        train(model, 6)
        assert run.history.results[trial.number].metrics == run.history.results[1].metrics


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((9, None, None), "no trial 9"),
        ((1, None, None), "it goes on from 6, and is complete at 6: --until 12; or from before: 1@3"),
        ((1, 9, None), "1@9: trial 1 of own can be gone on from 1 to 6"),
        ((1, 3, 2), "it goes on from 3, and is complete at 2: --until 6"),
        ((3, None, 9), "lr is too small"),
    ],
)
def test_what_cannot_be_taken_up_is_refused(own: Run, given: Sequence[int | None], told: str) -> None:
    with own as run, pytest.raises(UsageError, match=told):
        taken_up(run, *given)  # type: ignore[arg-type]


def test_a_model_of_which_nobody_knows_the_end_or_with_a_wrong_value_does_not_begin(opened: Callable[..., Run]) -> None:
    with opened() as run:
        with pytest.raises(UsageError, match="--until 60"):
            begun(run, {}, None)
        with pytest.raises(UsageError, match="not in its range"):
            begun(run, {"lr": 7}, 6)


def test_of_many_segments_the_newest_checkpoints_are_kept_and_what_others_go_on_from(
    opened: Callable[..., Run],
) -> None:
    with opened() as run:
        model = Babysitter(run, run.executor(), begun(run, {"lr": 0.1}, 200))
        train(model, 7)
        model.turn("lr", 0.2)
        model.leave()
        model.to(1)
        train(model, 60)
        kept = {at for number, _, at in run.store.checkpoints() if number == 1}
        assert {7, *range(51, 61)} <= kept
        assert len(kept) < 20
        held = {path.name for path in Path(run.store.folder / "trials" / "1").glob("checkpoint-*")}
        assert held == {f"checkpoint-{at}" for at in kept}


def test_a_failed_model_is_over_and_goes_on_from_before(opened: Callable[..., Run]) -> None:
    with opened() as run:
        model = Babysitter(run, run.executor(), begun(run, {"lr": 0.001}, 6))
        train(model, 6)
        assert model.is_over
        assert model.result is not None
        assert model.result.status is Status.FAILED
        assert model.epoch == 3
        model.turn("lr", 0.5)
        train(model, 6)
        assert tree(run)[-1] == (2, 1, 3, {"lr": 0.5}, 6)

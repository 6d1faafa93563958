"""The curve of a trial through its segments and those of its line."""

from hpsearch.stopping import STEP
from hpsearch.store.curves import Curve, Curves
from hpsearch.store.tables import END, curve_row
from hpsearch.trial import Job, Result, Status, Trial


def row(trial: Trial, start: int, until: int | None, curve: Curve) -> tuple[object, ...]:
    return curve_row(Job(trial, start=start, until=until), Result(Status.PAUSED, {}, curve))


ROOT, CHILD = Trial(1, 1, {}, 0, end=6), Trial(2, 0, {}, 0, parent=1, branch=4, end=8)
TRIALS = {1: ROOT, 2: CHILD}


def curves(*rows: tuple[object, ...]) -> Curves:
    return Curves.of(rows)


def test_segments_stand_one_behind_the_other_up_to_the_newest() -> None:
    known = curves(
        row(ROOT, 0, 2, {"loss": [6, 5]}), row(ROOT, 2, 4, {"loss": [4, 3]}), row(ROOT, 4, None, {"loss": [2, 1]})
    )
    assert known.whole(1, {}) == {"loss": [6, 5, 4, 3, 2, 1]}
    assert curves(row(ROOT, 0, 2, {"loss": [6, 5]}), row(ROOT, 2, 4, {"loss": [4, 3]})).whole(1, {})["loss"] == [
        6,
        5,
        4,
        3,
    ]


def test_a_fork_has_its_parents_curve_up_to_where_it_left_it() -> None:
    segments = [row(ROOT, 0, 4, {"loss": [6, 5, 4, 3]}), row(ROOT, 0, None, {"loss": [6, 5, 4, 3, 2, 1]})]
    known = curves(*segments, row(CHILD, 4, 6, {"loss": [9, 8]}), row(CHILD, 6, None, {"loss": [7, 7]}))
    assert known.whole(2, TRIALS) == {"loss": [6, 5, 4, 3, 9, 8, 7, 7]}
    assert known.whole(1, TRIALS) == {"loss": [6, 5, 4, 3, 2, 1]}


def test_a_fork_at_its_parents_end_has_all_of_it() -> None:
    child = Trial(2, 0, {}, 0, parent=1, branch=6, end=8)
    known = curves(row(ROOT, 0, None, {"loss": [1] * 6}), row(child, 6, None, {"loss": [2, 2]}))
    assert known.whole(2, {1: ROOT, 2: child}) == {"loss": [1] * 6 + [2, 2]}


def test_steps_count_on_and_are_left_out_where_they_are_those_of_the_values() -> None:
    known = curves(row(ROOT, 0, 2, {"loss": [6, 5]}), row(ROOT, 2, None, {"loss": [4, 3], STEP: [3, 4]}))
    assert known.whole(1, {}) == {"loss": [6, 5, 4, 3]}
    known = curves(row(ROOT, 0, 2, {"loss": [6, 5], STEP: [10, 20]}), row(ROOT, 2, None, {"loss": [4, 3]}))
    assert known.whole(1, {}) == {"loss": [6, 5, 4, 3], STEP: [10, 20, 21, 22]}


def test_a_segment_that_is_not_there_leaves_a_gap() -> None:
    assert curves(row(CHILD, 4, None, {"loss": [9]})).whole(2, TRIALS)["loss"] == [9]


def test_a_trial_of_three_thousand_segments_has_one_curve() -> None:
    known = curves(*(row(ROOT, n, n + 1, {"loss": [float(n)]}) for n in range(3000)))
    assert END not in known.pieces[1]
    assert known.whole(1, {}) == {"loss": [float(n) for n in range(3000)]}

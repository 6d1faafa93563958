"""Who descends from whom, and the settings of a line by where they held."""

from hpsearch.history import History
from hpsearch.report.lineage import changed, descents, schedule
from hpsearch.report.where import ABSENT
from hpsearch.trial import BY_HAND, Job, Metric, Result, Status, Trial


def history(*trials: tuple[Trial, float | None], goal: str = "maximize") -> History:
    found = History(Metric("score", goal))
    for trial, value in trials:
        found.know(trial)
        if value is not None:
            found.finish(Job(trial), Result(Status.COMPLETE, {"score": value}))
        else:
            found.add(Job(trial))
    return found


def root(number: int, **params: object) -> Trial:
    return Trial(number, 1, params, 0, end=10)


def child(number: int, parent: int, branch: int, **params: object) -> Trial:
    return Trial(number, BY_HAND, params, 0, parent, branch, 10)


LINE = (
    (root(1, lr=0.1), 0.5),
    (root(2, lr=0.2), 0.6),
    (child(3, 1, 4, lr=0.3), 0.7),
    (child(4, 3, 6, lr=0.3), 0.9),
    (child(5, 1, 2, lr=0.1, dropout=0.5), None),
    (root(6, lr=0.1), 0.8),
    (child(7, 6, 5, lr=0.1), 0.8),
)


def test_families_are_trees_and_the_one_with_the_best_trial_comes_first() -> None:
    found = descents(history(*LINE))
    assert [each.trial.number for each in found] == [1, 6]
    assert [each.trial.number for each in found[0].children] == [3, 5]
    assert [each.trial.number for each in found[0].children[0].children] == [4]
    assert [each.trial.number for each in descents(history(*LINE, goal="minimize"))] == [1, 6]


def test_what_was_changed_and_what_it_brought_is_by_the_parent_with_larger_being_better() -> None:
    for goal, sign in (("maximize", 1), ("minimize", -1)):
        turned, waits = descents(history(*LINE, goal=goal))[0].children
        assert turned.changes == {"lr": (0.1, 0.3)}
        assert turned.gain == sign * (0.7 - 0.5)
        assert turned.children[0].changes == {}
        assert (waits.status, waits.gain) == (None, None)


def test_a_thousand_forks_of_forks_are_no_depth_that_ends_anything() -> None:
    line = [(root(1, lr=0.1), 0.0), *((child(n, n - 1, n - 1, lr=n), n / 5000) for n in range(2, 3000))]
    (found,) = descents(history(*line))
    depth = 1
    while found.children:
        (found,), depth = found.children, depth + 1
    assert depth == 2999
    assert len(schedule(history(*line), 2999)) == 2999


def test_a_family_whose_root_does_not_count_is_still_there() -> None:
    known = History(Metric("score"))
    known.know(child(3, 1, 4, lr=0.3))
    known.recall(root(1, lr=0.1))
    (family,) = descents(known)
    assert (family.trial.number, family.status, family.children[0].trial.number) == (1, None, 3)
    assert known.trials == []


def test_changes_name_what_came_and_what_went() -> None:
    before, after = root(1, lr=0.1, momentum=0.9, n=1), child(2, 1, 3, lr=0.1, dropout=0.5, n=1.0)
    assert changed(before, after) == {"momentum": (0.9, ABSENT), "dropout": (ABSENT, 0.5), "n": (1, 1.0)}


def test_the_schedule_is_of_what_held_from_where_on_without_what_was_left_behind() -> None:
    known = history(*LINE, (child(8, 4, 8, lr=0.4), None), (child(9, 8, 0, lr=0.5), None))
    assert schedule(known, 8) == {0: {"lr": 0.1}, 4: {"lr": 0.3}, 8: {"lr": 0.4}}
    assert schedule(known, 4) == {0: {"lr": 0.1}, 4: {"lr": 0.3}}
    assert schedule(known, 7) == {0: {"lr": 0.1}}

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.history import History
from hpsearch.insight import Verdict, edges, refine
from hpsearch.space import Choice, Numeric, Ordinal, Parameter, Space, among
from hpsearch.surrogate.observations import observe
from hpsearch.trial import Job, Metric, Result, Status, Trial


def steps(space, history, **options):
    return {step.name: step for step in refine(observe(space, history), **options).steps}


def good_at(**places):
    """A smooth score whose best place is given per parameter, as a position on its scale; others do not matter."""

    def score(space):
        def of(params):
            loss = 0.0
            for name, place in places.items():
                if name in params:
                    loss += (space[name].distribution.to_unit([params[name]])[0] - place) ** 2
            return -loss

        return of

    return score


def test_a_range_narrows_to_where_the_best_trials_are_and_others_stay(mixed, searched):
    history = searched(mixed, good_at(rate=0.5)(mixed), 100)
    found = steps(mixed, history)
    rate = found.pop("rate")
    assert rate.verdict is Verdict.NARROWED
    assert rate.span[0] < 0.5 < rate.span[1]
    assert rate.span[1] - rate.span[0] < 0.6
    assert [step.verdict for step in found.values()].count(Verdict.KEPT) >= len(found) - 1


def test_scores_that_are_pure_noise_leave_every_range_alone_in_nearly_all_seeds(mixed, searched):
    def moved(seed):
        noise = np.random.default_rng(seed)
        return refine(observe(mixed, searched(mixed, lambda _: noise.random(), 60, seed))).space != mixed

    assert sum(moved(seed) for seed in range(100)) <= 10


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([None, 0.05, 0.2, 0.6]))
def test_the_refined_space_always_holds_the_best_trial(mixed, searched, seed, trials, top):
    rng = np.random.default_rng(seed)
    place = dict(zip(("rate", "beta", "units", "layers", "batch", "eps"), rng.random(6), strict=True))
    score = good_at(**place)(mixed)
    noisy = {"sgd": -rng.random(), "adam": 0.0, "rmsprop": -rng.random()}
    history = searched(
        mixed,
        lambda p: None if rng.random() < 0.1 else score(p) + noisy[p["optimizer"]] + 0.05 * rng.normal(),
        trials,
        seed,
    )
    region = refine(observe(mixed, history), top=top).space
    assert history.best() is None or region.contains([history.best().params]).all()
    # And again from there: what came from a refinement can be refined.
    again = refine(observe(region, history), top=top).space
    assert history.best() is None or again.contains([history.best().params]).all()


def test_a_crowded_end_is_widened_on_the_scale_and_the_edge_says_what_to_paste(mixed, searched):
    history = searched(mixed, good_at(rate=1.2)(mixed), 100)
    step = steps(mixed, history)["rate"]
    assert step.verdict is Verdict.WIDENED
    assert step.new.max == pytest.approx(0.1 * 10**0.75, rel=0.1)
    assert "highest tenth" in step.reason
    (edge,) = edges(observe(mixed, history))
    assert (edge.name, edge.end) == ("rate", "highest")
    assert edge.yaml == "rate: loguniform(0.0001, 0.57)"


@pytest.mark.parametrize(
    ("old", "limits", "expected"),
    [
        (Numeric("uniform", 0.0, 0.5), None, 0.0),  # what was never negative stays so
        (Numeric("uniform", -1.0, 1.0), None, -1.5),
        (Numeric("loguniform", 1e-3, 1.0), (5e-4, 1.0), 5e-4),
        (Numeric("randint", 0, 20), None, 0),
        (Numeric("randint", 1, 20), None, 1),  # a count stays one
        (Numeric("lograndint", 1, 200), None, 1),  # 0 has no place on a log scale
    ],
)
def test_a_range_widens_as_far_as_its_limits_or_its_scale_allow(searched, old, limits, expected):
    space = Space((Parameter("x", old, limits=limits), Parameter("y", Numeric("uniform", 0.0, 1.0))))
    history = searched(space, good_at(x=-0.3)(space), 100)
    assert steps(space, history)["x"].new.min == pytest.approx(expected, abs=1e-9)


def test_an_end_that_cannot_move_is_said_to_be_the_limit(searched):
    space = Space((Parameter("keep", Numeric("uniform", 0.2, 1.0)), Parameter("y", Numeric("uniform", 0.0, 1.0))))
    history = searched(space, good_at(keep=1.3)(space), 100)
    assert "cannot go beyond 1" in steps(space, history)["keep"].reason
    (edge,) = edges(observe(space, history))
    assert (edge.wider, edge.yaml) == (None, "")


def test_the_line_to_paste_keeps_conditions_and_limits(searched):
    space = Space(
        (
            Parameter("opt", Choice(("a", "b"))),
            Parameter("x", Numeric("uniform", 1.0, 2.0), ({"opt": among("a")},), (0.5, 2.1)),
        )
    )
    (edge,) = edges(observe(space, searched(space, good_at(x=1.2)(space), 200)))
    assert yaml.safe_load(edge.yaml) == {
        "x": {"distribution": "uniform", "min": 1, "max": 2.1, "when": {"opt": ["a"]}, "limits": [0.5, 2.1]}
    }


def test_few_trials_change_nothing_and_the_reason_says_so(mixed, searched):
    result = refine(observe(mixed, searched(mixed, good_at(rate=0.5)(mixed), 9)))
    assert result.space == mixed
    assert "9 trials" in result.steps[0].reason


def test_no_trial_at_all_and_failures_alone_change_nothing(mixed, searched):
    assert refine(observe(mixed, searched(mixed, lambda _: None, 40))).space == mixed
    assert refine(observe(mixed, History(Metric("y")))).space == mixed


def test_one_lucky_trial_does_not_draw_the_range_to_itself(cube, searched):
    space = cube(2)
    history = searched(space, good_at(a=0.2)(space), 100)
    lucky = max(history.trials, key=lambda trial: trial.params["a"])
    before = steps(space, history)["a"]
    history.finish(Job(history.trial(lucky.number)), Result(Status.COMPLETE, {"y": 0.0}))
    after = steps(space, history)["a"]
    assert before.span[1] < 0.5
    # It must stay in the range as the best one, but the range is not centred on it.
    assert after.span[0] <= 0.1


def test_a_choice_loses_values_that_are_clearly_worse_and_what_depends_on_them(mixed, searched):
    found = refine(observe(mixed, searched(mixed, lambda p: -(p["optimizer"] == "sgd") - p["rate"], 150)))
    by_name = {step.name: step for step in found.steps}
    assert by_name["optimizer"].verdict is Verdict.DROPPED
    assert by_name["optimizer"].new == Choice(("adam", "rmsprop"))
    assert by_name["nesterov"].verdict is Verdict.GONE
    assert "nesterov" not in found.space
    assert found.space["eps"].when == ({"optimizer": among("adam", "rmsprop")},)


def test_a_choice_keeps_the_value_of_the_best_trial_even_if_it_is_worse_elsewhere(mixed, searched):
    history = searched(mixed, lambda p: -(p["optimizer"] == "sgd") - p["rate"], 150)
    lucky = next(trial for trial in history.trials if trial.params["optimizer"] == "sgd")
    history.finish(Job(history.trial(lucky.number)), Result(Status.COMPLETE, {"y": 1.0}))
    assert steps(mixed, history)["optimizer"].new == Choice(("sgd", "adam", "rmsprop"))


def test_a_choice_that_is_only_a_little_worse_keeps_all_values(mixed, searched):
    history = searched(mixed, lambda p: -1e-4 * (p["optimizer"] == "sgd") - p["rate"], 150)
    assert steps(mixed, history)["optimizer"].verdict is Verdict.KEPT


def test_an_ordinal_loses_values_from_its_ends_only(searched):
    space = Space((Parameter("batch", Ordinal((16, 32, 64, 128, 256))), Parameter("x", Numeric("uniform", 0.0, 1.0))))
    score = {16: 0.0, 32: 1.0, 64: 0.0, 128: 1.0, 256: 0.0}
    history = searched(space, lambda p: score[p["batch"]] + 0.1 * p["x"], 400)
    assert steps(space, history)["batch"].new == Ordinal((32, 64, 128))


def test_a_conditional_parameter_is_judged_on_the_trials_that_have_it(mixed, searched):
    history = searched(mixed, lambda p: good_at(eps=0.3)(mixed)(p) - 5 * (p["optimizer"] == "sgd"), 200)
    step = steps(mixed, history)["eps"]
    assert step.verdict is Verdict.NARROWED
    assert step.span[0] < 0.3 < step.span[1]


def test_ends_are_rounded_outward_to_two_digits(mixed, searched):
    new = steps(mixed, searched(mixed, good_at(rate=0.5, units=0.5)(mixed), 200))["rate"].new
    for end in (new.min, new.max):
        assert float(f"{end:.1e}") == pytest.approx(end, rel=1e-12)


def test_what_an_earlier_wider_round_found_best_stays_in_the_range():
    narrow = Space((Parameter("x", Numeric("uniform", 0.0, 1.0)),))
    history = History(Metric("y"))
    for i, x in enumerate([3.5, *np.linspace(0, 1, 30)]):
        history.add(Job(Trial(i + 1, 1, {"x": float(x)}, 0)))
        history.finish(Job(history.trial(i + 1)), Result(Status.COMPLETE, {"y": float(x)}))
    assert refine(observe(narrow, history)).space.contains([{"x": 3.5}]).all()


def test_best_positions_stand_in_order_of_rank(cube, searched):
    space = cube(1)
    history = searched(space, lambda p: p["a"], 50)
    assert list(steps(space, history)["a"].best) == sorted((t.params["a"] for t in history.trials), reverse=True)[:10]

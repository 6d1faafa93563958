import re

import numpy as np
from rich.console import Console

from hpsearch.history import History
from hpsearch.insight import importance
from hpsearch.space import Numeric, Parameter, Space
from hpsearch.surrogate.observations import observe
from hpsearch.trial import Job, Metric, Result, Status, Trial
from hpsearch.views.report import print_importance

SPACE = Space((Parameter("a", Numeric("uniform", 0.0, 1.0)), Parameter("b", Numeric("uniform", 0.0, 1.0))))


def insight(weight: float, width: int = 100, most: int | None = None) -> str:
    """What is said of 80 trials whose score is noise and `weight` times a."""
    rng, history = np.random.default_rng(5), History(Metric("y"))
    for number in range(1, 81):
        params = {"a": float(rng.random()), "b": float(rng.random())}
        job = Job(Trial(number, 1, params, 0))
        history.add(job)
        history.finish(job, Result(Status.COMPLETE, {"y": weight * params["a"] + float(rng.normal())}))
    out = Console(width=width)
    with out.capture() as captured:
        print_importance(out, importance(observe(SPACE, history)), most=most)
    return captured.get()


def test_shares_of_mere_noise_are_not_shown_as_what_matters() -> None:
    said = insight(0.0)
    assert "What matters\n  cannot be told: " in said
    assert "█" not in said


def test_what_matters_is_said_of_the_part_of_the_differences_that_settings_explain() -> None:
    said = insight(20.0)
    assert re.search(r"shares of the \d+% that settings explain", said)
    assert "cannot be told" not in said


def test_a_narrow_screen_has_no_room_for_bars_and_breaks_no_word() -> None:
    assert "█" in insight(20.0, 80)
    lines = insight(20.0, 60).splitlines()
    assert "█" not in "".join(lines)
    assert any(line.startswith("parameter  ") for line in lines)


def test_a_page_says_how_many_parameters_it_leaves_out() -> None:
    said = insight(20.0, most=1)
    assert "\nb  " not in said
    assert "and 1 more, of which each matters less (--full)" in said
    assert "--full" not in insight(20.0)

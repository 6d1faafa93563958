"""Which model lies beside the database: that of the best trial that counts, whatever was killed or came to count."""

from pathlib import Path

import pytest

from hpsearch.engine.goal import Goal
from hpsearch.history import History
from hpsearch.runs.best_model import BestModel
from hpsearch.store import BEST_MODEL
from hpsearch.trial import Job, Metric, Result, Status, Trial

SCORES = [1.0, 3.0, 2.0, 9.0, 4.0, 5.0]
JOBS = [Job(Trial(number, 1, {}, 0)) for number in range(1, len(SCORES) + 1)]


def arrive(history: History, folder: Path, order: list[int], **goal: float) -> str:
    """Let trials come in, as a process of their own does; the trial whose model is kept."""
    reads = Goal(history, **goal)
    models = BestModel(folder, history, reads)
    models.keep(())
    for number in order:
        done = [(JOBS[number - 1], Result(Status.COMPLETE, {"y": SCORES[number - 1]}, model=b"%d" % number))]
        reads.take(done)
        models.keep(done)
        history.finish(*done[0])
    return (folder / BEST_MODEL).read_text() if (folder / BEST_MODEL).exists() else ""


@pytest.fixture
def history() -> History:
    begun = History(Metric("y"))
    for job in JOBS:
        begun.add(job)
    return begun


def test_a_model_whose_turn_had_not_come_outlives_the_process(history, tmp_path):
    assert arrive(history, tmp_path, [2, 3], target=8) == ""
    assert arrive(history, tmp_path, [1], target=8) == "2"
    assert [path.name for path in tmp_path.iterdir()] == [BEST_MODEL]


def test_what_lies_past_the_end_is_kept_for_another_goal(history, tmp_path):
    assert arrive(history, tmp_path, [4, 5, 6, 1, 2], target=3) == "2"
    assert arrive(history, tmp_path, [3], target=6) == "4"
    assert arrive(history, tmp_path, []) == "4"


def test_patience_ends_before_a_better_one_that_was_faster(history, tmp_path):
    assert arrive(history, tmp_path, [4, 1, 2, 3], patience=1) == "2"
    assert arrive(history, tmp_path, []) == "4"

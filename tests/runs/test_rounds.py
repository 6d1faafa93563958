"""The rounds that a method begins by itself, in a search that ends between any two of its steps."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hpsearch.config import Config, read_config
from hpsearch.engine.executors import InlineExecutor
from hpsearch.runs import open_run
from hpsearch.store import DATABASE, Store

CONFIG = """
name: rounds
function: quadratic:score
metric: {name: y, goal: minimize}
parameters: {x: "uniform(0, 1)", kind: [a, b]}
search: {method: coarse_to_fine, trials: 24, rounds: 3}
execution: {workers: inline}
"""


def config(folder: Path) -> Config:
    (folder / "quadratic.py").write_text("def score(x, kind):\n    return (x - 0.3) ** 2 + (kind == 'b')\n")
    return read_config(CONFIG, source="rounds", folder=folder)


def searched(config: Config, runs: Path) -> tuple[list[object], list[object]]:
    with open_run(config, runs) as run:
        for _ in run.arrivals():
            pass
        spaces = [(round_.number, round_.space, round_.why) for round_ in run.store.rounds().values()]
        return [trial.params for trial in run.history.trials], spaces


class _Killed(BaseException):
    pass


def killed_at(submission: int, config: Config, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End a search right after so many batches were saved, before the newest is trained."""
    count = 0

    def submit(*_: object) -> None:
        nonlocal count
        count += 1
        if count == submission:
            raise _Killed

    whole = InlineExecutor.submit
    with monkeypatch.context() as patch, open_run(config, runs) as run:
        patch.setattr(InlineExecutor, "submit", lambda *given: (submit(), whole(*given))[1])
        with pytest.raises(_Killed):
            list(run.arrivals())


WITHOUT_RESULT = """DELETE FROM rounds WHERE number > 1
    AND number NOT IN (SELECT round FROM trials WHERE number IN (SELECT trial FROM results))"""


@pytest.mark.parametrize("older", [False, True], ids=["", "by a version that kept a round with its first result"])
def test_a_search_killed_before_the_first_result_of_a_round_goes_on(older, tmp_path, monkeypatch) -> None:
    whole = searched(config(tmp_path), tmp_path / "whole")
    assert len(whole[1]) == 3
    for submission in range(1, 25):
        runs = tmp_path / str(submission)
        killed_at(submission, config(tmp_path), runs, monkeypatch)
        if older:
            with closing(sqlite3.connect(runs / "rounds" / DATABASE)) as db, db:
                db.execute(WITHOUT_RESULT)
        with Store(runs / "rounds") as store:
            assert older or {trial.round for trial in store.history().trials} <= store.rounds().keys()
        assert searched(config(tmp_path), runs) == whole

"""What a trial that runs shows of itself, and what is left of it: nothing."""

import json
import threading
import time
from pathlib import Path

import pytest

from hpsearch.objectives import RUNNING, Running, awaited, note_awaited, progress, running, slowest_and_best
from hpsearch.objectives.recorder import Recorder
from hpsearch.trial import Metric
from tests.objectives.conftest import job


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.02)
    monkeypatch.setitem(progress._WRITER, "process", 0)


def seen(run: Path, what) -> list[Running]:
    """What is shown once it is so, or after ten seconds."""
    until = time.monotonic() + 10
    while not what(found := running(run)) and time.monotonic() < until:
        time.sleep(0.01)
    return found


def test_a_trial_shows_that_it_runs_and_how_far_it_is_until_it_is_over(tmp_path: Path) -> None:
    recorder = Recorder(Metric("loss", "minimize"))
    begin = time.time()
    with progress.shown(tmp_path, job(7), recorder):
        (one,) = seen(tmp_path, len)
        assert (one.trial, one.value, one.step, one.curve) == (7, None, None, ())
        assert begin - 1 < one.since < time.time() + 1
        for i in range(1, 201):
            recorder.add({"loss": 1 / i}, i)
        (one,) = seen(tmp_path, lambda found: found[0].step == 200)
        assert one.value == 1 / 200
        assert len(one.curve) == 60
        assert (one.curve[0], one.curve[-1]) == (1.0, 1 / 200)
    assert running(tmp_path) == []


def test_a_trial_that_is_over_at_once_has_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 30)
    with progress.shown(tmp_path, job(7), Recorder(Metric("loss"))):
        time.sleep(0.1)
    assert not (tmp_path / RUNNING).exists()


def test_what_cannot_be_written_or_read_ends_no_trial(tmp_path: Path) -> None:
    (tmp_path / RUNNING).write_text("no folder")
    with progress.shown(tmp_path, job(7), Recorder(Metric("loss"))):
        time.sleep(0.1)
    assert running(tmp_path) == []
    other = tmp_path / "other"
    (other / RUNNING).mkdir(parents=True)
    for name, text in {"1": "{", "2": "[]", "3": json.dumps({"trial": 3}), "4": "\0"}.items():
        (other / RUNNING / name).write_text(text)
    assert running(other) == []


def test_many_are_shown_by_those_that_began_first_and_the_best() -> None:
    found = [Running(n, 0, since=n, process=1, step=1, value=float(n)) for n in range(1, 1001)]
    assert [one.trial for one in slowest_and_best(found, 1.0, 6)] == [1, 2, 3, 998, 999, 1000]
    assert [one.trial for one in slowest_and_best(found, -1.0, 6)] == [1, 2, 3, 4, 5, 6]
    assert slowest_and_best(found[:2], 1.0, 6) == found[:2]


def test_the_trial_that_others_wait_for_is_known_elsewhere(tmp_path: Path) -> None:
    assert awaited(tmp_path) is None
    note_awaited(tmp_path, 5)
    assert awaited(tmp_path) == 5
    note_awaited(tmp_path, None)
    assert awaited(tmp_path) is None


def test_one_thread_writes_for_all(tmp_path: Path) -> None:
    before = threading.active_count()
    with (
        progress.shown(tmp_path, job(1), Recorder(Metric("m"))),
        progress.shown(tmp_path, job(2), Recorder(Metric("m"))),
    ):
        assert threading.active_count() <= before + 1
        assert [one.trial for one in seen(tmp_path, lambda found: len(found) == 2)] == [1, 2]

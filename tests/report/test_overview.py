"""How it stands with a run: every state that a folder can be in, as a record."""

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from hpsearch.config import load_config
from hpsearch.report.overview import Overview, overviews
from hpsearch.runs import Run, open_run
from hpsearch.store import Ending, State, Store, copy_run, size_on_disk
from hpsearch.store.lock import WriterLock
from hpsearch.trial import Job, Result, Status
from tests.conftest import as_nobody

CONFIG = """\
function: f:train
metric: {name: score, goal: maximize}
parameters: {x: 'uniform(0, 1)'}
search: {trials: 8}
execution: {workers: inline}
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of eight trials that has only begun."""
    (tmp_path / "f.py").write_text("def train(x): return x\n")
    (tmp_path / "a.yaml").write_text(CONFIG)
    with begun(tmp_path):
        return tmp_path / "runs" / "a"


def begun(place: Path, *overrides: str) -> Run:
    return open_run(load_config(place / "a.yaml", overrides), place / "runs")


def advance(
    folder: Path, finished: int, *, waiting: int = 0, status: Status = Status.COMPLETE, error: str = ""
) -> None:
    """Let so many trials have results, and others wait."""
    with Store(folder, write=True) as store:
        run = Run.of(load_config(folder.parents[1] / "a.yaml"), store)
        jobs = list(run.method().next_jobs(run.history, finished + waiting))
        store.add_batches([[job] for job in jobs])
        for job in jobs[:finished]:
            metrics = {} if status.is_failure else {"score": float(job.trial.number)}
            store.finish([(job, Result(status, metrics, {}, 0.5, error=error or None))])


def only(folder: Path) -> Overview:
    (found,) = overviews(folder.parent)
    return found


def test_a_run_without_results_has_only_begun(run: Path) -> None:
    found = only(run)
    assert (found.run, found.state, found.finished, found.total) == ("a", State.BEGUN, 0, 8)
    assert (found.best, found.trial, found.process) == (None, None, None)


def test_an_interrupted_run_says_how_far_it_got(run: Path) -> None:
    advance(run, 2, waiting=3)
    found = only(run)
    assert (found.state, found.finished, found.total) == (State.INTERRUPTED, 2, 8)
    assert (found.metric, found.goal, found.best, found.trial, found.training) == ("score", "maximize", 2.0, 2, 1.0)
    assert found.size == size_on_disk(run)
    assert found.started is not None
    assert time.time() - 60 < found.started <= time.time()


def test_a_run_with_all_its_trials_is_done(run: Path) -> None:
    advance(run, 8)
    assert (only(run).state, only(run).finished, only(run).why) == (State.DONE, 8, "")


def test_more_trials_that_were_asked_for_are_still_to_come(run: Path) -> None:
    advance(run, 8)
    with begun(run.parents[1]) as opened:
        opened.add(4)
    assert (only(run).state, only(run).total) == (State.INTERRUPTED, 12)


def test_a_trial_that_is_run_again_is_not_finished(run: Path) -> None:
    advance(run, 8)
    with Store(run, write=True) as store:
        store.put_back([3])
    assert (only(run).state, only(run).finished) == (State.INTERRUPTED, 7)


def test_a_small_space_that_is_used_up_is_done(run: Path) -> None:
    (run.parents[1] / "a.yaml").write_text(CONFIG.replace("'uniform(0, 1)'", "[1, 2, 3]"))
    with begun(run.parents[1], "name=b"):
        pass
    advance(run.with_name("b"), 3)
    found = {one.run: one for one in overviews(run.parent)}["b"]
    assert (found.state, found.finished, found.total) == (State.DONE, 3, 3)


@pytest.mark.parametrize("why", ["time", "until", "target", "patience"])
def test_a_search_that_something_else_ended_is_done_and_says_by_what(run: Path, why: str) -> None:
    advance(run, 5, waiting=2)
    with Store(run, write=True) as store:
        store.note(ending=Ending(why, 4 if why in ("target", "patience") else None))
    found = only(run)
    assert (found.state, found.why) == (State.DONE, why)
    assert found.finished == (4 if why in ("target", "patience") else 5)


def test_repetitions_that_wait_are_an_interrupted_confirmation(run: Path) -> None:
    advance(run, 8)
    with Store(run, write=True) as store:
        trial = store.history().trial(8)
        store.add_batches([[Job(trial, 1)], [Job(trial, 2)]])
        store.finish([(Job(trial, 1), Result(Status.COMPLETE, {"score": 7.0}))])
    assert (only(run).state, only(run).why) == (State.INTERRUPTED, "repetitions left to confirm: 1")


@pytest.mark.parametrize(
    ("status", "error", "why"),
    [(Status.FAILED, "ValueError: no", "failed: ValueError: no"), (Status.DIVERGED, "", "all diverged")],
)
def test_a_run_in_which_nothing_succeeded_has_failed(run: Path, status: Status, error: str, why: str) -> None:
    advance(run, 5, waiting=1, status=status, error=error)
    assert (only(run).state, only(run).why) == (State.FAILED, f"no trial succeeded: {why}")


def test_a_run_that_suffers_no_more_failures_has_failed(run: Path) -> None:
    with begun(run.parents[1], "name=b", "execution.max_failures=2"):
        pass
    advance(run.with_name("b"), 3)
    advance(run.with_name("b"), 2, waiting=1, status=Status.FAILED, error="ValueError: no")
    found = {one.run: one for one in overviews(run.parent)}["b"]
    assert (found.state, found.why) == (State.FAILED, "2 trials failed, max_failures is 2")


def test_a_run_that_a_process_writes_to_is_running(run: Path) -> None:
    lock = WriterLock(run)
    try:
        assert (only(run).state, only(run).process) == (State.RUNNING, os.getpid())
    finally:
        lock.release()
    assert only(run).state is State.BEGUN


def test_a_folder_in_which_a_process_is_about_to_begin_is_running(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "run.db").touch()
    assert only(folder).state is State.BEGUN
    lock = WriterLock(folder)
    assert only(folder).state is State.RUNNING
    lock.release()


def test_a_damaged_run_says_so_and_the_way_out(run: Path) -> None:
    advance(run, 8)
    (run / "run.db").write_bytes((run / "run.db").read_bytes()[:9000])
    found = only(run)
    assert (found.state, found.finished) == (State.DAMAGED, None)
    assert found.why.startswith("the database is damaged")
    assert "`hpsearch repair a`" in found.why


def test_a_damaged_row_is_damage(run: Path) -> None:
    advance(run, 8)
    with sqlite3.connect(run / "run.db") as db:
        db.execute("UPDATE results SET metrics = '{\"score\": 99}' WHERE trial = 3")
    db.close()
    assert only(run).state is State.DAMAGED


def test_a_run_of_a_newer_version_says_to_upgrade(run: Path) -> None:
    with sqlite3.connect(run / "run.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert only(run).state is State.NEWER
    assert "upgrade hpsearch" in only(run).why


@pytest.mark.parametrize("left", ["run.db-wal", "run.db.damaged", "trials", "best.npz"])
def test_remains_without_a_database_are_no_run(run: Path, left: str) -> None:
    (run / "run.db").unlink()
    (run / left).touch()
    found = only(run)
    assert found.state is State.GONE
    assert left in found.why


def test_a_repair_that_was_cut_off_is_told(run: Path) -> None:
    (run / "run.db").rename(run / "run.db.repaired")
    assert only(run).state is State.REPAIRING
    assert "`hpsearch repair a`" in only(run).why


@pytest.mark.parametrize(("mark", "state"), [(".copying.", State.COPYING), (".removing.", State.REMOVING)])
def test_what_a_copy_or_a_deletion_left_is_told_with_the_run_s_name(run: Path, mark: str, state: State) -> None:
    copy_run(run, run.with_name(f"{mark}b"))
    first, second = overviews(run.parent)
    assert (first.run, first.state, second.run) == ("b", state, "a")
    assert "`hpsearch rm b`" in first.why
    lock = WriterLock(run.with_name(f"{mark}b"))
    first, _ = overviews(run.parent)
    assert (first.process, first.why) == (os.getpid(), "goes on now; look again in a moment")
    lock.release()


def test_a_run_whose_config_this_version_cannot_follow_is_listed_with_its_trials(run: Path) -> None:
    advance(run, 2, waiting=1)
    with Store(run, write=True) as store:
        document = json.loads(json.dumps(dict(store.facts().document)))
        store.note(document=document | {"search": {"method": "of the future"}})
    found = only(run)
    assert (found.state, found.finished, found.total, found.best) == (State.INTERRUPTED, 2, None, 2.0)


def test_what_is_no_run_is_not_listed(run: Path) -> None:
    (run.parent / "notes").mkdir()
    (run.parent / "file").touch()
    assert [one.run for one in overviews(run.parent)] == ["a"]


def test_a_folder_that_may_not_be_looked_into_is_listed_beside_the_others(run: Path) -> None:
    copy_run(run, run.with_name("b"))
    run.with_name("b").chmod(0)
    with as_nobody(run):
        found = {one.run: one for one in overviews(run.parent)}
    run.with_name("b").chmod(0o755)
    assert (found["a"].state, found["b"].state) == (State.BEGUN, State.UNREADABLE)
    assert "Permission denied" in found["b"].why


def test_of_a_search_that_was_given_fewer_trials_since_none_are_to_come(run: Path) -> None:
    advance(run, 6, waiting=0)
    with begun(run.parents[1], "search.trials=4"):
        pass
    assert (only(run).state, only(run).finished) == (State.DONE, 6)


def test_reading_changes_nothing(run: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}
    only(run)
    assert {path.name: path.stat().st_mtime_ns for path in run.iterdir() if path.name in before} == before


def test_a_listing_reads_the_curves_of_no_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advance(run, 8)
    for n in range(4):
        copy_run(run, run.with_name(f"copy-{n}"))
    # With them, a listing of many runs would take seconds.
    monkeypatch.setattr(Store, "curves", lambda *_: pytest.fail("curves are read"))
    assert len(list(overviews(run.parent))) == 5

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hpsearch.errors import DataError, RunLockedError, StoreError
from hpsearch.store import DATABASE, Facts, Round, Store, run_folders
from hpsearch.store.migrations import VERSION
from hpsearch.trial import Job, Metric, Result, Status, Trial
from tests.conftest import open_store


def job(number: int, replicate: int = 0) -> Job:
    return Job(Trial(number, 1, {"x": number / 7, "kind": "a"}, 0), replicate)


def result(score: float, status: Status = Status.COMPLETE) -> Result:
    return Result(status, {"score": score}, {"score": [0.0, score]}, 1.5, 2, None)


def test_what_is_finished_is_read_back_equal(store: Store) -> None:
    store.add_batches([[job(1), job(2)], [job(3)]])
    store.finish([(job(1), result(0.1 + 0.2)), (job(2), result(float("nan"), Status.DIVERGED))])
    history = store.history()
    assert [trial.params for trial in history.trials] == [job(n).trial.params for n in (1, 2, 3)]
    assert history.results[1].metrics == {"score": 0.1 + 0.2}
    assert history.results[1].seconds == 1.5
    assert history.results[2].status is Status.DIVERGED
    assert [trial.number for trial in history.pending] == [3]
    assert store.curves([1]) == {1: {"score": [0.0, 0.3]}}


def test_an_error_that_names_a_file_whose_name_is_no_utf8_is_kept(store: Store) -> None:
    store.add_batches([[job(1)]])
    store.finish([(job(1), Result(Status.FAILED, error="no file 'caf\udce9.csv'"))])
    assert store.history().results[1].error == "no file 'caf\\udce9.csv'"


def test_unfinished_batches_come_back_as_they_were_put_together(store: Store) -> None:
    store.add_batches([[job(1), job(4)], [job(2)]])
    store.add_batches([[job(3), job(5)]])
    store.finish([(job(2), result(1.0))])
    assert [[j.trial.number for j in batch] for batch in store.pending()] == [[1, 4], [3, 5]]


def test_results_that_arrive_together_are_saved_together_or_not_at_all(store: Store) -> None:
    store.add_batches([[job(1), job(2)]])
    bad = Result(Status.COMPLETE, {"score": 1.0}, seconds=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.finish([(job(1), result(1.0)), (job(2), bad)])
    assert store.history().results == {}
    assert len(store.pending()[0]) == 2


def test_a_round_begins_with_its_facts_and_settings_or_not_at_all(store: Store, monkeypatch) -> None:
    store.add_batches([[job(1)], [job(2)]])
    store.finish([(job(1), result(0.5))])
    before = [*store._db.iterdump()]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hpsearch.store.store._put_round", killed)
    with pytest.raises(KeyboardInterrupt):
        store.begin_round(Round(2, {}), {1: {"x": 1, "m": 0}}, identity={"a": "b"})
    assert [*store._db.iterdump()] == before
    monkeypatch.undo()
    store.begin_round(Round(2, {}), {1: {"x": 1, "m": 0}}, identity={"a": "b"})
    assert (store.facts().identity, max(store.rounds())) == ({"a": "b"}, 2)
    assert [trial.params for trial in store.history().trials] == [{"x": 1, "m": 0}]


def test_a_second_writer_is_refused_with_the_pid_and_start_of_the_first(store: Store) -> None:
    with pytest.raises(RunLockedError, match=rf"pid {os.getpid()}, since 20\d\d-"):
        Store(store.folder, write=True)


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from hpsearch.store import Store;"
        "held = Store(pathlib.Path(sys.argv[1]), write=True); os.kill(os.getpid(), 9)"
    )
    open_store(tmp_path / "run").close()
    subprocess.run([sys.executable, "-c", code, tmp_path / "run"], check=False)
    assert json.loads((tmp_path / "run" / "lock").read_text())["pid"] != os.getpid()
    Store(tmp_path / "run", write=True).close()


def test_readers_see_whole_transactions_while_a_writer_writes(store: Store) -> None:
    """Every arrival holds two trials, so a reader must never see an odd number of results."""
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with Store(store.folder) as reader:
                seen.append(len(reader.history().results))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 201, 2):
        store.add_batches([[job(number), job(number + 1)]])
        store.finish([(job(number), result(0.0)), (job(number + 1), result(0.0))])
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert all(count % 2 == 0 for count in seen)
    assert len(store.history().results) == 200


def test_replicates_stand_beside_the_first_result_and_do_not_count_as_trials(store: Store) -> None:
    store.add_batches([[job(1)]])
    store.finish([(job(1), result(0.5))])
    store.add_batches([[job(1, replicate=1)]])
    store.finish([(job(1, replicate=1), result(0.7))])
    assert len(store.history()) == 1
    assert store.history().results[1].metrics["score"] == 0.5


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "run").close()
    db = sqlite3.connect(tmp_path / "run" / DATABASE)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    for write in (True, False):
        with pytest.raises(StoreError, match="newer hpsearch"):
            Store(tmp_path / "run", write=write)


def test_a_run_begins_with_all_that_readers_rely_on_or_not_at_all(tmp_path: Path) -> None:
    def refused() -> tuple[Facts, Round]:
        raise DataError("no such file")

    with pytest.raises(DataError):
        Store(tmp_path / "run", write=True, first=refused)
    assert not (tmp_path / "run").exists()
    with open_store(tmp_path / "run") as store, Store(tmp_path / "run") as reader:
        assert store.begun
        assert reader.facts().metric == Metric("score")
        assert list(reader.rounds()) == [1]
        assert not (tmp_path / "run" / f"{DATABASE}.new").exists()


def test_a_segment_of_a_trial_stands_beside_the_others_and_its_curve_goes_on(store: Store) -> None:
    first, second, last = (Job(job(1).trial, 0, start, until) for start, until in ((0, 2), (2, 6), (6, None)))
    for segment, score, status in (
        (first, 0.1, Status.PAUSED),
        (second, 0.2, Status.PAUSED),
        (last, 0.3, Status.COMPLETE),
    ):
        store.add_batches([[segment]])
        assert store.history().waiting == {1: segment.until}
        assert store.pending() == [[segment]]
        store.finish([(segment, result(score, status))])
    history = store.history()
    assert {until: held.metrics["score"] for until, held in history.segments[1].items()} == {2: 0.1, 6: 0.2}
    assert history.results[1].metrics["score"] == 0.3
    assert history.waiting == {}
    assert store.curves([1]) == {1: {"score": [0.0, 0.1, 0.0, 0.2, 0.0, 0.3]}}


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs a place root cannot write")
def test_a_folder_that_cannot_be_written_gives_a_message_for_people() -> None:
    with pytest.raises(StoreError, match="cannot be written") as caught:
        open_store(Path("/proc/self/run"))
    assert "--runs" in str(caught.value)


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("this is no database at all, " * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path)


def test_a_full_disk_is_said_and_loses_nothing_that_was_finished(store: Store) -> None:
    store.add_batches([[job(n)] for n in range(1, 400)])
    store.finish([(job(1), result(1.0))])
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    everything = [(job(number), result(float(number))) for number in range(2, 400)]
    with pytest.raises(StoreError, match="the disk is full"):
        store.finish(everything)
    assert list(store.history().results) == [1]
    store._db.execute("PRAGMA max_page_count = 100000")
    store.finish([(job(399), result(3.0))])
    assert list(store.history().results) == [1, 399]


def test_runs_are_listed_with_the_newest_last(tmp_path: Path) -> None:
    for name, age in (("old", 100), ("new", 10)):
        open_store(tmp_path / name).close()
        stamp = (tmp_path / name / DATABASE).stat().st_mtime - age
        os.utime(tmp_path / name / DATABASE, (stamp, stamp))
    assert [folder.name for folder in run_folders(tmp_path)] == ["old", "new"]


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run here"):
        Store(tmp_path)

"""Folders of runs as a whole: their size, and deleting, renaming and copying them, whatever comes in between."""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpsearch.errors import RunLockedError, StoreError, UsageError
from hpsearch.store import Store, copy_run, remove_run, rename_run, run_folders, size_on_disk
from hpsearch.store.folders import check_removable, leftovers, unfinished
from hpsearch.store.store import drop_after
from hpsearch.trial import Job, Result, Status, Trial
from tests.conftest import as_nobody, open_store

TRIALS = 12


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run that has written all that runs write."""
    folder = tmp_path / "runs" / "a"
    with open_store(folder) as store:
        jobs = [Job(Trial(n, 1, {"x": n / 61}, 0)) for n in range(1, TRIALS + 1)]
        store.add_batches([[job] for job in jobs])
        for job in jobs:
            store.finish([(job, Result(Status.COMPLETE, {"score": job.trial.number / 7}, {}, 0.5))])
            place = folder / "trials" / str(job.trial.number)
            place.mkdir(parents=True)
            (place / "stdout").write_text("score=1\n" * 999)
    for name in ("best.npz", "best.npz.partial", "evaluations.txt", "run.db.damaged"):
        (folder / name).write_text(name)
    return folder


def contents(folder: Path) -> list[object]:
    with Store(folder) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_the_size_is_what_du_says_and_follows_no_link(run: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(bytes(10**6))
    (run / "trials" / "link").symlink_to(tmp_path)
    (run / "trials" / "twice").hardlink_to(run / "best.npz")
    du = subprocess.run(["/usr/bin/du", "-s", "--block-size=1", str(run)], capture_output=True, text=True, check=True)
    assert size_on_disk(run) == int(du.stdout.split()[0])


def test_ten_thousand_files_are_measured_in_a_moment(tmp_path: Path) -> None:
    for n in range(10_000):
        (tmp_path / str(n)).touch()
    begin = time.perf_counter()
    size_on_disk(tmp_path)
    assert time.perf_counter() - begin < 2


def test_a_deleted_run_is_gone_and_so_much_is_free(run: Path) -> None:
    size = size_on_disk(run)
    assert remove_run(run) == size
    assert list(run.parent.iterdir()) == []


def test_what_links_lead_to_stays(run: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("dear")
    (run / "trials" / "1" / "data").symlink_to(kept)
    shutil.rmtree(run / "trials" / "2")
    (run / "trials" / "2").symlink_to(kept)
    remove_run(run)
    assert (kept / "file").read_text() == "dear"
    assert not run.exists()


def test_a_link_to_a_run_is_refused(run: Path) -> None:
    link = run.with_name("b")
    link.symlink_to(run)
    with pytest.raises(UsageError, match=f"is a link.*\n.*{run}"):
        remove_run(link)
    assert contents(run)


@pytest.mark.parametrize("name", ["notes.txt", "src", "trial", ".git", "ünïcode\n"])
def test_a_folder_with_anything_else_in_it_is_refused(run: Path, name: str) -> None:
    (run / name).mkdir()
    with pytest.raises(UsageError, match="more in it than a run writes"):
        remove_run(run)
    assert contents(run)


def test_a_folder_that_only_looks_like_what_is_left_of_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trials").mkdir()
    with pytest.raises(UsageError, match="is not the folder of a run"):
        remove_run(tmp_path)
    assert (tmp_path / "trials").exists()


@pytest.mark.parametrize("work", [remove_run, lambda run: rename_run(run, run.with_name("b"))])
def test_a_run_that_is_written_to_is_refused(run: Path, work) -> None:
    with Store(run, write=True), pytest.raises(RunLockedError, match=f"a: is running.*\n  `hpsearch stop {run.name}`"):
        work(run)
    assert contents(run)


def test_a_run_that_is_written_to_is_not_copied(run: Path) -> None:
    with Store(run, write=True), pytest.raises(RunLockedError, match="is running"):
        copy_run(run, run.with_name("b"))
    assert [path.name for path in run.parent.iterdir()] == ["a"]


def test_folders_that_a_trial_made_read_only_are_deleted_too(run: Path) -> None:
    locked = run / "trials" / "1" / "locked"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0o500)
    remove_run(run)
    assert list(run.parent.iterdir()) == []


def test_a_renamed_run_is_the_same(run: Path) -> None:
    right, whole = contents(run), files(run)
    rename_run(run, run.with_name("b"))
    assert not run.exists()
    assert (contents(run.with_name("b")), files(run.with_name("b"))) == (right, whole)


@pytest.mark.parametrize("work", [rename_run, copy_run])
@pytest.mark.parametrize("kind", ["run", "folder", "file", "broken link"])
def test_a_name_that_is_taken_is_refused(run: Path, kind: str, work) -> None:
    target = run.with_name("b")
    if kind == "run":
        open_store(target).close()
    elif kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.touch()
    else:
        target.symlink_to("nowhere")
    with pytest.raises(UsageError, match="already\n  choose another name"):
        work(run, target)
    assert contents(run)


def test_a_copy_is_whole_and_goes_on_for_itself(run: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "big").mkdir()
    shutil.move(run / "trials", tmp_path / "big")
    (run / "trials").symlink_to(tmp_path / "big" / "trials")  # on another disk: the copy must not write into it
    os.mkfifo(run / "trials" / "1" / "pipe")
    with socket.socket(socket.AF_UNIX) as left:
        monkeypatch.chdir(run / "trials" / "1")  # a socket's path is short
        left.bind("socket")
    (run / "trials" / "1" / "newest").symlink_to("stdout")
    copy = run.with_name("b")
    copy_run(run, copy)
    assert files(copy) == {**files(run), **{f"trials/{k}": v for k, v in files(tmp_path / "big" / "trials").items()}}
    assert (copy / "trials" / "1" / "newest").is_symlink()
    assert not (copy / "trials").is_symlink()
    before = contents(run)
    with Store(copy, write=True) as store:
        drop_after(store._db, 3)
    assert contents(run) == before
    assert len(contents(copy)) == 3
    assert [path.name for path in run_folders(run.parent)] == ["a", "b"]


def test_a_damaged_run_is_copied_as_it_is(run: Path) -> None:
    (run / "run.db").write_bytes((run / "run.db").read_bytes()[:5000])
    copy_run(run, run.with_name("b"))
    assert files(run.with_name("b")) == files(run)


def test_what_a_killed_writer_left_in_its_log_is_in_the_copy(run: Path) -> None:
    code = f"""
import os
from pathlib import Path
from hpsearch.store import Store
from hpsearch.trial import Job, Result, Status, Trial
store = Store(Path({str(run)!r}), write=True)
store.add_batches([[Job(Trial(99, 1, {{"x": 0.5}}, 0))]])
store.finish([(Job(Trial(99, 1, {{"x": 0.5}}, 0)), Result(Status.COMPLETE, {{"score": 1.0}}, {{}}, 0.5))])
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    copy_run(run, run.with_name("b"))
    assert len(contents(run.with_name("b"))) == TRIALS + 1


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_copy_for_which_there_is_no_room_leaves_nothing_behind(run: Path, monkeypatch, error: int) -> None:
    done = []

    def full(source: str, target: str) -> None:
        done.append(shutil.copyfile(source, target))
        if len(done) > 3:
            raise OSError(error, os.strerror(error), source)

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(StoreError, match=f"b: cannot be copied: .*{os.strerror(error)}"):
        copy_run(run, run.with_name("b"))
    assert [path.name for path in run.parent.iterdir()] == ["a"]


@pytest.mark.parametrize("work", [remove_run, lambda run: rename_run(run, run.with_name("b"))])
def test_in_a_read_only_folder_nothing_is_changed(run: Path, work) -> None:
    before = files(run)
    for place in (run, run.parent):
        place.chmod(0o555)
    with as_nobody(run), pytest.raises(StoreError, match=r"write-protected|nothing was changed"):
        work(run)
    for place in (run.parent, run):
        place.chmod(0o755)
    assert files(run) == before
    assert [path.name for path in run.parent.iterdir()] == ["a"]


def test_of_a_read_only_run_a_copy_can_be_made_that_can_be_written(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other" / "b"
    copy.parent.mkdir()
    copy.parent.chmod(0o777)
    for path in (run, *run.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody(run):
        copy_run(run, copy)
        with Store(copy, write=True) as store:
            drop_after(store._db, 3)
    assert len(contents(copy)) == 3


KILLED = """
import os, shutil, sys
from pathlib import Path
from hpsearch.store import copy_run, remove_run
left = int(sys.argv[1])
def event(name, args):
    global left
    if name in ("os.remove", "os.rmdir", "os.rename", "os.mkdir", "shutil.copyfile") and "lock" not in str(args[0]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(event)
run = Path(sys.argv[2])
{}
"""


def killed_at(step: int, run: Path, work: str) -> int:
    return subprocess.run([sys.executable, "-c", KILLED.format(work), str(step), str(run)], check=False).returncode


@pytest.mark.parametrize("step", [0, 1, 2, 7, 15, 25, 28, 1000])
def test_a_deletion_that_was_killed_anywhere_is_told_and_is_brought_to_its_end(run: Path, step: int) -> None:
    code = killed_at(step, run, "remove_run(run)")
    assert code == (0 if step == 1000 else -signal.SIGKILL)
    if step == 0:
        assert contents(run)
    else:
        assert not run.exists()
        assert [path.name for path in unfinished(run.parent)] == [".removing.a"] * (step < 1000)
        assert run_folders(run.parent) == []
    remove_run(run)
    assert list(run.parent.iterdir()) == []


@pytest.mark.parametrize("step", [0, 1, 2, 7, 15, 25, 28, 1000])
def test_a_copy_that_was_killed_anywhere_is_told_and_is_made_whole_by_the_same_command(run: Path, step: int) -> None:
    copy, right = run.with_name("b"), files(run)
    code = killed_at(step, run, "copy_run(run, run.with_name('b'))")
    assert code == (0 if step == 1000 else -signal.SIGKILL)
    assert files(run) == right
    if step < 1000:
        assert not copy.exists()
        assert [path.name for path in unfinished(run.parent)] == [".copying.b"] * (step > 0)
        assert run_folders(run.parent) == [run]
        copy_run(run, copy)
    assert files(copy) == right
    assert unfinished(run.parent) == []


def test_what_a_killed_copy_left_is_deleted_by_its_name(run: Path) -> None:
    copy = run.with_name("b")
    killed_at(9, run, "copy_run(run, run.with_name('b'))")
    assert leftovers(copy)
    assert remove_run(copy) > 0
    assert [path.name for path in run.parent.iterdir()] == ["a"]


def test_a_run_that_was_begun_after_a_killed_deletion_of_its_name_is_deleted_with_what_that_left(run: Path) -> None:
    killed_at(9, run, "remove_run(run)")
    open_store(run).close()
    check_removable(run)
    remove_run(run)
    assert list(run.parent.iterdir()) == []


def test_a_name_as_long_as_the_disk_takes_is_deleted_and_copied(run: Path) -> None:
    long = run.with_name("n" * 255)
    copy_run(run, long)
    assert contents(long) == contents(run)
    remove_run(long)
    assert [path.name for path in run.parent.iterdir()] == ["a"]

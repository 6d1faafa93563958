"""Runs as a whole: listed, deleted, renamed, copied."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from hpsearch.store import Store, size_on_disk
from hpsearch.store.lock import WriterLock
from hpsearch.store.store import drop_after


def rows(name: str) -> list[tuple[object, ...]]:
    with Store(Path("runs", name)) as store:
        history = store.history()
    return [(t.number, t.params, history.results[t.number].metrics) for t in history.trials]


def names() -> list[str]:
    return sorted(path.name for path in Path("runs").iterdir())


def test_ls_says_how_it_stands_in_a_table_in_json_and_in_csv(finished) -> None:
    assert re.search(r"small +done +8 ", finished("ls").out)
    (one,) = json.loads(finished("ls", "--format", "json").out)
    known = {"run": "small", "folder": "runs/small", "state": "done", "finished": 8, "total": 8, "goal": "maximize"}
    assert known.items() <= one.items()
    assert (one["process"], one["size"]) == (None, size_on_disk(Path("runs/small")))
    assert datetime.fromisoformat(one["started"]).tzinfo is not None
    (row,) = csv.DictReader(io.StringIO(finished("ls", "--format", "csv").out))
    assert row == {name: "" if value is None else str(value) for name, value in one.items()}


def test_ls_lists_a_run_that_cannot_be_read_among_the_others(finished) -> None:
    finished("copy", "small", "broken")
    Path("runs/broken/run.db").write_bytes(b"no database")
    out = finished("ls").out
    assert re.search(r"broken +damaged", out)
    assert re.search(r"small +done", out)
    assert "`hpsearch repair broken`" in out


def test_ls_of_an_interrupted_run_says_how_far_it_got(finished, small: Path) -> None:
    assert finished("run", str(small), "--name", "b").code == 0
    with Store(Path("runs/b"), write=True) as store:
        drop_after(store._db, 2)
    assert re.search(r"b +interrupted +2/8 ", finished("ls").out)


def test_rm_deletes_several_runs_and_says_what_was_freed(finished) -> None:
    finished("copy", "small", "b")
    outcome = finished("rm", "small", "runs/b", "--yes")
    assert outcome.code == 0
    assert re.search(r"deleted: small, \d+ KiB freed\ndeleted: b, \d+ KiB freed", outcome.out)
    assert names() == []


def test_rm_tells_all_mistakes_at_once_and_deletes_nothing(finished) -> None:
    for name in ("b", "c", "d"):
        finished("copy", "small", name)
    Path("runs/b/notes.txt").touch()
    Path("runs/link").symlink_to("small")
    lock = WriterLock(Path("runs/c"))
    outcome = finished("rm", "smal", "b", "c", "d", "link", "--yes")
    lock.release()
    assert outcome.code == 2
    assert "no run 'smal'; did you mean `small`?" in outcome.err
    assert "b: there is more in it than a run writes: notes.txt" in outcome.err
    assert f"c: is running (pid {os.getpid()})" in outcome.err
    assert "link: is a link" in outcome.err
    assert "4 mistakes; nothing was deleted" in outcome.err
    assert names() == ["b", "c", "d", "link", "small"]


def test_rm_without_a_terminal_needs_yes(finished, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    outcome = finished("rm", "small")
    assert outcome.code == 2
    assert "--yes deletes without asking" in outcome.err
    assert names() == ["small"]


@pytest.mark.parametrize(("answer", "left"), [(b"y\n", []), (b"n\n", ["small"]), (b"\n", ["small"])])
@pytest.mark.usefixtures("finished")
def test_rm_asks_on_a_terminal(answer: bytes, left: list[str]) -> None:
    master, slave = pty.openpty()
    os.write(master, answer)
    line = [sys.executable, "-m", "hpsearch", "rm", "small"]
    out = subprocess.run(line, stdin=slave, capture_output=True, text=True, timeout=60, check=True).stdout
    os.close(master)
    os.close(slave)
    assert re.search(r"runs/small  \d+ KiB\nDelete this run\? \[y/N\]", out)
    assert names() == left


@pytest.mark.parametrize("path", [".", "..", "runs", "runs/..", "/", ""])
def test_rm_of_what_is_no_run_deletes_nothing(finished, path: str) -> None:
    Path("trials").mkdir()  # as a run has
    assert finished("rm", path, "--yes").code == 2
    assert names() == ["small"]
    assert Path("trials").exists()


def test_a_run_given_by_a_dot_is_meant_by_its_name(finished, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir("runs/small")
    assert finished("mv", ".", "b").code == 0
    assert finished("rm", ".", "--yes").code == 0
    monkeypatch.chdir(tmp_path)
    assert names() == []


@pytest.mark.parametrize("name", ["a b", "-x", "ünï", "$(x)", "[bold]", "new\nline", "'", "n" * 250])
def test_a_folder_of_any_name_is_listed_copied_renamed_and_deleted(finished, name: str) -> None:
    Path("runs/small").rename(Path("runs", name))
    before = rows(name)
    assert finished("ls").code == 0
    assert json.loads(finished("ls", "--format", "json").out)[0]["run"] == name
    assert finished("copy", "--", name, "b").code == 0
    assert finished("rm", "--yes", "--", name).code == 0
    assert names() == ["b"]
    assert rows("b") == before


def test_a_name_that_is_no_text_is_listed_and_deleted(finished) -> None:
    name = os.fsdecode(b"\xff\xfe")
    Path("runs/small").rename(Path("runs", name))
    assert finished("ls").code == 0
    assert json.loads(finished("ls", "--format", "json").out)[0]["run"] == name
    assert finished("rm", name, "--yes").code == 0
    assert names() == []


def test_what_a_killed_deletion_or_copy_left_is_listed_and_goes_by_the_same_command(finished) -> None:
    finished("copy", "small", "b")
    Path("runs/b").rename("runs/.removing.b")
    finished("copy", "small", "c")
    Path("runs/c").rename("runs/.copying.c")
    out = finished("ls").out
    assert re.search(r"b +half removed", out)
    assert re.search(r"c +half copied", out)
    assert "small: 8 trials" in finished("report").out  # neither is the newest run
    assert finished("rm", "b", "--yes").code == 0
    assert finished("copy", "small", "c").code == 0
    assert names() == ["c", "small"]
    assert rows("c") == rows("small")


@pytest.mark.parametrize("command", ["mv", "copy"])
def test_under_its_new_name_a_run_opens_reports_zooms_and_goes_on(finished, small: Path, command: str) -> None:
    before = rows("small")
    outcome = finished(command, "small", "b")
    assert outcome.code == 0
    assert "`hpsearch run b` goes on with it" in outcome.out
    assert rows("b") == before
    assert "b: 8 trials: 8 complete" in finished("report", "b").out
    assert "all 8 trials are done" in finished("run", str(small), "--name", "b").out
    assert finished("run", str(small), "--name", "b", "--add", "2").code == 0
    assert finished("zoom", "b", "--trials", "3", "--yes").code == 0
    assert finished("retry", "b", "1").code == 0
    assert finished("confirm", "b", "--top", "2", "--replicates", "2").code == 0
    assert finished("evaluate", "b").code in (0, 1)
    assert len(rows("b")) == 13
    assert names() == (["b"] if command == "mv" else ["b", "small"])
    if command == "copy":
        assert rows("small") == before
    assert finished("rm", "b", "--yes").code == 0


def test_mv_and_copy_tell_all_mistakes_at_once_and_change_nothing(finished) -> None:
    finished("copy", "small", "b")
    lock = WriterLock(Path("runs/small"))
    for command in ("mv", "copy"):
        outcome = finished(command, "small", "b")
        assert outcome.code == 2
        assert "small: is running" in outcome.err
        assert "there is a run b already" in outcome.err
        assert "2 mistakes; nothing was changed" in outcome.err
    lock.release()
    for name in ("a b", "../c", "-x", "", ".removing.x", "ü"):
        for command in ("mv", "copy"):
            outcome = finished(command, "--", "small", name)
            assert outcome.code == 2
            assert "must be a name of letters, digits, `.`, `_` and `-`" in outcome.err
    assert names() == ["b", "small"]


def test_a_run_elsewhere_is_copied_under_the_runs_and_renamed_where_it_is(finished) -> None:
    Path("archive").mkdir()
    Path("runs/small").rename("archive/old")
    assert finished("mv", "archive/old", "older").code == 0
    assert finished("copy", "archive/older/", "b").code == 0
    assert names() == ["b"]
    assert rows("b") == rows("../archive/older")


def test_what_a_run_that_was_killed_left_running_ends_with_it(finished) -> None:
    folder = str(Path("runs/small").resolve())
    code = "import time; print(flush=True); time.sleep(600)"
    line = [sys.executable, "-c", code]
    with subprocess.Popen(line, env={**os.environ, "HPSEARCH_RUN": folder}, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        assert finished("rm", "small", "--yes").code == 0
        assert left.wait(timeout=10) < 0


def test_a_run_that_was_killed_while_trials_ran_is_deleted_with_what_they_wrote(cli) -> None:
    wait = "for i in range(3):\n        yield i\n        time.sleep(i)"
    Path("f.py").write_text(f"import os, time\ndef train(x):\n    {wait}\n    os.kill(os.getppid(), 9)\n")
    Path("c.yaml").write_text(
        "function: f:train\nmetric: {name: m, goal: maximize}\nparameters: {x: 'uniform(0, 1)'}\n"
        "search: {trials: 3}\nexecution: {workers: 2}\n"
    )
    subprocess.run([sys.executable, "-m", "hpsearch", "run", "c.yaml"], capture_output=True, timeout=60, check=False)
    assert (Path("runs/c/running")).exists()
    assert json.loads(cli("ls", "--format", "json").out)[0]["state"] == "only begun"
    assert cli("rm", "c", "--yes").code == 0
    assert names() == []

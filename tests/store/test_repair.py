"""Damage to the database is found or harmless, and what can be read can be saved."""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hpsearch.errors import StoreError
from hpsearch.store import DATABASE, Store, run_folders
from hpsearch.store.repair import repair_run
from hpsearch.store.tables import Facts
from hpsearch.trial import BY_HAND, Job, Result, Status, Trial
from tests.conftest import open_store

TRIALS = 60


def result(number: int) -> Result:
    return Result(Status.COMPLETE, {"score": number / 7}, {"score": [0.0, number / 7]}, 0.5)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A finished run."""
    folder = tmp_path / "whole"
    with open_store(folder) as store:
        jobs = [Job(Trial(n, 1, {"x": n / 61, "kind": "a"}, 0)) for n in range(1, TRIALS + 1)]
        store.add_batches([[job] for job in jobs])
        for job in jobs:
            store.finish([(job, result(job.trial.number))])
    return folder


def contents(folder: Path) -> list[tuple[object, ...]]:
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    return [(t.number, t.params, history.results.get(t.number), curves.get(t.number)) for t in history.trials]


def damaged(whole: Path, tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    shutil.copytree(whole, folder)
    return folder


def readable_or_refused(folder: Path, right: list[tuple[object, ...]]) -> bool:
    """Whether it opens with the right contents; False where it is refused with what to do."""
    message = ""
    try:
        found = contents(folder)
    except StoreError as err:
        message = str(err)
    assert ("hpsearch repair" in message) if message else (found == right)
    return not message


def no_rebuilding(_: object) -> Facts:
    raise StoreError("there is nothing to rebuild from")


def test_a_byte_flipped_anywhere_is_refused_or_without_effect(whole: Path, tmp_path: Path) -> None:
    right = contents(whole)
    data = bytearray((whole / DATABASE).read_bytes())
    folder = damaged(whole, tmp_path, "flipped")
    rng = np.random.default_rng(0)
    outcomes = []
    for offset in rng.integers(0, len(data), 300).tolist():
        changed = bytearray(data)
        changed[offset] ^= 1 << int(rng.integers(8))
        (folder / DATABASE).write_bytes(changed)
        outcomes.append(readable_or_refused(folder, right))
    assert any(outcomes)
    assert not all(outcomes)


def test_a_truncated_database_is_refused(whole: Path, tmp_path: Path) -> None:
    right = contents(whole)
    data = (whole / DATABASE).read_bytes()
    folder = damaged(whole, tmp_path, "cut")
    for size in range(1, len(data), max(1, len(data) // 40)):
        (folder / DATABASE).write_bytes(data[:size])
        assert not readable_or_refused(folder, right)


def test_repair_saves_every_row_that_can_be_read_and_keeps_the_damaged_file(whole: Path, tmp_path: Path) -> None:
    right = {row[0]: row for row in contents(whole)}
    data = bytearray((whole / DATABASE).read_bytes())
    place = data.index(b'{"score": 4.285714285714286}')
    data[place + 12] ^= 1
    folder = damaged(whole, tmp_path, "digit")
    (folder / DATABASE).write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        contents(folder)
    found = repair_run(folder, no_rebuilding)
    assert (found.saved["results"], found.damaged, found.results) == (TRIALS - 1, {"results": 1}, (30,))
    saved = {row[0]: row for row in contents(folder)}
    assert {number for number in right if saved[number] != right[number]} == {30}
    assert saved[30][2] is None
    assert (folder / f"{DATABASE}.damaged").read_bytes() == data
    with Store(folder) as store:
        assert [[job.trial.number for job in batch] for batch in store.pending()] == [[30]]


def test_repair_of_any_damage_gives_right_rows_or_says_that_nothing_can_be_saved(whole: Path, tmp_path: Path) -> None:
    right = {row[0]: row for row in contents(whole)}
    data = (whole / DATABASE).read_bytes()
    rng = np.random.default_rng(1)
    saved = 0
    for trial in range(25):
        changed = bytearray(data)
        start = int(rng.integers(4096, len(data) - 64))
        changed[start : start + 64] = bytes(64)
        folder = damaged(whole, tmp_path, f"hole-{trial}")
        (folder / DATABASE).write_bytes(changed)
        try:
            count = repair_run(folder, no_rebuilding).saved["results"]
        except StoreError:
            continue
        rows = [row for row in contents(folder) if row[2] is not None]
        assert len(rows) == count
        assert all(row[:3] == right[row[0]][:3] for row in rows)
        saved += count
    assert saved > 10 * TRIALS


def without(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / DATABASE) as db:
        db.execute(statement)
    db.close()


def test_facts_that_are_gone_are_rebuilt_from_what_is_left_or_the_original_stays_untouched(
    whole: Path, tmp_path: Path
) -> None:
    folder = damaged(whole, tmp_path, "factless")
    without(folder, "DELETE FROM facts WHERE key = 'metric'")
    before = (folder / DATABASE).read_bytes()
    with pytest.raises(StoreError, match="cannot be gone on with: its metric cannot be read"):
        repair_run(folder, no_rebuilding)
    assert (folder / DATABASE).read_bytes() == before
    assert [path.name for path in folder.glob("run.db*")] == [DATABASE]
    with Store(whole) as store:
        facts = store.facts()
    assert repair_run(folder, lambda _: facts).facts == ("metric",)
    assert contents(folder) == contents(whole)


def test_trials_that_are_gone_are_named(whole: Path, tmp_path: Path) -> None:
    folder = damaged(whole, tmp_path, "gone")
    without(folder, "DELETE FROM trials WHERE number IN (3, 9)")
    assert repair_run(folder, no_rebuilding).trials == (3, 9)


def test_ranges_of_a_round_that_are_gone_are_those_of_the_round_before(whole: Path, tmp_path: Path) -> None:
    folder = damaged(whole, tmp_path, "roundless")
    without(folder, "DELETE FROM rounds")
    assert repair_run(folder, no_rebuilding).rounds == (1,)
    with Store(folder) as store:
        assert list(store.rounds()) == [1]


@pytest.mark.parametrize("left", ["run.db-wal", "run.db.damaged", "trials", "best.npz"])
def test_a_run_whose_database_is_gone_is_not_begun_anew_among_its_remains(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / left).touch()
    with pytest.raises(StoreError, match=f"is gone .*there is still {left}"):
        open_store(folder)
    with pytest.raises(StoreError, match=r"put run\.db back, or start afresh"):
        repair_run(folder, no_rebuilding)
    assert run_folders(tmp_path) == [folder]


def test_a_repair_that_was_cut_off_is_brought_to_its_end(whole: Path, tmp_path: Path) -> None:
    folder = damaged(whole, tmp_path, "cut-off")
    (folder / DATABASE).rename(folder / f"{DATABASE}.repaired")
    with pytest.raises(StoreError, match="a repair was interrupted"):
        contents(folder)
    repair_run(folder, no_rebuilding)
    assert contents(folder) == contents(whole)


def parts(folder: Path) -> dict[int, list[tuple[int, int | None]]]:
    """Trial -> what waits of it: from where, and to where."""
    with Store(folder) as store:
        waiting = [job for batch in store.pending() for job in batch]
    return {job.trial.number: [(j.start, j.until) for j in waiting if j.trial == job.trial] for job in waiting}


@pytest.fixture
def paused(tmp_path: Path) -> Path:
    """A run of trials that pause at 2 and at 6 and end at 18, with a fork of the first at 4 and one of that at 8."""
    folder = tmp_path / "paused"
    fork = Trial(4, BY_HAND, {"x": 4}, 0, parent=1, branch=4, end=9)
    again = Trial(5, BY_HAND, {"x": 5}, 0, parent=4, branch=8, end=12)
    trials = [Trial(n, 1, {"x": n}, 0, end=18) for n in (1, 2, 3)]
    jobs = [Job(trial, start=a, until=b) for trial in trials for a, b in ((0, 2), (2, 6), (6, None))]
    jobs += [Job(trials[0], start=2, until=4), Job(fork, start=4, until=8), Job(fork, start=8), Job(again, start=8)]
    with open_store(folder) as store:
        store.add_batches([[job] for job in jobs])
        for job in jobs:
            store.finish([(job, replace(result(job.trial.number), start=job.start))])
    assert parts(folder) == {}
    return folder


@pytest.mark.parametrize(
    ("lost", "waits"),
    [
        ("trial = 1 AND until = 2", {1: [(0, 2)]}),
        ("trial = 1 AND until = 6", {1: [(4, 6)]}),
        ("trial = 2 AND until = 6", {2: [(2, 6)]}),
        ("trial = 2 AND until IN (2, 6)", {2: [(0, 6)]}),
        ("trial = 2 AND until = 0", {}),  # the method asks for it again
        ("trial = 2", {2: [(0, 2)]}),
        ("trial = 4", {4: [(4, None)]}),
        ("trial = 4 AND until = 8", {4: [(4, 8)]}),
        ("trial = 5", {5: [(8, None)]}),
    ],
)
def test_a_part_that_others_went_on_from_is_run_again_and_a_fork_begins_where_it_left_its_parent(
    paused: Path, lost: str, waits: dict[int, list[tuple[int, int | None]]]
) -> None:
    without(paused, f"DELETE FROM results WHERE {lost}")  # noqa: S608
    repair_run(paused, no_rebuilding)
    assert parts(paused) == waits


def test_what_was_forked_from_a_trial_that_is_gone_is_gone_too(paused: Path) -> None:
    without(paused, "DELETE FROM trials WHERE number = 1")
    assert repair_run(paused, no_rebuilding).trials == (1, 4, 5)
    with Store(paused) as store:
        history = store.history()
    assert [trial.number for trial in history.all_trials] == [2, 3]
    assert parts(paused) == {}

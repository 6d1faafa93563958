"""The log of a killed writer, damaged or cut: no result vanishes without a word, and repair reads past the damage."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from hpsearch.errors import StoreError
from hpsearch.store import DATABASE, Facts, Store
from hpsearch.store.repair import repair_run

TRIALS = 40
LOG, INDEX = f"{DATABASE}-wal", f"{DATABASE}-shm"
WRITER = """
import os, sys
from pathlib import Path
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Result, Status, Trial

first = Facts(Metric("score"), document={"model": "network"}), Round(1, {})
store = Store(Path(sys.argv[1]), write=True, first=lambda: first)
jobs = [Job(Trial(n, 1, {"x": n / 61}, 0)) for n in range(1, int(sys.argv[2]) + 1)]
store.add_batches([[job] for job in jobs])
for job in jobs:
    store.finish([(job, Result(Status.COMPLETE, {"score": job.trial.number / 7}))])
os.kill(os.getpid(), 9)
"""

Scores = dict[int, float]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose writer was killed after its last commit, so that all results are in the log alone."""
    folder = tmp_path_factory.mktemp("runs") / "killed"
    subprocess.run([sys.executable, "-c", WRITER, folder, str(TRIALS)], check=False)
    assert (folder / LOG).stat().st_size > 100_000
    return folder


def copied(killed: Path, place: Path, *, log: bytes | None, index: bool = False) -> Path:
    """The run as the writer left it, but for its log; None: without one."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in (DATABASE, INDEX) if index else (DATABASE,):
        shutil.copy(killed / name, place)
    if log is not None:
        (place / LOG).write_bytes(log)
    return place


def scores(folder: Path, *, write: bool = False) -> Scores:
    with Store(folder, write=write) as store:
        return {number: result.metrics["score"] for number, result in store.history().results.items()}


def flipped(log: bytes, offset: int, bit: int) -> bytes:
    changed = bytearray(log)
    changed[offset] ^= 1 << bit
    return bytes(changed)


RIGHT = {number: number / 7 for number in range(1, TRIALS + 1)}


@pytest.mark.parametrize("write", [False, True])
def test_a_whole_log_is_read_to_its_end(killed: Path, tmp_path: Path, write: bool) -> None:
    folder = copied(killed, tmp_path / "run", log=(killed / LOG).read_bytes(), index=True)
    assert scores(folder, write=write) == RIGHT


@pytest.mark.parametrize("write", [False, True])
def test_a_bit_flipped_anywhere_in_the_log_costs_the_newest_transaction_or_is_refused(
    killed: Path, tmp_path: Path, write: bool
) -> None:
    log = (killed / LOG).read_bytes()
    rng = np.random.default_rng(int(write))
    refused = 0
    places = [*range(32), *range(32, 32 + 24), *rng.integers(len(log), size=60).tolist()]
    for offset in places:
        folder = copied(killed, tmp_path / "run", log=flipped(log, offset, int(rng.integers(8))))
        found: Scores | str
        try:
            found = scores(folder, write=write)
        except StoreError as err:
            found = str(err)
        if isinstance(found, str):
            assert "hpsearch repair" in found
            refused += 1
        else:
            assert len(found) >= TRIALS - 1
            assert found.items() <= RIGHT.items()
    assert refused > len(places) // 2


def no_rebuilding(_: object) -> Facts:
    raise StoreError("there is nothing to rebuild from")


def waiting_in(folder: Path) -> list[int]:
    with Store(folder) as store:
        return [job.trial.number for batch in store.pending() for job in batch]


def test_repair_reads_past_a_damaged_frame_and_keeps_the_damaged_log(killed: Path, tmp_path: Path) -> None:
    log = (killed / LOG).read_bytes()
    rng = np.random.default_rng(2)
    saved = 0
    for _ in range(15):
        damaged = flipped(log, int(rng.integers(32, len(log) - 5000)), 3)
        folder = copied(killed, tmp_path / "run", log=damaged)
        try:
            repaired = repair_run(folder, no_rebuilding)
        except StoreError:  # the page that holds the config, and no later frame has it again
            continue
        found = scores(folder)
        assert repaired.frames or repaired.damaged
        assert len(found) == repaired.saved["results"]
        assert set(RIGHT) - set(found) <= {*repaired.results, *waiting_in(folder)}
        assert found.items() <= RIGHT.items()
        assert (folder / f"{LOG}.damaged").read_bytes() == damaged
        assert not list(folder.glob("*.replayed*"))
        assert sorted([*waiting_in(folder), *found]) == list(RIGHT)
        saved += len(found)
    assert saved > 12 * (TRIALS - 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the index is trusted where the time of the start is known")
@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9])
def test_a_log_that_is_shorter_than_its_index_says_is_refused(killed: Path, tmp_path: Path, part: float) -> None:
    log = (killed / LOG).read_bytes()
    folder = copied(killed, tmp_path / "run", log=log[: int(part * len(log))], index=True)
    with pytest.raises(StoreError, match="hpsearch repair"):
        scores(folder)
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="hpsearch repair"):
        scores(copied(killed, folder, log=None, index=True))


def test_a_transaction_that_was_cut_off_is_no_damage(killed: Path, tmp_path: Path) -> None:
    """As a kill in mid-write leaves it: whole frames of a transaction without its end, and a part of one."""
    log = (killed / LOG).read_bytes()
    cut = copied(killed, tmp_path / "run", log=log[: len(log) - 3 * 4096])
    found = scores(cut, write=True)
    assert found.items() <= RIGHT.items()
    assert len(found) >= TRIALS - 3


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs another user")
def test_results_in_the_log_are_seen_in_a_folder_that_is_read_only(killed: Path) -> None:
    with TemporaryDirectory() as place:  # pytest's folders are closed to others
        Path(place).chmod(0o755)
        _check_read_only(copied(killed, Path(place) / "run", log=(killed / LOG).read_bytes()))


def _check_read_only(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    code = (
        "import json, os, sys; from pathlib import Path; from hpsearch.store import Store\n"
        "os.geteuid() == 0 and os.setuid(65534)\n"
        "print(json.dumps(sorted(Store(Path(sys.argv[1])).history().results)))"
    )
    try:
        done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=False)
    finally:
        folder.chmod(0o755)
    assert done.stderr == ""
    assert json.loads(done.stdout) == list(RIGHT)


@pytest.mark.parametrize("write", [False, True])
def test_a_database_that_was_emptied_does_not_begin_anew(tmp_path: Path, write: bool) -> None:
    (tmp_path / "trials").mkdir()
    (tmp_path / DATABASE).touch()
    with pytest.raises(StoreError, match="hpsearch repair"):
        Store(tmp_path, write=write)


def test_a_run_whose_writer_was_killed_before_it_had_tables_has_only_begun(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()
    with pytest.raises(StoreError, match="only begun"):
        Store(tmp_path)
    Store(tmp_path, write=True).close()

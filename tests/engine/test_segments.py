"""Trials that pause and are promoted, through the real loop, store and networks; killed anywhere and resumed."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hpsearch.data import DataSource
from hpsearch.engine.executors import InlineExecutor
from hpsearch.engine.loop import Search
from hpsearch.history import History
from hpsearch.methods import Plan, RandomSearch, SearchMethod
from hpsearch.objectives.folder import checkpoint_folder
from hpsearch.objectives.network.training import NetworkObjective
from hpsearch.space import Choice, Fixed, Numeric, Parameter, Space
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Status

METRIC = Metric("val_loss", "minimize")
DATA = DataSource(name="blobs", points=90)
SPACE = Space(
    (
        Parameter("learning_rate", Numeric("loguniform", 1e-4, 0.1)),
        Parameter("units", Choice((4, 8))),
        Parameter("layers", Fixed(1)),
        Parameter("batch_size", Fixed(16)),
        Parameter("epochs", Fixed(6)),
    )
)
TRIALS, FIRST, SECOND = 9, 2, 6


class TwoRungs(SearchMethod):
    """All trials pause after two epochs; the best third of them is trained to its end, six."""

    pauses = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._random = RandomSearch(plan)

    @property
    def total(self) -> int:
        return TRIALS + TRIALS // 3

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:
        new = self._random.next_jobs(history, free)
        if new:
            return [Job(job.trial, until=FIRST) for job in new]
        if history.waiting:
            return []
        promoted = [n for n in history.ranking(FIRST)[: TRIALS // 3] if history.results[n].status is Status.PAUSED]
        return [Job(history.trial(number), start=FIRST) for number in promoted][:free]


def run(folder: Path) -> Iterator[int]:
    """Search in a folder, going on where it was; yields how many jobs have been done."""
    done = 0
    with Store(folder, write=True, first=lambda: (Facts(METRIC), Round(1, SPACE.spec()))) as store:
        for arrival in Search(
            method=TwoRungs(Plan(SPACE, seed=3, trials=TRIALS)),
            objective=NetworkObjective(DATA, METRIC, folder, wave=2),
            executor=InlineExecutor(),
            store=store,
            history=store.history(),
        ):
            done += len(arrival)
            yield done


def table(folder: Path) -> list[tuple[object, ...]]:
    """Every segment of every trial, and the curve through all of them."""
    with Store(folder) as store:
        history, curves = store.history(), store.curves()
    ends = {n: result for n, result in history.results.items() if result.status is Status.COMPLETE}
    reached = {n: {**history.segments.get(n, {}), **({SECOND: ends[n]} if n in ends else {})} for n in history.results}
    return [
        (n, history.trial(n).params, until, result.status, result.metrics, curves[n])
        for n, segments in sorted(reached.items())
        for until, result in sorted(segments.items())
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert list(run(folder))[-1] == TRIALS + TRIALS // 3
    return folder


def test_the_best_third_goes_on_from_where_it_paused_and_only_like_is_ranked_with_like(whole: Path) -> None:
    with Store(whole) as store:
        history, curves = store.history(), store.curves()
    paused = [n for n, result in history.results.items() if result.status is Status.PAUSED]
    by_loss = sorted(history.segments, key=lambda n: history.segments[n][FIRST].metrics["val_loss"])
    assert history.ranking(FIRST) == by_loss
    assert sorted(history.ranking()) == sorted(by_loss[: TRIALS // 3])
    assert sorted(paused) == sorted(by_loss[TRIALS // 3 :])
    assert {n: len(curves[n]["val_loss"]) for n in curves} == {n: 2 if n in paused else 6 for n in history.results}
    assert history.best() == history.trial(history.ranking()[0])


def test_a_network_in_two_segments_is_the_network_trained_at_once(whole: Path) -> None:
    with Store(whole) as store:
        history, curves = store.history(), store.curves()
    objective = NetworkObjective(DATA, METRIC)
    for number in history.ranking():
        (at_once,) = objective([Job(history.trial(number))])
        assert history.results[number].metrics == at_once.metrics
        assert curves[number]["val_loss"] == pytest.approx(at_once.curve["val_loss"], rel=1e-6)  # stored with 7 digits


@pytest.mark.parametrize("killed_after", [1, 5, 8, 9, 10, 11])
def test_killed_anywhere_it_goes_on_to_the_same_table(whole: Path, tmp_path: Path, killed_after: int) -> None:
    code = (
        "import os, pathlib; from tests.engine.test_segments import run\n"
        f"for done in run(pathlib.Path({str(tmp_path / 'run')!r})):\n"
        f"    if done >= {killed_after}: os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    assert 0 < len(table(tmp_path / "run")) < len(table(whole))
    assert list(run(tmp_path / "run"))
    assert table(tmp_path / "run") == table(whole)


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_checkpoint_that_is_gone_or_damaged_is_made_again_and_nothing_is_another(
    whole: Path, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "run"
    for done in run(folder):
        if done == TRIALS:
            break
    with Store(folder) as store:
        places = store.checkpoints()
    assert len(places) == TRIALS
    for place in places:
        file = checkpoint_folder(folder, place) / "network.npz"
        if harm == "gone":
            file.unlink()
        else:
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
    assert list(run(folder))
    assert table(folder) == table(whole)


def test_what_no_job_can_ask_for_any_more_is_removed(whole: Path, tmp_path: Path) -> None:
    folder, removed = tmp_path / "run", []
    method = TwoRungs(Plan(SPACE, seed=3, trials=TRIALS))
    with Store(folder, write=True, first=lambda: (Facts(METRIC), Round(1, SPACE.spec()))) as store:
        objective = NetworkObjective(DATA, METRIC, folder)
        search = Search(
            method=method,
            objective=objective,
            executor=InlineExecutor(),
            store=store,
            history=store.history(),
            remove=removed.append,
        )
        assert len(list(search)) == TRIALS + TRIALS // 3
        assert len(removed) == TRIALS
        assert store.checkpoints() == {}
        assert table(folder) == table(whole)

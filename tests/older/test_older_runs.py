"""Runs that older versions left behind are opened, reported and gone on with; see make_runs.py."""

import csv
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hpsearch.cli import main
from hpsearch.errors import StoreError
from hpsearch.store import DATABASE, Store
from tests.older.make_runs import curves, replicates

HERE = Path(__file__).parent
VERSIONS = sorted(path.parent for path in HERE.glob("*/expected.json"))
DAMAGED = f"{DATABASE}.damaged"

# 10^r may differ in the last bit from processor to processor, a model of the trials in more of them.
LAST_BIT, MODELLED = 1e-12, 1e-6


@dataclass(frozen=True)
class Older:
    """A run as an older version left it, and what it was to come to."""

    version: Path
    name: str
    held: dict[str, Any]
    expected: dict[str, Any]

    @property
    def config(self) -> str:
        return str(self.held["config"])

    @property
    def trains(self) -> bool:
        """Whether it trains networks."""
        return self.config in ("network.yaml", "table.yaml")

    @property
    def resume(self) -> list[str]:
        """The command that goes on with it."""
        return self.held.get("resume", ["run", self.config, "--name", self.name])


def older(*states: str) -> list[Any]:
    """All older runs in one of these states, as parameters of a test."""
    found = []
    for version in VERSIONS:
        runs = json.loads((version / "expected.json").read_text())
        for name, held in runs.items():
            if held["state"] in states:
                run = Older(version, name, held, runs[held.get("twin", name)])
                found.append(pytest.param(run, id=f"{version.name}-{name}"))
    return found


def older_named(*names: str) -> list[Any]:
    """The finished runs of these names."""
    return [param for param in older("finished") if param.values[0].name in names]


@dataclass
class Outcome:
    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call hpsearch in this process."""

    def call(*args: str) -> Outcome:
        with pytest.raises(SystemExit) as stopped:
            main(args)
        captured = capsys.readouterr()
        return Outcome(int(stopped.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The folder of all runs of a version, to be copied from."""
    places: dict[Path, Path] = {}

    def extract(version: Path) -> Path:
        if version not in places:
            places[version] = tmp_path_factory.mktemp(version.name)
            with tarfile.open(version / "runs.tar.xz") as archive:
                archive.extractall(places[version], filter="data")
        return places[version]

    return extract


@pytest.fixture
def folder(run: Older, extracted: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run's own folder; its project, without the other runs, is the current directory."""
    source = extracted(run.version)
    for path in source.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    # Without the times of change: the index of a killed run's log is believed only where it is of today.
    shutil.copytree(source / "runs" / run.name, tmp_path / "runs" / run.name, copy_function=shutil.copyfile)
    monkeypatch.chdir(tmp_path)
    return Path("runs") / run.name


def go_on(*args: str) -> str:
    """What hpsearch says as a program of its own, with the workers that the config names."""
    line = [sys.executable, "-m", "hpsearch", *args]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def rows(folder: Path) -> list[list[Any]]:
    """Number, round, settings, status and metrics of the trials that have a result."""
    with Store(folder) as store:
        history = store.history()
    pairs = [(trial, history.results.get(trial.number)) for trial in history.trials]
    return [[t.number, t.round, dict(t.params), str(r.status), dict(r.metrics)] for t, r in pairs if r is not None]


def exactly(value: Any) -> str:
    """A text that only the same values have, of the same types: 8 is not 8.0, nor "8"; NaN is NaN."""
    return json.dumps(value, sort_keys=True)


def nearly(found: Any, expected: Any, within: float) -> bool:
    """Whether only numbers with a fraction differ, and these by no more than this."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(nearly(found[k], expected[k], within) for k in expected)
    if isinstance(found, float) and isinstance(expected, float):
        return found == pytest.approx(expected, rel=within, abs=within, nan_ok=True)
    return exactly(found) == exactly(expected)


def check_table(run: Older, folder: Path) -> None:
    """What was there before is there to the last bit; what came later is what the undisturbed search came to."""
    found, saved = rows(folder), {row[0]: row for row in run.held["trials"]}
    assert [row[:2] for row in found] == [row[:2] for row in run.expected["trials"]]
    in_params = MODELLED if run.config == "coarse.yaml" else LAST_BIT
    hasty = False
    for row, expected in zip(found, run.expected["trials"], strict=True):
        if row[0] in saved:
            assert exactly(row) == exactly(saved[row[0]])
        assert nearly(row[2], expected[2], in_params)
        if run.config == "curve.yaml" and row[3] == "complete" != expected[3]:
            hasty = True  # early stopping of before was in a hurry
            continue
        assert row[3] == expected[3]
        if row[0] in saved or not run.trains:  # networks have other numbers by now
            assert nearly(row[4], expected[4], in_params)
    with Store(folder) as store:
        assert exactly(replicates(store)) == exactly(run.expected["replicates"])
        if not run.trains and not hasty:
            assert curves(store) == run.expected["curves"]


def check_reports(run: Older, cli: Cli) -> None:
    """Every command that reads a run reads it."""
    name = run.name
    for args in (
        ["report", name],
        ["report", name, "--rounds"],
        ["report", name, "--format", "markdown"],
        ["show", name, "1"],
        ["best", name, "--format", "yaml"],
        ["zoom", name, "--dry-run"],
        ["ls"],
    ):
        outcome = cli(*args)
        assert outcome.code == 0, outcome.err
        assert outcome.out
    assert name in outcome.out
    assert json.loads(cli("report", name, "--format", "json").out)
    table = csv.DictReader(io.StringIO(cli("report", name, "--format", "csv").out))
    ranked = {int(row["trial"]): row for row in table if row["status"] != "pending"}
    assert sorted(ranked) == [row[0] for row in run.held["trials"]]
    for number, _, _, status, metrics in run.held["trials"]:
        row = ranked[number]
        assert row["status"] == status
        # A metric that is named like a hyperparameter has a column beside it.
        shown = {key: row[f"metrics.{key}" if f"metrics.{key}" in row else key] for key in metrics}
        assert exactly({key: float(value or "nan") for key, value in shown.items()}) == exactly(metrics)


def best_trial(run: Older, cli: Cli) -> list[int]:
    """The trials that have the settings which are said to be the best."""
    best = cli("best", run.name, "--format", "json").out
    return [row[0] for row in run.expected["trials"] if nearly(json.loads(best), row[2], MODELLED)]


def test_there_are_runs_of_older_versions() -> None:
    assert all(older(state) for state in ("finished", "killed", "damaged", "begun"))


@pytest.mark.parametrize("run", older("killed"))
def test_a_killed_run_was_killed_in_the_middle(run: Older) -> None:
    saved = {row[0]: row for row in run.held["trials"]}
    whole = {row[0]: row for row in run.expected["trials"]}
    assert saved
    assert {number: exactly(row) for number, row in saved.items()} == {n: exactly(whole[n]) for n in saved}
    assert (saved, run.held["replicates"]) != (whole, run.expected["replicates"])


@pytest.mark.parametrize("run", older("finished", "killed"))
def test_a_run_opens_with_all_that_it_held_and_its_file_stays_as_it_was(run: Older, folder: Path) -> None:
    files = [folder / DATABASE, folder / f"{DATABASE}-wal"]
    before = [path.read_bytes() if path.exists() else b"" for path in files]
    assert exactly(rows(folder)) == exactly(run.held["trials"])
    with Store(folder) as store:
        history = store.history()
        assert exactly(replicates(store)) == exactly(run.held["replicates"])
        assert curves(store) == run.held["curves"]
    planned = {row[0]: row[2] for row in run.expected["trials"]}
    assert all(exactly(dict(trial.params)) == exactly(planned[trial.number]) for trial in history.trials)
    assert [path.read_bytes() if path.exists() else b"" for path in files] == before


@pytest.mark.parametrize("run", older("finished", "killed"))
@pytest.mark.usefixtures("folder")
def test_a_run_is_reported_by_every_command(run: Older, cli: Cli) -> None:
    check_reports(run, cli)


@pytest.mark.parametrize("run", older("finished"))
def test_a_finished_run_has_nothing_left_to_do_and_keeps_its_winner(run: Older, folder: Path, cli: Cli) -> None:
    outcome = cli(*run.resume, "--workers", "inline")
    assert outcome.code == 0, outcome.err
    assert "nothing to run" in outcome.out
    assert exactly(rows(folder)) == exactly(run.held["trials"])
    assert run.held["winner"] in best_trial(run, cli)


@pytest.mark.parametrize("run", older_named("network", "table"))
@pytest.mark.usefixtures("folder")
def test_the_saved_network_is_evaluated_where_the_project_lies_now(run: Older, cli: Cli) -> None:
    assert cli(*run.resume, "--workers", "inline").code == 0
    outcome = cli("evaluate", run.name)
    assert outcome.code == 0, outcome.err
    assert f"trial {run.held['winner']} of {run.name}" in outcome.out


@pytest.mark.parametrize("run", older("killed"))
def test_a_killed_run_goes_on_to_what_it_would_have_come_to(run: Older, folder: Path, cli: Cli) -> None:
    go_on(*run.resume)
    check_table(run, folder)
    check_reports(Older(run.version, run.name, {**run.held, "trials": rows(folder)}, run.expected), cli)
    if not run.trains:
        assert run.expected["winner"] in best_trial(run, cli)


@pytest.mark.parametrize("run", older_named("function", "command"))
@pytest.mark.usefixtures("folder")
def test_a_text_that_looks_like_a_number_stays_one_where_a_run_is_taken_up_by_its_name(run: Older) -> None:
    go_on(*run.resume)
    go_on("confirm", run.name, "--top", "1", "--replicates", "2")


@pytest.mark.parametrize("run", older("damaged"))
def test_a_damaged_run_is_refused_repaired_and_made_whole(run: Older, folder: Path, cli: Cli) -> None:
    with pytest.raises(StoreError, match=f"hpsearch repair {run.name}"):
        rows(folder)
    for args in (["report", run.name], run.resume):
        outcome = cli(*args)
        assert outcome.code == 1
        assert f"hpsearch repair {run.name}" in outcome.err
    outcome = cli("ls")
    assert outcome.code == 0
    assert "damaged" in outcome.out

    data = (folder / DATABASE).read_bytes()
    outcome = cli("repair", run.name)
    assert outcome.code == 0, outcome.err
    assert f"{len(run.held['trials'])} trials with results saved" in outcome.out
    assert (folder / DAMAGED).read_bytes() == data
    assert exactly(rows(folder)) == exactly(run.held["trials"])
    check_reports(run, cli)

    go_on(*run.resume)
    check_table(run, folder)


@pytest.mark.parametrize("run", older("begun"))
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["report", "csv", "rounds", "show", "best", "zoom", "confirm", "retry", "ls"])
def test_a_run_that_has_only_begun_is_said_to_have(run: Older, command: str, cli: Cli) -> None:
    more = {"csv": ["--format", "csv"], "rounds": ["--rounds"], "show": ["1"], "zoom": ["--dry-run"], "retry": ["1"]}
    verb = "report" if command in ("csv", "rounds") else command
    outcome = cli("ls") if command == "ls" else cli(verb, run.name, *more.get(command, []))
    assert outcome.code == (0 if command == "ls" else 1)
    assert "begun" in outcome.out + outcome.err


@pytest.mark.parametrize("run", older("begun"))
def test_a_run_that_has_only_begun_is_run_as_one_of_today(run: Older, folder: Path) -> None:
    go_on(*run.resume)
    go_on("run", run.config, "--name", "fresh")
    assert [exactly(row) for row in rows(folder)] == [exactly(row) for row in rows(folder.with_name("fresh"))]
    assert len(rows(folder)) == len(run.expected["trials"])

"""`fork`, `tree`, `replay` and `babysit` as they are typed, and what other commands say of a fork."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

LOSS = """\
name: loss
model: network
data: {name: blobs, points: 90}
metric: {name: val_loss, goal: minimize, at: best}
parameters: {learning_rate: "loguniform(1e-3, 1)", units: [4, 8], layers: 1, epochs: 6}
search: {method: points, points: [{learning_rate: 0.002, units: 4}, {learning_rate: 0.001, units: 8}]}
execution: {workers: inline}
"""


@pytest.fixture
def loss(cli: Cli, tmp_path: Path) -> Cli:
    """The command line, in a folder where a small search of networks has been run."""
    (tmp_path / "loss.yaml").write_text(LOSS)
    assert cli("run", "loss.yaml", "-q").code == 0
    return cli


def test_a_fork_is_trained_shown_and_ranked_with_the_others(loss: Cli) -> None:
    forked = loss("fork", "loss", "1@4", "--set", "learning_rate=0.3", "--until", "12")
    assert forked.code == 0, forked.err
    assert "@4 trial 3: learning_rate 0.002 -> 0.3" in forked.out
    tree = loss("tree", "loss").out
    assert "@4 trial 3 (best): learning_rate 0.002 -> 0.3" in tree
    assert "loss: 2 trials and 1 fork: 3 complete" in loss("report", "loss").out
    rows = loss("report", "loss", "--columns", "trial,parent,branch,reached", "--format", "csv").out.splitlines()
    assert rows[:2] == ["trial,parent,branch,reached", "3,1,4,12"]
    best = loss("best", "loss").out.splitlines()
    assert [line.partition(":")[0] for line in best] == ["0", "4"]
    assert "trial 1 at 4, with another learning_rate" in loss("show", "loss", "3").out
    replayed = loss("replay", "loss", "3")
    assert (replayed.code, "The same numbers, to the last digit." in replayed.out) == (0, True)


def test_an_unchanged_fork_says_that_it_is_unchanged(loss: Cli) -> None:
    loss("fork", "loss", "1@4")
    assert "trial 1 at 4, unchanged" in loss("show", "loss", "3").out
    assert "unchanged; " in loss("tree", "loss").out


def test_the_best_of_all_is_evaluated_where_it_is_a_fork_kept_or_trained_again(loss: Cli) -> None:
    loss("fork", "loss", "1@4", "--set", "learning_rate=0.3", "--until", "12")
    kept = loss("evaluate", "loss")
    assert kept.code == 0, kept.err
    assert "trial 3 of loss" in kept.out
    loss("fork", "loss", "3@8", "--set", "learning_rate=0.05", "--until", "14")
    loss("fork", "loss", "4@10", "--set", "learning_rate=0.9", "--until", "30")
    assert loss("confirm", "loss", "--top", "5", "--replicates", "2").code == 0
    evaluated = loss("evaluate", "loss")
    assert evaluated.code == 0, evaluated.err


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("fork", "loss", "1"), "--until 12"),
        (("fork", "loss", "1@9"), "can be gone on from 1 to 6"),
        (("fork", "loss", "9"), "loss has no trial 9; the last one is 2"),
        (("fork", "loss", "x"), "is no trial: 31, or 31@20"),
        (("fork", "loss", "1@3", "--set", "units=8"), "units: cannot change once a network is trained; these can:"),
        (("fork", "loss", "1@3", "--set", "epochs=8"), "--until says how far"),
        (("fork", "loss", "1@3", "--until", "2"), "--until 6"),
        (("replay", "loss", "9"), "has no finished trial 9"),
        (("babysit", "loss.yaml"), "--keys FILE"),
        (("babysit", "loss.yaml", "--name", "b", "--keys", "no.txt"), "no.txt"),
        (("babysit", "loss", "1@9", "--keys", "/dev/null"), "can be gone on from 1 to 6"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_begun(loss: Cli, typed: tuple[str, ...], told: str) -> None:
    refused = loss(*typed)
    assert (refused.code != 0, told in refused.err) == (True, True), refused.err
    assert "was forked" in loss("tree", "loss").out


def test_what_waits_of_a_fork_is_done_by_the_next_run(loss: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpsearch.engine.executors import InlineExecutor

    with monkeypatch.context() as patch:
        patch.setattr(InlineExecutor, "submit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert loss("fork", "loss", "1@4").code != 0
    assert "trial 3: unchanged; waits" in loss("tree", "loss").out
    refused = loss("fork", "loss", "3")
    assert "trial 3 of loss has no result yet" in refused.err
    assert loss("run", "loss").code == 0
    assert loss("replay", "loss", "3").code == 0


def test_a_session_is_played_again_to_the_same_numbers_and_its_run_can_be_removed(loss: Cli, tmp_path: Path) -> None:
    keys = "2 set learning_rate=0.1\n4 back 3\n3 up learning_rate  # by half\n5 back 0\n0 set learning_rate=0.5\n"
    (tmp_path / "keys").write_text(keys)
    first = loss("babysit", "loss.yaml", "--name", "a", "--keys", "keys")
    assert first.code == 0, first.err
    again = loss("babysit", "loss.yaml", "--name", "b", "--keys", "runs/a/keys.txt")
    assert again.code == 0, again.err

    def told(name: str) -> list[object]:
        rows = json.loads(loss("report", name, "--format", "json").out)
        return sorted(tuple(row[key] for key in ("trial", "parent", "branch", "val_loss")) for row in rows)

    assert told("a") == told("b")
    assert len(told("a")) == 4
    assert "0 trials and 4 forks" in loss("report", "a").out
    assert loss("rm", "a", "b", "--yes").code == 0
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["loss"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("set learning_rate=1", "EPOCH COMMAND"),
        ("1 dance", "the commands are set, up"),
        ("1 set learning_rate", "must be NAME=VALUE"),
        ("1 set units=8", "cannot change once a network is trained"),
        ("1 back x", "must be a number"),
        ("1 back 9", "must be from 0 to 1"),
        ("1 keep", "no two branches"),
        ("1 up", "there is no knob ''"),
        ("9 up learning_rate", "9 is beyond its end, 6: --until"),
        ("6 up learning_rate", "complete at 6: step back first"),
        ("3 back 2\n3 up learning_rate", "stepped back to 2"),
        ("3 up learning_rate\n2 up learning_rate", "2 is behind, it is at 3: `3 back 2` steps back"),
        ("\udcff\udcfe 1", "EPOCH COMMAND"),
    ],
)
def test_a_line_of_keys_that_cannot_be_done_is_named(loss: Cli, tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "keys").write_bytes(line.encode("utf-8", "surrogateescape"))
    refused = loss("babysit", "loss.yaml", "--name", "a", "--keys", "keys")
    assert refused.code != 0
    assert f"line {len(line.splitlines())} of the keys" in refused.err
    assert told in refused.err
    assert "X101" not in refused.err

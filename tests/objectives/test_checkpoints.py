"""What a trial has become: kept whole or not at all, and gone on from as if it had never paused."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hpsearch import nn
from hpsearch.data import DataSource
from hpsearch.errors import CheckpointLostError
from hpsearch.objectives import remove, remove_all_but
from hpsearch.objectives.checkpoints import begun, concluded, given, measured
from hpsearch.objectives.folder import checkpoint_folder, partial_folder
from hpsearch.objectives.network.training import NetworkObjective
from hpsearch.trial import Checkpoint, Job, Metric, Result, Status, Trial

DATA = DataSource(name="blobs", points=60)
EPOCHS = 5
NETWORKS = 50


def drawn(number: int) -> Trial:
    """A random network; every optimizer, way of decay and kind of regularization is among them."""
    rng = np.random.default_rng([7, number])
    params = {
        "learning_rate": float(10 ** rng.uniform(-4, -0.5)),
        "optimizer": ("sgd", "momentum", "rmsprop", "adam")[number % 4],
        "decay": ("none", "exponential", "inverse", "step")[number // 4 % 4],
        "decay_rate": float(rng.uniform(0.5, 0.99)),
        "decay_every": 2,
        "dropout": float(rng.choice([0.0, 0.3])),
        "batch_norm": bool(rng.integers(2)),
        "l2": float(rng.choice([0.0, 0.01])),
        "activation": str(rng.choice(["relu", "leaky_relu", "tanh", "sigmoid"])),
        "units": int(rng.integers(2, 9)),
        "layers": int(rng.integers(0, 3)),
        "batch_size": int(rng.choice([7, 16, 64])),
        "epochs": EPOCHS,
    }
    return Trial(number, 1, params, int(rng.integers(1000)), end=EPOCHS)


def trained(objective: NetworkObjective, job: Job, held: dict[object, Checkpoint]) -> Result:
    """Train a job from the checkpoint that it goes on from, and take in what it leaves."""
    if job.origin is not None:
        job = Job(job.trial, start=job.start, until=job.until, checkpoint=held[job.origin])
    (result,) = objective([job])
    if result.checkpoint is not None:
        kept = Checkpoint(result.checkpoint.size, result.checkpoint.checksum, result.metrics)
        held[job.trial.number, 0, job.reach] = kept
    return result


def same(ours: nn.NetworkState, theirs: nn.NetworkState) -> bool:
    groups = ((state.parameters, state.running, *state.moments.values()) for state in (ours, theirs))
    pairs = [pair for both in zip(*groups, strict=True) for pair in zip(both[0].items(), both[1].items(), strict=True)]
    bits = all(a[0] == b[0] and np.array_equal(a[1], b[1], equal_nan=True) for a, b in pairs)
    return bits and (ours.epoch, ours.powers) == (theirs.epoch, theirs.powers)


def assert_goes_on_as_if_never_interrupted(trial: Trial, metric: Metric, folder: Path) -> None:
    """Fork a network at every epoch, and the forks again; each is the network that was trained at once."""
    whole, forks = NetworkObjective(DATA, metric, folder / "whole"), NetworkObjective(DATA, metric, folder / "forks")
    held: dict[object, Checkpoint] = {}
    (right,) = whole([Job(trial)])
    at_end = checkpoint_folder(folder / "whole", (trial.number, 0, EPOCHS))
    if right.status is Status.DIVERGED:
        pytest.fail("the space of this proof has only networks that can be trained")
    curves = {name: list[float]() for name in right.curve}
    for epoch in range(1, EPOCHS):
        job = Job(trial, start=epoch - 1, until=epoch)
        for name, values in trained(forks, job, held).curve.items():
            curves[name] += values
        fork = Trial(100 * trial.number + epoch, 0, trial.params, trial.seed, trial.number, epoch, EPOCHS)
        result = trained(forks, Job(fork, start=epoch), held)
        assert result.status is Status.COMPLETE
        assert result.metrics == right.metrics
        for name, values in result.curve.items():
            assert curves[name] + values == right.curve[name], (trial.params, epoch, name)
        own = checkpoint_folder(folder / "forks", (fork.number, 0, EPOCHS))
        for file in ("network.npz", "best.npz")[: 1 + (metric.at == "best")]:
            assert same(nn.load(own / file), nn.load(at_end / file)), (trial.params, epoch, file)


@pytest.mark.parametrize("at", ["last", "best"])
def test_an_unchanged_fork_at_every_epoch_equals_the_uninterrupted_training_to_the_last_bit(
    tmp_path: Path, at: str
) -> None:
    for number in range(NETWORKS):
        assert_goes_on_as_if_never_interrupted(drawn(number), Metric("val_loss", "minimize", at), tmp_path / at)


def until_killed(folder: Path) -> None:
    """Train the segments of some networks again and again, until somebody kills this process."""
    while True:
        for number in range(8):
            objective, held = NetworkObjective(DATA, Metric("val_loss", "minimize"), folder), {}
            for epoch in range(1, EPOCHS):
                trained(objective, Job(drawn(number), start=epoch - 1, until=epoch), held)


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.03, 0.1])
def test_a_checkpoint_that_a_kill_left_is_whole_whenever_it_came(tmp_path: Path, moment: float) -> None:
    run = f"until_killed(pathlib.Path({str(tmp_path)!r}))"
    code = f"import pathlib; from tests.objectives.test_checkpoints import until_killed; {run}"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    while not (tmp_path / "trials" / "2").exists():
        time.sleep(0.005)
    time.sleep(moment)
    process.kill()
    process.wait()
    objective = NetworkObjective(DATA, Metric("val_loss", "minimize"), tmp_path / "whole")
    found = list(tmp_path.glob("trials/*/checkpoint-*[0-9]"))
    assert found
    for path in found:
        number, reached = int(path.parent.name), int(path.name.partition("-")[2])
        objective([Job(drawn(number), until=reached)])
        right = checkpoint_folder(tmp_path / "whole", (number, 0, reached))
        assert measured(path) == measured(right), "what stands under its own name is what an undisturbed one wrote"
    remove_all_but(tmp_path, [])
    assert not list(tmp_path.glob("trials/*/checkpoint-*"))


TRIAL = Trial(3, 1, {}, 0, end=9)
DONE = Result(Status.COMPLETE, {"score": 1.0})


def left(run: Path, job: Job) -> Path:
    folder = begun(run, job)
    assert folder is not None
    (folder / "weights").write_bytes(b"1234")
    return folder


def test_it_has_its_name_once_it_is_whole_and_is_refused_where_it_is_gone_or_another(tmp_path: Path) -> None:
    job = Job(TRIAL, until=4)
    left(tmp_path, job)
    assert not checkpoint_folder(tmp_path, (3, 0, 4)).exists()
    result = concluded(tmp_path, job, DONE)
    assert result.status is Status.PAUSED
    following = Job(TRIAL, start=4, checkpoint=result.checkpoint)
    folder = given(tmp_path, following)
    assert folder == checkpoint_folder(tmp_path, (3, 0, 4))
    assert not partial_folder(tmp_path, job, 4).exists()
    (folder / "weights").write_bytes(b"1235")
    with pytest.raises(CheckpointLostError, match="trial 3 at 4 is damaged"):
        given(tmp_path, following)
    remove(tmp_path, (3, 0, 4))
    with pytest.raises(CheckpointLostError, match="trial 3 at 4 is gone"):
        given(tmp_path, following)


@pytest.mark.parametrize("status", [Status.FAILED, Status.DIVERGED, Status.STOPPED, Status.TIMED_OUT])
def test_of_a_trial_that_did_not_get_there_nothing_is_kept(tmp_path: Path, status: Status) -> None:
    job = Job(TRIAL, until=4)
    left(tmp_path, job)
    assert concluded(tmp_path, job, Result(status)) == Result(status)
    assert not list((tmp_path / "trials" / "3").iterdir())


def nothing(folder: Path) -> None:
    (folder / "weights").unlink()


def no_folder(folder: Path) -> None:
    nothing(folder)
    folder.rmdir()


def a_file(folder: Path) -> None:
    no_folder(folder)
    folder.write_text("x")


def a_link_to_elsewhere(folder: Path) -> None:
    no_folder(folder)
    folder.parent.parent.with_name("elsewhere").mkdir()
    (folder.parent.parent.with_name("elsewhere") / "weights").write_text("x")
    folder.symlink_to(folder.parent.parent.with_name("elsewhere"))


@pytest.mark.parametrize("harm", [nothing, no_folder, a_file, a_link_to_elsewhere])
def test_a_program_that_left_nothing_in_its_folder_fails_with_how_and_its_next_attempt_begins_afresh(
    tmp_path: Path, harm: object
) -> None:
    job = Job(TRIAL, until=4)
    harm(left(tmp_path, job))  # type: ignore[operator]
    result = concluded(tmp_path, job, DONE)
    assert result.status is Status.FAILED
    assert "pause at 4" in (result.error or "")
    assert "HPSEARCH_CHECKPOINT_OUT" in (result.error or "")
    left(tmp_path, job)
    assert concluded(tmp_path, job, DONE).status is Status.PAUSED


def test_a_complete_trial_needs_to_leave_nothing(tmp_path: Path) -> None:
    begun(tmp_path, Job(TRIAL))
    assert concluded(tmp_path, Job(TRIAL), DONE) == DONE


def test_links_within_it_lead_there_under_its_own_name_too_and_those_out_of_it_are_not_followed(tmp_path: Path) -> None:
    job = Job(TRIAL, until=4)
    folder = left(tmp_path, job)
    (folder / "last").symlink_to(folder / "weights")
    (folder / "etc").symlink_to("/etc")
    (folder / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    result = concluded(tmp_path, job, DONE)
    kept = given(tmp_path, Job(TRIAL, start=4, checkpoint=result.checkpoint))
    assert kept is not None
    assert result.checkpoint is not None
    assert (kept / "last").read_bytes() == b"1234"
    assert result.checkpoint.size == 4
    remove(tmp_path, (3, 0, 4))
    assert Path("/etc").is_dir()
    assert not kept.exists()

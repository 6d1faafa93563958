"""What a person is told of checkpoints that are gone or damaged: which, and that the training was done again."""

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize("harm", ["gone", "damaged"])
@pytest.mark.parametrize("words", [("fork", "small"), ("babysit", "runs/small", "--keys", "keys")])
def test_it_is_said_and_trained_again(finished: Cli, tmp_path: Path, harm: str, words: tuple[str, ...]) -> None:
    assert finished("fork", "small", "1", "--until", "6").code == 0
    (tmp_path / "keys").write_text("")
    place = tmp_path / "runs" / "small" / "trials" / "9" / "checkpoint-6"
    if harm == "gone":
        shutil.rmtree(place)
    else:
        (place / "network.npz").write_bytes(b"half")
    command, run, *more = words
    done = finished(command, run, "9@6", "--until", "8", *more)
    assert done.code == 0, done.out + done.err
    assert f"Trained again: the checkpoint of trial 9 at 6 is {harm}" in re.sub(r"\s+", " ", done.out)

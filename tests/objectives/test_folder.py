"""The folder of a trial: what each part of its training printed is kept beside what the others did."""

from pathlib import Path

from hpsearch.objectives import outputs
from hpsearch.objectives.folder import keep_output
from hpsearch.trial import Job, Trial

TRIAL = Trial(1, 1, {}, 0)


def prints(folder: Path, start: int, text: str) -> None:
    keep_output(folder, Job(TRIAL, start=start))
    (folder / "stdout").write_text(text)


def printed(folder: Path) -> list[str]:
    return [path.read_text() for path in outputs(folder, "stdout")]


def test_the_parts_of_a_training_stand_in_their_order_and_another_attempt_loses_none(tmp_path: Path) -> None:
    assert printed(tmp_path) == []
    for start, text in ((0, "to 9"), (9, "to 12, cut off"), (9, "to 12"), (12, "to the end")):
        prints(tmp_path, start, text)
    assert printed(tmp_path) == ["to 9", "to 12", "to the end"]
    prints(tmp_path, 0, "afresh")
    assert printed(tmp_path) == ["afresh"]

"""Which checkpoints lie on disk while a search runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from hpsearch.engine.checkpoints import Checkpoints
from hpsearch.history import History
from hpsearch.trial import Checkpoint, Job, Metric, Place, Result, Status, Trial


@dataclass
class Rows:
    """What a store knows of them."""

    dropped: set[Place] = field(default_factory=set)

    def checkpoints(self) -> dict[Place, Checkpoint]:
        return {}

    def drop_checkpoints(self, places: Iterable[Place]) -> None:
        self.dropped |= {*places}


def test_beside_those_that_are_needed_no_more_than_a_quarter_of_them_lie_there() -> None:
    rows, history, there, looked = Rows(), History(Metric("y")), set[Place](), 0
    held = Checkpoints(cast("Any", rows), history)
    for number in range(1, 2001):
        job = Job(Trial(number, 1, {}, 0, end=9), until=3)
        held.take(job, Result(Status.PAUSED, {"y": 0.0}, checkpoint=Checkpoint(1, 1)))
        there.add((number, 0, 3))
        needed = [place for place in there if place[0] > number - 100]

        def asked(needed: list[Place] = needed) -> list[Place]:
            nonlocal looked
            looked += 1
            return needed

        held.tidy(asked, there.remove, at_once=False)
        assert {*needed} <= there
        assert len(there) <= max(16, 1.25 * len(needed))
        assert not rows.dropped & there
    assert looked < 2000 / 20, "and it looks for them once in a while alone"
    held.tidy(list, there.remove, at_once=True)
    assert not there

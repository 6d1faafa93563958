"""The seam between the search loop and what a trial trains."""

from collections.abc import Sequence
from typing import Protocol

from hpsearch.stopping import NO_BAR, Bar
from hpsearch.trial import Job, Result

__all__ = ["Objective"]


class Objective(Protocol):
    """Picklable: it holds paths and settings, never arrays, and loads what it needs where it runs.

    One that ends its trials by itself when their time is up says so: `keeps_time = True`.
    """

    @property
    def wave(self) -> int:
        """How many jobs it wants to see at once, to choose good batches among them."""

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Which jobs go to a worker together; the longest batch first. It depends on the jobs alone."""

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Train a batch, each trial for as long as it clears the bar.

        A job that fails is a result with its reason, not an exception; but WorkerDiedError says that it was
        killed from outside and may be tried again.
        """

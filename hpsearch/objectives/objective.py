"""The seam between the search loop and what a trial trains."""

from collections.abc import Sequence
from typing import Protocol

from hpsearch.trial import Job, Result

__all__ = ["Objective"]


class Objective(Protocol):
    """Picklable: it holds paths and settings, never arrays, and loads what it needs where it runs."""

    @property
    def wave(self) -> int:
        """How many jobs it wants to see at once, to choose good batches among them."""

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Which jobs go to a worker together; the longest batch first. It depends on the jobs alone."""

    def __call__(self, batch: Sequence[Job]) -> list[Result]:
        """Train a batch. A job that fails is a result with its reason, not an exception."""

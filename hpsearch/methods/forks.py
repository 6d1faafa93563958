"""The forks of a person: nothing is proposed, what they asked for is done."""

from collections.abc import Sequence

from hpsearch.history import History
from hpsearch.methods.method import SearchMethod
from hpsearch.trial import BY_HAND, Job


class Forks(SearchMethod):
    """Does what was forked by hand, and leaves the search itself where it is."""

    pauses = True

    @property
    def total(self) -> None:
        """As many as wait."""

    def takes(self, job: Job) -> bool:
        """Those alone."""
        return job.trial.round == BY_HAND

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:  # noqa: ARG002
        """None."""
        return ()

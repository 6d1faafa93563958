"""The best few again with other seeds: the best of many noisy trials was lucky too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from hpsearch.document import Integer, Key
from hpsearch.history import History
from hpsearch.methods.method import SearchMethod
from hpsearch.trial import Job

_MOST = 10_000


@dataclass(frozen=True)
class ReplicateSettings:
    """Run the `top` best trials again with `replicates` other seeds each."""

    top: Annotated[int, Key("how many of the best trials", Integer(min=1, max=_MOST))] = 5
    replicates: Annotated[int, Key("other seeds for each", Integer(min=2, max=_MOST))] = 5


class Replicates(SearchMethod):
    """Runs the best few again; what has been run already is not run again, and what waits is waited for.

    Their first results are not used: they were chosen for being high, so luck is in them.
    """

    Settings = ReplicateSettings
    replicates = True

    @property
    def total(self) -> int:
        """How many jobs there are in all."""
        settings = self.plan.of(ReplicateSettings)
        return settings.top * settings.replicates

    def next_jobs(self, history: History, free: int) -> Sequence[Job]:  # noqa: ARG002  all at once
        """The jobs that have neither been run nor wait to be."""
        settings = self.plan.of(ReplicateSettings)
        return [
            Job(history.trial(number), replicate, start=history.trial(number).branch)
            for number in history.ranking()[: settings.top]
            for replicate in range(1, settings.replicates + 1)
            if replicate not in history.replicates.get(number, {})
        ]

"""How long the search of a run may take: its time by the clock on the wall, kept from one start to the next."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hpsearch.runs.run import Run
from hpsearch.system.environment import slots


@dataclass(frozen=True)
class Clock:
    """The time of a search, from now on.

    given: seconds that it may take in all, None for no limit; spent: seconds that it took before.
    """

    given: float | None
    spent: float
    _begin: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, run: Run) -> "Clock":
        """The clock of a run's search; a zoom has the time of the config for itself."""
        given = run.config.search.time
        if given is None:
            return cls(None, 0.0)
        # Of a search that was killed only the time of its trials is known.
        return cls(given, max(run.store.facts().spent, _trained(run)))

    @property
    def taken(self) -> float:
        """Seconds that the search has taken in all."""
        return self.spent + time.monotonic() - self._begin

    def is_up(self) -> bool:
        """Whether the time is over."""
        return self.given is not None and self.taken >= self.given

    def keep(self, run: Run) -> None:
        """Write down how much of the time is spent."""
        if self.given is not None:
            run.store.note(spent=self.taken)


def give_back(run: Run, numbers: Sequence[int]) -> None:
    """Let trials that are to be run again have the time that they took."""
    limit = run.config.search.time
    if limit is not None:
        spent = min(run.store.facts().spent, limit)
        run.store.note(spent=max(0.0, spent - _trained(run, numbers)))


def _trained(run: Run, numbers: Sequence[int] | None = None) -> float:
    """Seconds that trials took, of as many workers as there are: these, or all of the search that goes on."""
    settings, results = run.config.execution, run.history.results
    first = 1 if run.newest.until is None else run.newest.number  # a zoom is a search of its own
    own = (n for n in results if run.history.trial(n).round >= first)
    return sum(results[n].seconds for n in numbers or own) / slots(settings.workers, settings.devices)

"""How long the search of a run may take: its time by the clock on the wall, kept from one start to the next."""

import time
from dataclasses import dataclass, field

from hpsearch.runs.run import Run


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
        return cls(given, max(run.store.facts().spent, run.trained()))

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

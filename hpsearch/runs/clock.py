"""How long the search of a run may take: its time by the clock on the wall, kept from one start to the next."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hpsearch.config import SearchSettings
from hpsearch.runs.run import Run
from hpsearch.store import Ending
from hpsearch.system.environment import slots


@dataclass(frozen=True)
class Clock:
    """The time of a search, from now on: `search.time`, `until` and `grace` of its settings.

    spent: seconds that it took before.
    """

    settings: SearchSettings
    spent: float
    _begin: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, run: Run) -> "Clock":
        """The clock of a run's search; a zoom has the time of the config for itself."""
        settings = run.config.search
        # Of a search that was killed only the time of its trials is known.
        return cls(settings, 0.0 if settings.time is None else max(run.store.facts().spent, _trained(run)))

    @property
    def taken(self) -> float:
        """Seconds that the search has taken in all."""
        return self.spent + time.monotonic() - self._begin

    @property
    def ending(self) -> Ending:
        """What ends the search, of the two the first."""
        return Ending(min(self._left(), key=self._left().__getitem__))

    def left(self) -> float | None:
        """Seconds until the search ends; below 0 past that, None where no time ends it."""
        return min(self._left().values(), default=None)

    def _left(self) -> dict[str, float]:
        found, settings = {}, self.settings
        if settings.time is not None:
            found["time"] = settings.time - self.taken
        if settings.until is not None:
            found["until"] = settings.until - time.time()
        return found

    def is_up(self) -> bool:
        """Whether the time is over."""
        left = self.left()
        return left is not None and left <= 0

    def ends_running(self) -> bool:
        """Whether what still runs has had its grace too."""
        left, grace = self.left(), self.settings.grace
        return left is not None and grace is not None and left + grace <= 0

    def keep(self, run: Run) -> None:
        """Write down how much of the time is spent."""
        if self.settings.time is not None:
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
    first = 1 if run.base.until is None else run.base.number  # a zoom is a search of its own
    own = (n for n in results if run.history.trial(n).round >= first)
    return sum(results[n].seconds for n in numbers or own) / slots(settings.workers, settings.devices)

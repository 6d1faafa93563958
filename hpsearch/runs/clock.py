"""How long the search of a run may take: its time by the clock on the wall, kept from one start to the next."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hpsearch.config import SearchSettings
from hpsearch.runs.run import Run
from hpsearch.store import Ending
from hpsearch.system.environment import slots


@dataclass
class Clock:
    """The time of a search, from now on: `search.time`, `until` and `grace` of its settings.

    spent: seconds that it took before.
    """

    settings: SearchSettings
    spent: float
    _begin: float = field(default_factory=time.monotonic)
    _kept: float = field(init=False)  # what was last written down

    def __post_init__(self) -> None:
        self._kept = self.spent

    @classmethod
    def of(cls, run: Run) -> "Clock":
        """The clock of a run's search; a zoom has the time of the config for itself."""
        return cls(run.config.search, run.store.facts().spent)

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

    def keep(self, run: Run, every: float = 0.0) -> None:
        """Write down how much of the time is spent, so many seconds after the last time: a killed search has spent it.

        It is counted whether or not the config limits it: it may do so from the next start on.
        """
        if (taken := self.taken) >= self._kept + every:
            run.store.note(spent=taken)
            self._kept = taken


def give_back(run: Run, numbers: Sequence[int]) -> None:
    """Let trials that are to be run again have the time that they took."""
    limit = run.config.search.time
    if limit is not None:
        spent = min(run.store.facts().spent, limit)
        run.store.note(spent=max(0.0, spent - _trained(run, numbers)))


def _trained(run: Run, numbers: Sequence[int]) -> float:
    """Seconds that trials took, of as many workers as there are."""
    settings, results = run.config.execution, run.history.results
    return sum(results[n].seconds for n in numbers) / slots(settings.workers, settings.devices)

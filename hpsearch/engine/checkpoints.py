"""Which checkpoints a search has, what makes one that is missing again, and which of them nothing needs any more."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from hpsearch.history import History
from hpsearch.store import Store
from hpsearch.trial import BY_HAND, Job, Place, Result

_FEWEST = 16  # checkpoints, before those are looked for that can go
_SHARE = 4  # of those that were needed at the last time, so many may lie there beside them: one in


@dataclass
class Checkpoints:
    """What the trials of a run can be carried on from."""

    store: Store
    history: History
    _most: int = field(default=_FEWEST, init=False)

    def __post_init__(self) -> None:
        self._held = self.store.checkpoints()

    def lacking(self, jobs: Iterable[Job]) -> Job | None:
        """The job that makes what one of these goes on from, where that is not there: from the nearest one before."""
        for job in jobs:
            if job.origin is not None and job.origin not in self._held:
                return self._again(*job.origin)
        return None

    def _again(self, number: int, replicate: int, reached: int) -> Job:
        trial = self.history.trial(number)
        earlier = (at for n, r, at in self._held if (n, r) == (number, replicate) and at < reached)
        return Job(trial, replicate, max(earlier, default=trial.branch), reached)

    def given(self, job: Job) -> Job:
        """The job, with what it goes on from."""
        return job if job.origin is None else replace(job, checkpoint=self._held[job.origin])

    def take(self, job: Job, result: Result) -> None:
        """Take in what a job has left; a result without a checkpoint has none."""
        if result.checkpoint is not None and job.leaves is not None:
            self._held[job.leaves] = replace(result.checkpoint, metrics=result.metrics)

    def lose(self, jobs: Iterable[Job]) -> None:
        """Note that what one of these goes on from is not there, or is not what was written: all are made again."""
        for job in jobs:
            if job.origin is not None and self._held.pop(job.origin, None) is not None:
                self.store.drop_checkpoints([job.origin])

    def tidy(
        self, needed: Callable[[], Collection[Place | None]], remove: Callable[[Place], None], *, at_once: bool
    ) -> None:
        """Remove those that nothing needs; if not at once, not before a quarter has come in since the last time.

        The store knows of one no more before it goes.
        """
        if not self._held or (len(self._held) <= self._most and not at_once):
            return
        keep = {*needed(), *self._of_the_best(), *self._by_hand()}
        gone = [place for place in self._held if place not in keep]
        self.store.drop_checkpoints(gone)
        for place in gone:
            del self._held[place]
            remove(place)
        self._most = max(_FEWEST, len(self._held) + len(self._held) // _SHARE)

    def _of_the_best(self) -> list[Place]:
        best = self.history.best()
        return [] if best is None else self._newest(best.number)

    def _by_hand(self) -> Iterable[Place]:
        """Of forks the newest one, and the one that they began with."""
        for fork in self.history.forks:
            yield from self._newest(fork.number)
            yield (fork.parent or 0, 0, fork.branch)

    def _newest(self, number: int) -> list[Place]:
        reached = self.history.reached(number) if number in self.history.results else None
        return [] if reached is None else [(number, 0, reached)]


def by_hand(job: Job) -> bool:
    """Whether a job is of a trial that a person has forked."""
    return job.trial.round == BY_HAND

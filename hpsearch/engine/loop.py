"""The loop: next jobs, save, submit, wait, save, yield. It knows no method, objective or executor by name."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from math import inf

from hpsearch.engine.checkpoints import Checkpoints, by_hand
from hpsearch.engine.executors import Executor
from hpsearch.engine.failures import Failures
from hpsearch.engine.goal import Goal
from hpsearch.errors import CheckpointLostError, HpsearchError, JobLostError, JobOutOfMemoryError, JobTimedOutError
from hpsearch.history import History
from hpsearch.methods import SearchMethod
from hpsearch.objectives import Objective
from hpsearch.stopping import TEACHING, Bar, StopRule
from hpsearch.store import Round, Store
from hpsearch.trial import Job, Place, Result, Status

Done = tuple[Job, Result]

_LOG = logging.getLogger(__name__)

TICK = 1.0


@dataclass(frozen=True)
class _Batch:
    """Jobs that go to a worker together, the first number among them, and how often a worker was lost with them.

    again: whether they only make again what others go on from.
    """

    jobs: Sequence[Job]
    first: int
    losses: int = 0
    again: bool = False

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> "_Batch":
        return cls(jobs, min(job.trial.number for job in jobs))


@dataclass(kw_only=True)
class Search:
    """Runs the jobs of a method until it has no more; an iterator over results as they arrive and are saved.

    While none arrive it yields an empty list every TICK seconds: whoever watches may have something to say, or an end
    to make. Where the goal is reached it ends at once; what runs then is past it and does not count.

    Attributes:
        store: takes jobs before they start and results when they arrive, in one transaction each.
        history: what the store holds; it grows with the search.
        retries: how often a batch whose worker died is tried again.
        rule: decides what trials have to reach to be trained to their end. It is told of the results that precede
            theirs by so much that it need not matter which are in: where they are not, the batch waits.
        goal: says where the search ends by what its trials are; None where nothing of that kind ends it.
        max_failures: so many failures end the search.
        stopping: once true, no new batch starts; those that run are waited for.
        keep: called with results before they are saved, for what lies outside the database.
        begun: the rounds that begin with new jobs; they are saved together with these.
        remove: called with the place of a checkpoint that is too large, or, where it `tidies`, that nothing needs.
        largest: bytes that a checkpoint may have; None for no limit.
        lost: takes in which checkpoints were gone or damaged, and so are made again.
        awaited: the trial that free slots wait for, as the bar of the next ones follows from it; None while none do.

    Raises:
        SearchFailedError: too many trials failed, or the first of them all in the same way; what came is saved.
    """

    method: SearchMethod
    objective: Objective
    executor: Executor
    store: Store
    history: History
    retries: int = 1
    rule: StopRule | None = None
    goal: Goal | None = None
    max_failures: int | None = None
    stopping: Callable[[], bool] = lambda: False
    keep: Callable[[Sequence[Done]], None] = lambda _: None
    begun: Callable[[Sequence[Job]], Sequence[Round]] = lambda _: ()
    remove: Callable[[Place], None] = lambda _: None
    tidies: bool = True
    largest: int | None = None
    lost: list[str] = field(default_factory=list)
    awaited: int | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[list[Done]]:
        self._failures = Failures(self.history, self.max_failures)
        pending = self.store.pending(replicates=self.method.replicates)
        waiting = (_Batch.of(jobs) for jobs in pending if self.method.takes(jobs[0]))
        self._queue = deque(sorted(waiting, key=lambda batch: self._horizon(batch) or 0))
        self._running: dict[Future[list[Result]], _Batch] = {}
        self._learned = 0  # the last trial that the rule was told of
        self._checkpoints = Checkpoints(self.store, self.history)
        self._hopeless: dict[Place | None, str] = {}  # checkpoints that cannot be made again, and why
        self._failed: list[Done] = []  # without having been run
        while True:
            self._failures.check()
            if not self.stopping():
                self._fill()
            if self._failed:
                failed, self._failed = self._failed, []
                self._save(failed)
                yield failed
                continue
            if not self._running or (self.goal and self.goal.ending):
                self._tidy(at_once=True)
                return
            finished, _ = wait(self._running, TICK, return_when=FIRST_COMPLETED)
            if not finished:
                yield []
            for future in finished:
                if done := self._settle(future):
                    yield done

    @property
    def running(self) -> bool:
        """Whether it has left anything running."""
        return bool(self._running)

    def _fill(self) -> None:
        """Start batches until all slots are taken."""
        self.awaited = None
        last = self.goal.last if self.goal else inf
        while len(self._running) < self.executor.slots and self._prepared(last):
            horizon = self._horizon(self._queue[0])
            slowest = min(self.history.waiting, default=None)
            if horizon is not None and slowest is not None and slowest <= horizon:
                if _LOG.isEnabledFor(logging.DEBUG):
                    _LOG.debug("trial %d waits for trial %d, up to which its bar goes", self._queue[0].first, slowest)
                self.awaited = slowest
                return
            batch = self._queue.popleft()
            batch = replace(batch, jobs=list(map(self._checkpoints.given, batch.jobs)))
            bar = [] if horizon is None else [self._bar(horizon)]
            if _LOG.isEnabledFor(logging.DEBUG):
                judged = f", judged by the trials up to {horizon}" if horizon is not None and horizon > 0 else ""
                _LOG.debug("%s begins%s", _named(batch.jobs), judged)
            self._running[self.executor.submit(self.objective, batch.jobs, *bar)] = batch

    def _prepared(self, last: float) -> bool:
        """Whether a batch can begin, the head of the queue; what it goes on from is made again where it has to be."""
        while True:
            while self._queue and self._queue[0].first > last and not by_hand(self._queue[0].jobs[0]):
                self._queue.popleft()  # they wait in the store: for another goal
            if not self._queue and (self.history.next_number > last or not self._propose()):
                return False
            head = self._queue[0]
            if any(job.origin in self._hopeless for job in head.jobs):
                self._give_up(self._queue.popleft())
            elif (lacking := self._checkpoints.lacking(head.jobs)) is None:
                return True
            elif any(lacking in batch.jobs for batch in self._running.values()):
                return False
            else:
                _LOG.debug("%s is run again up to %s: its checkpoint is not there", _named([lacking]), lacking.until)
                self._queue.appendleft(_Batch([lacking], head.first, again=True))

    def _give_up(self, batch: _Batch) -> None:
        """Let jobs fail whose checkpoint cannot be made again."""
        for job in batch.jobs:
            why = self._hopeless.get(job.origin, "")
            if batch.again:
                self._hopeless[job.leaves] = why
            else:
                self._failed.append((job, Result(Status.FAILED, error=why, start=job.start)))

    def _tidy(self, *, at_once: bool = False) -> None:
        """Remove the checkpoints that nothing needs any more."""
        if self.tidies and not (at_once and self.stopping()):
            self._checkpoints.tidy(self._needed, self.remove, at_once=at_once)

    def _needed(self) -> set[Place | None]:
        jobs = (job for batch in (*self._queue, *self._running.values()) for job in batch.jobs)
        return {*(job.origin for job in jobs), *self.method.keeps(self.history)}

    def _horizon(self, batch: _Batch) -> int | None:
        """The last trial whose result the bar of a batch follows from; None for a batch without a bar."""
        free = self.rule is None or self.method.replicates or batch.again or by_hand(batch.jobs[0])
        return None if free or self.rule is None else self.rule.settings.horizon(batch.first)

    def _bar(self, horizon: int) -> Bar:
        """The bar by the results up to a trial, from the curves as they are kept."""
        assert self.rule is not None  # noqa: S101  else there are no bars
        if horizon < self._learned:  # a trial far back is run again
            self.rule, self._learned = replace(self.rule), 0
        new, self._learned = range(self._learned + 1, horizon + 1), max(self._learned, horizon)
        forks = {trial.number for trial in self.history.forks}
        known = ((n, self.history.results[n]) for n in new if n in self.history.results and n not in forks)
        taught = (n for n, result in known if result.status in TEACHING)
        for curve in self.store.curves(taught).values():
            self.rule.learn(curve)
        return self.rule.bar()

    def _propose(self) -> bool:
        wave = self.objective.wave
        if self.rule is not None:
            wave = min(wave, self.rule.settings.room(self.history.next_number))  # a batch is of one group
        jobs = self.method.next_jobs(self.history, wave)
        if not jobs:
            return False
        batches = self.objective.batches(jobs)
        self.store.add_batches(batches, self.begun(jobs))
        for job in jobs:
            self.history.add(job)
        self._queue.extend(map(_Batch.of, batches))
        return True

    def _settle(self, future: Future[list[Result]]) -> list[Done]:
        """Take in what came of a batch: save its results, or try it again."""
        batch = self._running.pop(future)
        error = future.exception()
        if error is None:
            done = [(job, self._checked(job, result)) for job, result in zip(batch.jobs, future.result(), strict=True)]
        elif self._tries_again(batch, error):
            return []
        elif isinstance(error, HpsearchError) and not isinstance(error, JobLostError):
            raise error  # nothing that another trial would do better: the data set is gone, say
        else:
            done = [(job, self._checked(job, _failure(error))) for job in batch.jobs]
        if self.stopping():  # what ends the search may have ended them too: they wait, and are run again next time
            done = [(job, result) for job, result in done if result.status is not Status.FAILED]
        if batch.again:
            self._take_again(done)
            return []
        self._save(done)
        self._tidy()
        return done

    def _checked(self, job: Job, result: Result) -> Result:
        """A result as it is kept: it knows where it began, and a checkpoint that is too large is none."""
        size, place = result.checkpoint.size if result.checkpoint else 0, job.leaves
        if self.largest is not None and size > self.largest and place is not None:
            self.remove(place)
            result = replace(result, checkpoint=None)
            if job.until is not None:
                told = f"its checkpoint has {size:,} bytes; execution.checkpoint_size allows {self.largest:,}"
                result = replace(result, status=Status.FAILED, error=CheckpointLostError(told).shown())
        return replace(result, start=job.start) if job.start else result

    def _take_again(self, done: Sequence[Done]) -> None:
        """Take in what was made again: nobody waits for it as such, and it is no trial that failed."""
        made = [(job, result) for job, result in done if result.checkpoint is not None]
        self.store.finish(made)
        for job, result in made:
            self._checkpoints.take(job, result)
            self.history.take(job.trial.number, job.replicate, job.until, result)
        for job, result in done:
            if result.checkpoint is None:
                why = f"{_named([job])} cannot be trained again up to {job.until}: {result.error or result.status}"
                self._hopeless[job.leaves] = why

    def _save(self, done: Sequence[Done]) -> None:
        if self.goal:
            self.goal.take(done)
        self.keep(done)
        self.store.finish(done)
        for job, result in done:
            if _LOG.isEnabledFor(logging.DEBUG):
                value, error = result.metrics.get(self.history.metric.name), f": {result.error}" if result.error else ""
                _LOG.debug("%s is %s after %.3f s, %s%s", _named([job]), result.status, result.seconds, value, error)
            self.history.finish(job, result)
            self._checkpoints.take(job, result)
            if job.replicate == 0 and not by_hand(job):
                self._failures.add(result)

    def _tries_again(self, batch: _Batch, error: BaseException) -> bool:
        """Put a lost batch back in the queue: first as it was, so that its results are those of an undisturbed run.

        Lost for good, it comes back job by job, so that a bad one drags no other with it.
        """
        if not isinstance(error, JobLostError):
            return False
        retries = self.retries
        if isinstance(error, CheckpointLostError):
            self.lost.append(str(error))
            self._checkpoints.lose(batch.jobs)
            retries = max(1, retries)  # no process has died
        again = batch.losses < retries and not isinstance(error, JobTimedOutError | JobOutOfMemoryError)
        _LOG.debug("%s was lost (%s); tried again: %s", _named(batch.jobs), error, again)
        if again:
            self._queue.appendleft(replace(batch, losses=batch.losses + 1))
        elif len(batch.jobs) > 1:
            self._queue.extendleft(_Batch([job], batch.first, self.retries) for job in reversed(batch.jobs))
        return again or len(batch.jobs) > 1


def _named(jobs: Sequence[Job]) -> str:
    """Jobs in a word."""
    first = jobs[0]
    seed = f" with seed {first.replicate}" if first.replicate else ""
    return f"trial {first.trial.number}{seed}" + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")


def _failure(error: BaseException) -> Result:
    for kind, status in ((JobTimedOutError, Status.TIMED_OUT), (JobOutOfMemoryError, Status.OUT_OF_MEMORY)):
        if isinstance(error, kind):
            return Result(status, error=str(error))
    own = HpsearchError(f"{type(error).__name__}: {error}", code="R102")
    return Result(Status.FAILED, error=(error if isinstance(error, JobLostError) else own).shown())

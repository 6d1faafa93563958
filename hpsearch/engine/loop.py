"""The loop: next jobs, save, submit, wait, save, yield. It knows no method, objective or executor by name."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from hpsearch.engine.executors import Executor
from hpsearch.engine.failures import Failures
from hpsearch.errors import HpsearchError, JobLostError, JobOutOfMemoryError, JobTimedOutError
from hpsearch.methods import SearchMethod
from hpsearch.objectives import Objective
from hpsearch.stopping import TEACHING, StopRule, teaches
from hpsearch.store import Store
from hpsearch.trial import History, Job, Result, Status

Done = tuple[Job, Result]


@dataclass(frozen=True)
class _Batch:
    """Jobs that go to a worker together, and how often a worker was lost with them."""

    jobs: Sequence[Job]
    losses: int = 0


def search(
    *,
    method: SearchMethod,
    objective: Objective,
    executor: Executor,
    store: Store,
    history: History,
    retries: int = 1,
    rule: StopRule | None = None,
    max_failures: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
    keep: Callable[[Sequence[Done]], None] = lambda _: None,
) -> Iterator[list[Done]]:
    """Run the jobs of a method until it has no more, yielding results as they arrive and are saved.

    Args:
        method: proposes jobs from the history.
        objective: trains them.
        executor: where.
        store: takes jobs before they start and results when they arrive, in one transaction each.
        history: what the store holds; it grows with the search.
        retries: how often a batch whose worker died is tried again.
        rule: decides, when a batch starts, what its trials have to reach to be trained to their end.
        max_failures: so many failures end the search.
        stopping: once true, no new batch starts; those that run are waited for.
        keep: called with results before they are saved, for what lies outside the database.

    Raises:
        SearchFailedError: too many trials failed, or the first of them all in the same way; what came is saved.
    """
    failures = Failures(history, max_failures)
    loop = _Loop(method, objective, executor, store, history, retries, rule, failures, keep)
    loop.queue.extend(_Batch(jobs) for jobs in store.pending(replicates=method.replicates))
    if rule is not None:
        for curve in store.curves(n for n, result in history.results.items() if result.status in TEACHING).values():
            rule.learn(curve)
    while True:
        failures.check()
        if not stopping():
            loop.fill()
        if not loop.running:
            return
        finished, _ = wait(loop.running, return_when=FIRST_COMPLETED)
        for future in finished:
            done = loop.settle(future)
            if done:
                yield done


@dataclass
class _Loop:
    method: SearchMethod
    objective: Objective
    executor: Executor
    store: Store
    history: History
    retries: int
    rule: StopRule | None
    failures: Failures
    keep: Callable[[Sequence[Done]], None]
    queue: deque[_Batch] = field(default_factory=deque)
    running: dict[Future[list[Result]], _Batch] = field(default_factory=dict)

    def fill(self) -> None:
        """Start batches until all slots are taken."""
        while len(self.running) < self.executor.slots:
            if not self.queue and not self._propose():
                return
            batch = self.queue.popleft()
            bar = [] if self.rule is None else [self.rule.bar()]
            self.running[self.executor.submit(self.objective, batch.jobs, *bar)] = batch

    def _propose(self) -> bool:
        jobs = self.method.next_jobs(self.history, self.objective.wave)
        if not jobs:
            return False
        batches = self.objective.batches(jobs)
        self.store.add_batches(batches)
        for job in jobs:
            self.history.add(job)
        self.queue.extend(map(_Batch, batches))
        return True

    def settle(self, future: Future[list[Result]]) -> list[Done]:
        """Take in what came of a batch: save its results, or try it again."""
        batch = self.running.pop(future)
        error = future.exception()
        if error is None:
            done = list(zip(batch.jobs, future.result(), strict=True))
        elif self._tries_again(batch, error):
            return []
        elif isinstance(error, HpsearchError) and not isinstance(error, JobLostError):
            raise error  # nothing that another trial would do better: the data set is gone, say
        else:
            done = [(job, _failure(error)) for job in batch.jobs]
        self._save(done)
        return done

    def _save(self, done: Sequence[Done]) -> None:
        self.keep(done)
        self.store.finish(done)
        for job, result in done:
            self.history.finish(job, result)
            if job.replicate == 0:
                self.failures.add(result)
            if self.rule is not None and teaches(result):
                self.rule.learn(result.curve)

    def _tries_again(self, batch: _Batch, error: BaseException) -> bool:
        """Put a lost batch back in the queue: first as it was, so that its results are those of an undisturbed run.

        Lost for good, it comes back job by job, so that a bad one drags no other with it.
        """
        if not isinstance(error, JobLostError):
            return False
        # Time and memory would run out again.
        again = batch.losses < self.retries and not isinstance(error, JobTimedOutError | JobOutOfMemoryError)
        if again:
            self.queue.appendleft(_Batch(batch.jobs, batch.losses + 1))
        elif len(batch.jobs) > 1:
            self.queue.extendleft(_Batch([job], self.retries) for job in reversed(batch.jobs))
        return again or len(batch.jobs) > 1


def _failure(error: BaseException) -> Result:
    for kind, status in ((JobTimedOutError, Status.TIMED_OUT), (JobOutOfMemoryError, Status.OUT_OF_MEMORY)):
        if isinstance(error, kind):
            return Result(status, error=str(error))
    text = str(error) if isinstance(error, JobLostError) else f"{type(error).__name__}: {error}"
    return Result(Status.FAILED, error=text)

"""Keeps the best model of a search beside its database."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from hpsearch.engine.goal import Goal
from hpsearch.engine.loop import Done
from hpsearch.errors import StoreError
from hpsearch.store import BEST_MODEL
from hpsearch.trial import History


@dataclass
class BestModel:
    """The best model so far; where the search has a goal, of the trials that surely count."""

    folder: Path
    history: History
    goal: Goal
    _held: dict[int, Done] = field(default_factory=dict, init=False)  # whose turn has not come

    def keep(self, done: Sequence[Done]) -> None:
        """Keep the best before its result is saved: killed in between, the trial is run again."""
        fresh = [(job, result) for job, result in done if result.model is not None and not job.replicate]
        if self.goal.given:
            self._held |= {job.trial.number: (job, result) for job, result in fresh}
            fresh = [self._held.pop(number) for number in sorted(self._held) if number <= self.goal.settled]
        if not fresh:
            return  # to look for the best is a walk through the whole history
        others = self._held.keys() | {job.trial.number for job, _ in fresh}
        best = next((number for number in self.history.ranking() if number not in others), 0)
        # Of equals the earlier trial, as in the ranking.
        record = (self.history.score(best), -best) if best else (-inf, 0)
        for job, result in fresh:
            score = (self.history.signed(result), -job.trial.number)
            if result.model is not None and score > record:
                record = score
                _write_whole(self.folder / BEST_MODEL, result.model)


def _write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all; StoreError where there is no room for it or it may not be written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as err:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        fix = "mend this and type the same command again: what was finished before is safe"
        raise StoreError(f"{path}: cannot be written: {err.strerror}\n  {fix}") from err

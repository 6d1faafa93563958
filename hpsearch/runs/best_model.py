"""Keeps the best model of a search beside its database."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path

from hpsearch.engine.goal import Goal
from hpsearch.engine.loop import Done
from hpsearch.errors import StoreError
from hpsearch.history import History
from hpsearch.store import BEST_MODEL


@dataclass
class BestModel:
    """The best model so far; where the search has a goal, of the trials that surely count.

    Models of trials whose turn has not come lie beside it, so that none is lost with the process, or with another goal.
    """

    folder: Path
    history: History
    goal: Goal

    def keep(self, done: Sequence[Done]) -> None:
        """Keep the best before its result is saved: killed in between, the trial is run again."""
        arrived = {job.trial.number: result for job, result in done if not job.replicate}
        models = {number: result.model for number, result in arrived.items() if result.model is not None}
        if done and not models and not self.goal.given:
            return
        limit = self.goal.settled if self.goal.given else inf
        for number, model in models.items():
            if number > limit:
                _write_whole(self._held(number), model)
        beside = (path.suffix[1:] for path in self.folder.glob(f"{BEST_MODEL}.*"))
        held = {int(number) for number in beside if number.isdecimal()}
        results = {number: arrived.get(number) or self.history.results.get(number) for number in {*held, *models}}
        turn = {number: result for number, result in sorted(results.items()) if result and number <= limit}
        if not turn:
            return  # to look for the best is a walk through the whole history
        best = next((n for n in self.history.ranking() if n <= limit and n not in turn), 0)
        # Of equals the earlier trial, as in the ranking.
        record = (self.history.score(best), -best) if best else (-inf, 0)
        for number, result in turn.items():
            score = (self.history.signed(result), -number)
            if score > record:
                record = score
                _write_whole(self.folder / BEST_MODEL, models.get(number) or self._held(number).read_bytes())
        for number in held & turn.keys():
            self._held(number).unlink(missing_ok=True)

    def _held(self, number: int) -> Path:
        return self.folder / f"{BEST_MODEL}.{number}"


def _write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all; StoreError where it cannot be written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as err:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        fix = "mend this and type the same command again: what was finished before is safe"
        raise StoreError(f"{path}: cannot be written: {err.strerror}\n  {fix}") from err

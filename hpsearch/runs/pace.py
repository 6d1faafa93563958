"""What a trial costs: a few are run as the search would run them, and thrown away."""

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from hpsearch.config import Config, SearchSettings
from hpsearch.runs.opening import open_run


@dataclass(frozen=True)
class Pace:
    """How many trials finished, how many of them failed, and the wall-clock seconds until the last of them.

    workers: how many batches ran at a time.
    """

    trials: int
    failed: int
    seconds: float
    workers: int

    @property
    def per_second(self) -> float:
        """Trials per second."""
        return self.trials / self.seconds if self.seconds > 0 else 0.0


def measure(config: Config, probes: int, *, limit: float) -> Pace:
    """Run `probes` trials of the config, at most for about `limit` seconds, in a folder that is thrown away."""
    few = replace(config, search=SearchSettings(trials=probes, seed=config.search.seed))
    with tempfile.TemporaryDirectory() as folder, open_run(few, Path(folder)) as run:
        start = last = time.perf_counter()
        for _ in run.arrivals(lambda: time.perf_counter() - start > limit):
            last = time.perf_counter()
        results = run.history.results.values()
        failed = sum(result.status.is_failure for result in results)
        return Pace(len(results), failed, last - start, run.slots)

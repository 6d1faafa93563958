"""What a trial that runs or is paused is expected to come to."""

from collections.abc import Sequence

from hpsearch.config import Config
from hpsearch.history import History
from hpsearch.objectives import Running
from hpsearch.surrogate.curves import Expected, expected
from hpsearch.trial import Status, Trial


def outlook(
    config: Config, history: History, trial: Trial, values: Sequence[float], runs: Running | None = None
) -> Expected | None:
    """The ranked metric at the end of a trial; None where nothing can be said of it.

    values: of the metric, of the segments that are in; runs: what is known of the one that runs.
    """
    known = config.objective.end(trial.params)
    end = trial.end or known
    if end is None:
        return None
    if runs is None:
        result = history.results.get(trial.number)
        paused = result is not None and result.status is Status.PAUSED
        return expected(values, history.metric, end, history.reached(trial.number)) if paused else None
    together = [*values, *runs.curve]
    # The steps of programs may be batches, where the end is in epochs; those of a network that goes on are of it all.
    if known is None or runs.step is None or runs.replicate or (values and len(together) != runs.step):
        return None
    return expected(together, history.metric, end, runs.step)

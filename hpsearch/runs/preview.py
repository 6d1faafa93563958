"""What a search would run next, found out on a copy: nothing is run and nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hpsearch.config import Config
from hpsearch.errors import ConfigChangedError
from hpsearch.history import History
from hpsearch.runs.editing import Agree
from hpsearch.runs.opening import folder_of, open_run
from hpsearch.store import Store, holds_run
from hpsearch.trial import Trial

_FIRST = 5  # trials


@dataclass(frozen=True)
class Preview:
    """The next few trials of a search.

    Attributes:
        config: what they are of, with the name of their run.
        folder: where they would run.
        trials: none where there is nothing to run.
        total: how many trials the search has in all; None for no certain number.
        notes: what is to be said before it goes on.
        finished: trials that the run has; None where it is a new one.
    """

    config: Config
    folder: Path
    trials: Sequence[Trial]
    total: int | None
    notes: Sequence[str] = ()
    finished: int | None = None


def preview(config: Config, runs: Path, *, new: bool = False, add: int = 0, agree: Agree | None = None) -> Preview:
    """What `open_run` with the same arguments would begin with, or go on with.

    Raises:
        ConfigChangedError: as `open_run` does.
    """
    folder = folder_of(config, runs, new=new)
    config = replace(config, name=folder.name)
    if not holds_run(folder):
        method = config.method()
        jobs = method.next_jobs(History(config.metric), _FIRST)
        return Preview(config, folder, [job.trial for job in jobs][:_FIRST], method.total)
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / folder.name
        with Store(folder) as store:
            store.copy_to(copy)
        try:
            run = open_run(config, Path(scratch), add=add, agree=agree)
        except ConfigChangedError as err:
            raise ConfigChangedError(str(err).replace(str(copy), str(folder))) from err
        with run:
            history, method = run.history, run.method()
            ended = run.goal.ending is not None
            jobs = [] if ended else method.next_jobs(history, _FIRST)
            trials = [] if ended else [*history.pending, *(job.trial for job in jobs)][:_FIRST]
            return Preview(config, folder, trials, method.total, run.notes, len(history.results))

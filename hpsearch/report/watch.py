"""The live view of a run that another process conducts: it reads the store again and again."""

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hpsearch.report.live import LiveView, PlainView, View
from hpsearch.report.summary import ROWS, print_end
from hpsearch.run import Run, stored_config
from hpsearch.store import Store, running_process
from hpsearch.trial import Job

__all__ = ["watch_run"]


def watch_run(out: Console, folder: Path, every: float) -> None:
    """Show a run until the process that writes it is gone, then how it stands. `every`: seconds between looks."""
    with Store(folder) as store:
        config = stored_config(store.facts(), folder)
        run = Run(config, store, store.history(), True, store.rounds())
        view: View = LiveView(out, run) if out.is_terminal else PlainView(out, run)
        with view:
            while running_process(folder) is not None:
                time.sleep(every)
                _show_news(view, run)
        print_end(out, folder, run.history, store.curves(run.history.ranking()[:ROWS]))
        if run.history.pending:
            out.print(f"{escape(folder.name)} is not running; it was stopped before its end.", soft_wrap=True)


def _show_news(view: View, run: Run) -> None:
    """Take in what has been saved since the last look."""
    known, run.history = run.history, run.store.history()
    fresh = [number for number in run.history.results if number not in known.results]
    if fresh:
        view.show([(Job(run.history.trial(number)), run.history.results[number]) for number in fresh])

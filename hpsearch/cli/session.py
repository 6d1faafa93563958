"""One search as a person meets it: begin, watch, stop with Ctrl-C, and what to do next."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from hpsearch.config import Config, lint
from hpsearch.executors import make_executor
from hpsearch.report.live import LiveView, PlainView, View
from hpsearch.report.summary import ROWS, print_end
from hpsearch.report.tables import console
from hpsearch.run import Run, open_run

__all__ = ["run_search"]


def run_search(config: Config, runs: Path, *, name: str | None, new: bool, quiet: bool) -> int:
    """Search, show it, and return the exit code."""
    out = Console(quiet=True) if quiet else console()
    with open_run(config, runs, name=name, new=new) as run:
        _begin(out, run)
        stop = Stop(out, run)
        with stop.on_ctrl_c():
            _search(out, run, stop)
        _end(out, run, stop)
    if stop.asked:
        return 130
    return 0 if run.history.best() is not None else 1


def _end(out: Console, run: Run, stop: "Stop") -> None:
    curves = run.store.curves(run.history.ranking()[:ROWS])
    print_end(out, run.store.folder, run.history, curves, interrupted=stop.asked, used_up=_used_up(run))


def _used_up(run: Run) -> str:
    """Why the search ended before its number of trials, where a finite space is the reason."""
    size, trials = run.config.space.size, run.config.search.trials
    if size is None or trials is None or size >= trials or len(run.history) < size:
        return ""
    return f"the space has only {size} settings: all of them are tried, of the {trials} trials asked for"


def _begin(out: Console, run: Run) -> None:
    for advice in lint(run.config):
        out.print(f"[yellow]advice:[/] {escape(advice)}", soft_wrap=True)
    done, total = len(run.history.results), run.method().total
    if done and done == total:
        out.print(f"{escape(str(run.store.folder))}: all {total} trials are done; nothing to run.", soft_wrap=True)
    elif run.resumed and done:
        out.print(f"{escape(str(run.store.folder))}: going on after {done} finished trials.", soft_wrap=True)
    elif run.config.search.method == "grid":
        out.print(f"The grid makes {total} trials.")


def _search(out: Console, run: Run, stop: "Stop") -> None:
    executor = make_executor(run.config.execution.workers, run.config.execution.timeout)
    view: View = LiveView(out, run) if out.is_terminal and not out.quiet else PlainView(out, run)
    finished = False
    try:
        with view:
            for done in run.search(executor, executor.workers, lambda: stop.asked):
                view.show(done)
        finished = True
    finally:
        executor.shutdown(cancel_futures=not finished)


class Stop:
    """Ctrl-C once: let running batches finish. Twice: stop now; what was running is run again next time."""

    def __init__(self, out: Console, run: Run) -> None:
        self.asked = False
        self._out = out
        self._folder = run.store.folder

    @contextmanager
    def on_ctrl_c(self) -> Iterator[None]:
        """Listen while the search runs."""
        before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        except KeyboardInterrupt:
            self._out.print("\nStopped at once; what was running will be run again.")
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  the signal module's signature
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._out.print("\nStopping: what is running may finish. Ctrl-C again stops at once.")

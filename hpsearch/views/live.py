"""What a person sees while a search runs: a live view on a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from hpsearch.config.stored import config_of
from hpsearch.document import duration
from hpsearch.engine.loop import Done
from hpsearch.report import TrialTable
from hpsearch.runs import Run
from hpsearch.store import Store, running_process
from hpsearch.trial import Job, Result, Status, Trial
from hpsearch.views import formats
from hpsearch.views.report import print_end
from hpsearch.views.tables import ROWS, fitting, sparkline, trial_table

_TOP = 5
_PLAIN_SECONDS = 5.0


class View(Protocol):
    """Shows a search as it goes on."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        """End."""

    def show(self, done: Sequence[Done]) -> None:
        """Take in results that have just arrived."""


class Tally:
    """What both views count: statuses, the best trials, the pace."""

    def __init__(self, run: Run) -> None:
        history = run.history
        self.total = run.method().total
        self.metric = history.metric
        self.counts = Counter(str(result.status) for result in history.results.values())
        self.at_start = len(history.results)
        self.started = time.perf_counter()
        rows = [(history.trial(number), result) for number, result in history.results.items()]
        self.top = self._best(rows)
        curves = run.store.curves([trial.number for trial, _ in self.top])
        self.top = [(trial, replace(result, curve=curves.get(trial.number, {}))) for trial, result in self.top]

    def _best(self, rows: Sequence[tuple[Trial, Result]]) -> list[tuple[Trial, Result]]:
        name, sign = self.metric.name, self.metric.sign
        complete = [row for row in rows if row[1].status is Status.COMPLETE and name in row[1].metrics]
        return sorted(complete, key=lambda row: (-sign * row[1].metrics[name], row[0].number))[:_TOP]

    def add(self, done: Sequence[Done]) -> bool:
        """Count results; whether there is a new best trial."""
        self.counts.update(str(result.status) for _, result in done)
        before = self.top[:1]
        self.top = self._best([*self.top, *((job.trial, result) for job, result in done)])
        return self.top[:1] != before

    @property
    def finished(self) -> int:
        """How many trials have a result."""
        return self.counts.total()

    def pace(self) -> str:
        """Trials per second, and the time left at that pace."""
        elapsed = time.perf_counter() - self.started
        fresh = self.finished - self.at_start
        if self.finished == self.total and not fresh:
            return "done"
        if not fresh or elapsed <= 0:
            return "starting"
        rate = fresh / elapsed
        speed = f"{rate:.1f}/s" if rate >= 0.1 else f"{duration(1 / rate)} each"
        left = (
            ""
            if self.finished == self.total or self.total is None
            else f", {duration((self.total - self.finished) / rate)} left"
        )
        return speed + left

    def statuses(self) -> str:
        """Counts by status, the ordinary one left out where it is alone."""
        return ", ".join(f"{count} {status}" for status, count in self.counts.most_common())


class LiveView:
    """A progress bar, the pace, counts by status and the five best trials, redrawn as results come.

    `notice`: what has to be said right now, such as that the search is stopping.
    """

    def __init__(self, out: Console, run: Run, notice: Callable[[], str] = str) -> None:
        self._notice = notice
        self._out = out
        self._tally = Tally(run)
        self._run = run
        self._bar = Progress(
            TextColumn(escape(run.config.name)),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=out,
            expand=True,
        )
        self._task = self._bar.add_task(
            "", total=self._tally.total, completed=self._tally.finished, pace=self._tally.pace()
        )
        self._body = self.render()
        self._live = Live(get_renderable=self.frame, console=out, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._live.__exit__(kind, err, tb)

    def show(self, done: Sequence[Done]) -> None:
        """Redraw with results that have just arrived."""
        self._tally.add(done)
        self._bar.update(self._task, completed=self._tally.finished, pace=self._tally.pace())
        self._body = self.render()
        self._live.refresh()

    def frame(self) -> Group:
        """What is on the screen now: the search as it was last shown, and the notice.

        The last line leaves room for the ^C that the terminal writes there: one that wraps would tear the view.
        """
        return Group(self._body, Text(self._notice(), style="yellow"))

    def render(self) -> Group:
        """The search as it stands."""
        parts: list[RenderableType] = [self._bar, Text(self._tally.statuses(), style="dim")]
        if self._tally.top:
            parts.append(self._table())
        return Group(*parts)

    def _table(self) -> Table:
        tally = self._tally
        metric = tally.metric.name
        values = [v for _, result in tally.top for v in result.curve.get(metric, [])]
        scale = (min(values, default=0.0), max(values, default=1.0))
        cells: dict[str, Sequence[str]] = {
            "trial": [str(trial.number) for trial, _ in tally.top],
            metric: [formats.metric(result.metrics[metric]) for _, result in tally.top],
            "curve": [sparkline(result.curve.get(metric, []), *scale) for _, result in tally.top],
        }
        for column, name in TrialTable(self._run.history).parameters.items():
            if name in self._run.config.space and self._run.config.space[name].searched:
                cells[column] = [formats.value(trial.params.get(name)) for trial, _ in tally.top]
        kept = fitting(cells, self._out.width, {"trial", metric})[0]
        return trial_table(kept, best=[i == 0 for i in range(len(tally.top))])


class PlainView:
    """A line for every new best trial, and one every few seconds: for logs and pipes."""

    def __init__(self, out: Console, run: Run) -> None:
        self._out = out
        self._tally = Tally(run)
        self._printed = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def show(self, done: Sequence[Done]) -> None:
        """Print a line when there is something to say."""
        better = self._tally.add(done)
        now = time.perf_counter()
        if better or now - self._printed >= _PLAIN_SECONDS:
            self._printed = now
            total = "" if self._tally.total is None else f"/{self._tally.total}"
            self._out.print(escape(f"{self._tally.finished}{total} trials, {self._tally.pace()}{self._best()}"))

    def _best(self) -> str:
        if not self._tally.top:
            return ""
        trial, result = self._tally.top[0]
        name = self._tally.metric.name
        return f"; best {name} {formats.metric(result.metrics[name])} (trial {trial.number})"


def watch_run(out: Console, folder: Path, every: float) -> None:
    """Show a run until the process that writes it is gone, then how it stands. `every`: seconds between looks."""
    with Store(folder) as store:
        config = config_of(store.facts(), folder)
        run = Run.of(config, store)
        view: View = LiveView(out, run) if out.is_terminal else PlainView(out, run)
        with view:
            while running_process(folder) is not None:
                time.sleep(every)
                _show_news(view, run)
        print_end(out, folder.name, run.history, store.curves(run.history.ranking()[:ROWS]))
        if run.history.pending:
            out.print(f"{escape(folder.name)} is not running; it was stopped before its end.", soft_wrap=True)


def _show_news(view: View, run: Run) -> None:
    """Take in what has been saved since the last look."""
    known, run.history = run.history, run.store.history()
    fresh = [number for number in run.history.results if number not in known.results]
    if fresh:
        view.show([(Job(run.history.trial(number)), run.history.results[number]) for number in fresh])

"""What a person sees while a search runs: a live view on a terminal, plain lines elsewhere."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from hpsearch.config import config_of
from hpsearch.document import duration
from hpsearch.engine.loop import Done
from hpsearch.objectives import Running, running, slowest_and_best
from hpsearch.report import ABSENT, FEWEST, TrialTable, by_importance
from hpsearch.report.outlook import outlook
from hpsearch.runs import Run
from hpsearch.store import Store, running_process
from hpsearch.trial import BY_HAND, Job, Result, Status, Trial
from hpsearch.views import formats
from hpsearch.views.report import print_end
from hpsearch.views.tables import Cells, fitting, plain_table, sparkline, trial_table

_TOP = 5
_RUNNING = 6
_CURVE = 12  # columns, of a curve beside what is said of its trial
_REDRAWN = 0.1  # seconds between two drawings at least
PLAIN_SECONDS = 5.0  # between two lines where nobody looks at a screen
_QUIET = (1.0, 60.0)  # seconds without a result after which a line says what runs; each is twice as long


TimeLeft = Callable[[], float | None]
"""Seconds until the time of the search is up; None where no time ends it."""


def no_end() -> None:
    """Of a search that no time ends."""


class Tally:
    """What both views count: statuses, the best trials, the pace."""

    def __init__(self, run: Run, time_left: TimeLeft = no_end) -> None:
        history = run.history
        self._time_left = time_left
        self.total = run.method().total
        self.metric = history.metric
        numbers = (trial.number for trial in history.trials if trial.number in history.results)
        self._statuses = {number: str(history.results[number].status) for number in numbers}
        self.counts = Counter(self._statuses.values())
        self.at_start = history.finished
        self.started = time.perf_counter()
        best = history.ranking()[:_TOP]
        curves = run.store.curves(best)
        self.top = [(history.trial(n), replace(history.results[n], curve=curves.get(n, {}))) for n in best]

    def _best(self, rows: Sequence[tuple[Trial, Result]]) -> list[tuple[Trial, Result]]:
        name, sign = self.metric.name, self.metric.sign
        complete = [row for row in rows if row[1].status is Status.COMPLETE and name in row[1].metrics]
        return sorted(complete, key=lambda row: (-sign * row[1].metrics[name], row[0].number))[:_TOP]

    def add(self, done: Sequence[Done]) -> bool:
        """Count the trials that have results; whether there is a new best one.

        A trial counts once, whatever comes of it again; replicates are no trials, and forks not of the search.
        """
        fresh = {job.trial.number: (job.trial, result) for job, result in done if not job.replicate}
        for number, (trial, result) in fresh.items():
            if trial.round == BY_HAND:
                continue
            self.counts[self._statuses.get(number, "")] -= 1
            self._statuses[number] = str(result.status)
            self.counts[self._statuses[number]] += 1
        self.counts = +self.counts  # without those that are none
        before = self.top[:1]
        self.top = self._best([*(row for row in self.top if row[0].number not in fresh), *fresh.values()])
        return self.top[:1] != before

    @property
    def finished(self) -> int:
        """How many trials have a result."""
        return self.counts.total()

    def pace(self) -> str:
        """Trials per second, and the time left at that pace."""
        elapsed = time.perf_counter() - self.started
        fresh = self.finished - self.at_start
        if not fresh:
            return "done" if self.finished >= (self.total or math.inf) else "no result yet"
        rate = fresh / elapsed
        speed = f"{rate:.1f}/s" if rate >= 0.1 else f"{duration(1 / rate)} each"
        trials = [] if self.total is None else [max(0, self.total - self.finished) / rate]
        left = min([*trials, *(max(0.0, t) for t in [self._time_left()] if t is not None)], default=0)
        return f"{speed}, {duration(left)} left" if left else speed


def waits(run: Run) -> str:
    """What is to be said of workers that are idle on purpose."""
    if run.awaited is None:
        return ""
    return f"free workers wait for trial {run.awaited}, which early stopping compares the next ones with"


def _under_way(run: Run, one: Running) -> str:
    """How far a trial that runs is, and what it is expected to come to."""
    text, history, number = formats.progress(one, run.history.metric.name), run.history, one.trial
    known = {trial.number for trial in history.pending}
    if number not in known:
        return text
    before = run.store.curves([number]).get(number, {}) if number in history.results else {}
    found = outlook(run.config, history, history.trial(number), before.get(history.metric.name, []), one)
    return f"{text}, {formats.outlook(found)}" if found else text


class LiveView:
    """A progress bar, the pace, counts by status, the five best trials and some of those that run.

    It is redrawn as results come, no more often than can be read, and every second.

    `notice`: what has to be said right now, such as that the search is stopping.
    """

    def __init__(self, out: Console, run: Run, notice: Callable[[], str] = str, time_left: TimeLeft = no_end) -> None:
        self._notice = notice
        self._out = out
        self._first: tuple[str, ...] = ()  # hyperparameters that come before the others, where not all fit
        self._judged = 2 * FEWEST  # finished trials until what matters is asked again: columns do not jump about
        self.tally = Tally(run, time_left)
        self._run = run
        self._bar = Progress(
            TextColumn(escape(run.config.name)),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=out,
            expand=True,
        )
        self._task = self._bar.add_task("", total=self.tally.total, pace="")
        self._body = self.render()
        self.screen = Live(get_renderable=self.frame, console=out, refresh_per_second=8, transient=True)

    def show(self, done: Sequence[Done]) -> None:
        """Redraw with results that have just arrived."""
        self.tally.add(done)
        if time.perf_counter() - self._drawn >= _REDRAWN:
            self._body = self.render()
            self.screen.refresh()

    def frame(self) -> Group:
        """What is on the screen now: the search as it was last shown, and the notice.

        The last line leaves room for the ^C that the terminal writes there: one that wraps would tear the view.
        """
        return Group(self._body, Text(self._notice(), style="yellow"))

    def render(self) -> Group:
        """The search as it stands."""
        tally, self._drawn = self.tally, time.perf_counter()
        self._bar.update(self._task, completed=tally.finished, total=tally.total, pace=tally.pace())
        counts = ", ".join(f"{count} {status}" for status, count in tally.counts.most_common())
        return Group(
            self._bar,
            *([Text(counts, style="dim")] if counts else []),
            *([self._table()] if tally.top else []),
            *self._running(),
        )

    def _running(self) -> list[Table | Text]:
        found, metric = running(self._run.store.folder), self.tally.metric
        if not found:
            return []
        shown = slowest_and_best(found, metric.sign, _RUNNING)
        values = [v for one in shown for v in one.curve if math.isfinite(v)]
        scale = (min(values, default=0.0), max(values, default=1.0))
        curves = [sparkline(one.curve, *scale) for one in shown]
        rows = [(_under_way(self._run, one), curve) for one, curve in zip(shown, curves, strict=True)]
        if max(len(text) for text, _ in rows) + _CURVE > self._out.width:
            rows = [(text, "") for text, _ in rows]
        more = [Text(f"and {len(found) - len(shown)} more running", style="dim")] if len(found) > len(shown) else []
        return [Text("running", style="bold"), plain_table((), rows), *more]

    def _table(self) -> Table:
        tally = self.tally
        metric, table = tally.metric.name, TrialTable(self._run.history)
        values = [v for _, result in tally.top for v in result.curve.get(metric, [])]
        scale = (min(values, default=0.0), max(values, default=1.0))
        curves = [sparkline(result.curve.get(metric, []), *scale) for _, result in tally.top]
        cells: Cells = {
            "trial": [str(trial.number) for trial, _ in tally.top],
            table.ranked: [formats.metric(result.metrics[metric]) for _, result in tally.top],
            **({"curve": curves} if any(curves) else {}),
        }
        for column in sorted(table.parameters, key=lambda column: self._place(table.parameter(column))):
            name = table.parameter(column)
            if name in self._run.config.space and self._run.config.space[name].searched:
                values = [trial.params.get(name, ABSENT) for trial, _ in tally.top]
                cells |= formats.cells({column: values}, table, self._run.config.space)
        kept, left_out = fitting(cells, self._out.width, {"trial", table.ranked})
        if left_out and tally.finished >= self._judged:
            self._first, self._judged = by_importance(self._run.config, self._run.history), 2 * tally.finished
        return trial_table(kept, best=[0])

    def _place(self, name: str) -> int:
        return self._first.index(name) if name in self._first else len(self._first)


class PlainView:
    """A line for every new best trial, and one every few seconds: for logs and pipes."""

    def __init__(self, out: Console, run: Run, time_left: TimeLeft = no_end) -> None:
        self._out, self._run = out, run
        self.tally = Tally(run, time_left)
        self._printed = time.perf_counter()
        self._quiet = _QUIET[0]
        self._idle = ""
        self.screen = nullcontext()

    def show(self, done: Sequence[Done]) -> None:
        """Print a line when there is something to say."""
        better = self.tally.add(done)
        now, self._idle, before = time.perf_counter(), waits(self._run), self._idle
        if not done:
            if self._idle != before:
                self._out.print(escape(self._idle))
            elif now - self._printed >= self._quiet:
                self._say_running(now)
            return
        self._quiet = _QUIET[0] if now - self._printed < _QUIET[0] else PLAIN_SECONDS
        if better or now - self._printed >= PLAIN_SECONDS:
            self._printed = now
            tally, name = self.tally, self.tally.metric.name
            total = "" if tally.total is None else f"/{tally.total}"
            best = ""
            if tally.top:
                trial, result = tally.top[0]
                best = f"; best {name} {formats.metric(result.metrics[name])} (trial {trial.number})"
            self._out.print(escape(f"{tally.finished}{total} trials, {tally.pace()}{best}"))

    def _say_running(self, now: float) -> None:
        """What runs, where no result has come for a while."""
        found, metric = running(self._run.store.folder), self.tally.metric
        if not found:
            return
        lines = [_under_way(self._run, one) for one in slowest_and_best(found, metric.sign, 2)]
        more = f"; {len(found) - len(lines)} more" if len(found) > len(lines) else ""
        self._out.print(escape(f"running: {'; '.join(lines)}{more}"))
        self._printed, self._quiet = now, min(2 * self._quiet, _QUIET[1])


View = LiveView | PlainView
"""Shows a search as it goes on: each has a `screen`, which is open meanwhile, and takes results in by `show`."""


def watch_run(out: Console, folder: Path, every: float) -> None:
    """Show a run until the process that writes it is gone, then how it stands. `every`: seconds between looks."""
    with Store(folder) as store:
        run = Run.of(config_of(store.facts(), folder), store)
        view: View = LiveView(out, run, lambda: waits(run)) if out.is_terminal else PlainView(out, run)
        with view.screen:
            while running_process(folder) is not None:
                time.sleep(every)
                known = run.history.results
                run.reload()
                view.tally.total = run.method().total  # --add and zoom change it
                fresh = [n for n, result in run.history.results.items() if not _is_known(result, known.get(n))]
                view.show([(Job(run.history.trial(n)), run.history.results[n]) for n in fresh])
        print_end(out, run)
        if run.history.pending:
            out.print(f"{escape(folder.name)} is not running; it was stopped before its end.")


def _is_known(new: Result, old: Result | None) -> bool:
    return old is not None and (old.status, old.seconds) == (new.status, new.seconds)

"""One search as a person meets it: begin, watch, stop with Ctrl-C, and what to do next."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hpsearch.cli.options import console
from hpsearch.config import Config, lint
from hpsearch.document import scalar
from hpsearch.errors import NoResultError, UsageError
from hpsearch.insight import confirmation
from hpsearch.methods import Forks, Plan, ReplicateSettings, SearchMethod
from hpsearch.report import deletes, why_ended
from hpsearch.runs import Run, open_run
from hpsearch.runs.clock import Clock
from hpsearch.runs.confirm import left, replicates
from hpsearch.runs.editing import Edit
from hpsearch.runs.preview import preview
from hpsearch.runs.zoom import plan_zoom
from hpsearch.system.processes import below, end
from hpsearch.system.signals import Interrupted, handled, outlive_readers, say
from hpsearch.trial import Trial
from hpsearch.views.data import data_line
from hpsearch.views.live import PLAIN_SECONDS, LiveView, PlainView, View, waits
from hpsearch.views.report import print_confirmation, print_end
from hpsearch.views.space import print_first, print_zoom_hint
from hpsearch.views.tables import sentence
from hpsearch.views.tree import print_child, print_lost

_FEWEST = 20  # finished trials before it is worth saying what a zoom would do
_KEPT = 1.0  # seconds of a search that may be killed and not counted
_SAME_COMMAND = "type the same command again"
_STOPPING = "Stopping: what is running may finish. Ctrl-C again stops at once."


def run_search(
    config: Config,
    runs: Path,
    *,
    new: bool,
    add: int,
    quiet: bool,
    yes: bool = False,
    was: Sequence[str] = (),
    dry_run: bool = False,
) -> int:
    """Search what a config declares, show it, and return the exit code."""
    outlive_readers()
    out = Console(quiet=True) if quiet else console()
    for advice in lint(config):
        out.print(f"[yellow]advice:[/] {escape(advice)}")
    if config.objective.data:
        out.print(escape(data_line(config.objective.data)), highlight=False)
    if dry_run:
        print_first(out, preview(config, runs, new=new, add=add, agree=partial(_agree, out, True, was)))
        return 0
    run = open_run(config, runs, new=new, add=add, agree=partial(_agree, out, yes, was))
    return conduct(out, run, repeatable=not (new or add))


def _agree(out: Console, yes: bool, was: Sequence[str], edit: Edit) -> bool:
    """Ask whether a run is to go on with an edited space in a new round, and for what nobody but the person knows."""
    for name, _, value in (text.partition("=") for text in was):
        if name not in edit.unknown:
            unknown = ", ".join(edit.unknown) or "there is none"
            raise UsageError(
                f"--was {name}: is no new parameter whose earlier value nobody knows; {unknown}", code="U102"
            )
        edit.had[name] = scalar(value)
    asks = out.is_terminal and not yes
    for line in edit.changes if asks else ():
        out.print(escape(line))
    for name in edit.unknown if asks else ():
        text = f"What had the {len(edit.trials)} trials so far of `{name}`? (empty: they do not count)"
        if answer := click.prompt(text, default="", show_default=False):
            edit.had[name] = scalar(answer)
    count = f"{edit.inside} of {len(edit.trials)} trials lie in the new space, and count"
    if edit.asked is not None:
        count += f"; {max(0, edit.asked - edit.inside)} are left of {edit.asked} (`search.trials`, --add N)"
    if edit.past:
        count += f"; {deletes(edit.past)}"
    if asks:
        sentence(out, count)
        return click.confirm("Go on in the same run, in a new round?", default=True)
    if yes:
        sentence(out, f"a new round begins: {count}")
    return yes


def conduct(out: Console, run: Run, *, repeatable: bool = False) -> int:
    """Go on with a run to the end of its search, show it, and return the exit code.

    repeatable: whether the same command, typed again, goes on with this search and begins nothing new.
    """
    outlive_readers()
    with run:
        _begin(out, run)
        clock = Clock.of(run)
        stop = Stop()
        with stop.listening():
            _search(out, run, stop, clock)
        clock.keep(run)
        run.end(run.goal.ending or (clock.ending if clock.is_up() and not (stop.asked or run.is_done) else None))
        if not stop.asked and run.config.search.confirm and run.history.best():
            _confirm(out, run, stop, run.config.search.confirm)
        _end(out, run, stop, repeatable)
    return stop.code or (0 if run.history.best() else 1)


def _end(out: Console, run: Run, stop: "Stop", repeatable: bool) -> None:
    named = f"type `hpsearch run {run.store.folder.name}`"
    go_on = "" if not stop.asked else _SAME_COMMAND if repeatable else named
    print_end(out, run, go_on=go_on, used_up=_used_up(run) or _ended(run))
    if not stop.asked and len(run.history.ranking()) >= _FEWEST:
        print_zoom_hint(out, plan_zoom(run.store.folder))


def _used_up(run: Run) -> str:
    """Why the search ended before its number of trials, where a finite space is the reason."""
    size, trials = run.config.space.size, run.asked or 0
    if size is None or size >= trials or len(run.history) < size:
        return ""
    return f"the space has only {size} settings: all of them are tried, of the {trials} trials asked for"


def _ended(run: Run) -> str:
    return why_ended(run.store.facts().ending, run.config.search, run.history, run.method().total)


def _begin(out: Console, run: Run) -> None:
    for note in run.notes:
        out.print(escape(note), style="yellow")
    folder, done, total = escape(str(run.store.folder)), run.history.finished, run.method().total
    if run.goal.ending is not None:
        out.print(f"{folder}: {escape(_ended(run))}; nothing to run.")
    elif run.is_done:
        more = total is not None and done != total
        all_ = f"{done} trials are done, {total} are asked for" if more else f"all {done} trials are done"
        out.print(f"{folder}: {all_}; nothing to run.")
    elif run.resumed and done:
        out.print(f"{folder}: going on after {done} finished trials.")
    elif run.config.search.trials is None and total is not None:
        out.print(f"The {run.config.search.method} makes {total} trials.")


def _search(out: Console, run: Run, stop: "Stop", clock: Clock, method: SearchMethod | None = None) -> None:
    talks = logging.getLogger("hpsearch").isEnabledFor(logging.DEBUG)  # lines from elsewhere would tear a view
    live = out.is_terminal and not out.quiet and not talks
    said = partial(_notice, run, stop, clock)
    view: View = LiveView(out, run, said, clock.left) if live else PlainView(out, run, clock.left)
    stop.aloud = not live
    with (
        view.screen,
        closing(run.arrivals(lambda: stop.asked or (method is None and clock.is_up()), method)) as arrivals,
    ):
        for done in arrivals:
            view.show(done)
            if method is None:
                clock.keep(run, every=_KEPT)
                if clock.ends_running():
                    break
    print_lost(out, run.lost)


def _notice(run: Run, stop: "Stop", clock: Clock) -> str:
    if stop.asked:
        return _STOPPING
    return "The time is up: what is running may finish." if clock.is_up() else waits(run)


def fork_trial(out: Console, run: Run, child: Trial) -> int:
    """Train what was forked, show what it brought, and return the exit code."""
    outlive_readers()
    stop = Stop()
    with stop.listening():
        _search(out, run, stop, Clock.of(run), Forks(Plan(run.config.space)))
    if child.number not in run.history.results:
        out.print(f"Interrupted: trial {child.number} waits; `hpsearch run {run.store.folder.name}` goes on with it.")
        return stop.code
    print_child(out, run.history, child)
    return stop.code or (1 if run.history.results[child.number].status.is_failure else 0)


def confirm_run(out: Console, run: Run, settings: ReplicateSettings) -> int:
    """Run the best few again with other seeds, say what came of it, and return the exit code."""
    with run:
        if run.history.best() is None:
            raise NoResultError(f"{run.store.folder}: no trial has succeeded, so there is nothing to confirm")
        stop = Stop()
        _confirm(out, run, stop, settings)
    return stop.code


def _confirm(out: Console, run: Run, stop: "Stop", settings: ReplicateSettings) -> None:
    method = replicates(run, settings)
    count = left(run, method)
    stop.aloud = True
    with stop.listening(), _repetitions(out, run.config.name, count) as advance:
        if count:
            with closing(run.arrivals(lambda: stop.asked, method)) as arrivals:
                for done in arrivals:
                    advance(len(done))
    run.reload()
    if rest := left(run, method):
        still = f"{rest} of {count} repetitions left to confirm"
        out.print(f"\nInterrupted with {still}. To go on, {_SAME_COMMAND}.")
    elif found := confirmation(run.history):
        print_confirmation(out, found, run.history.metric.name)


@contextmanager
def _repetitions(out: Console, name: str, count: int) -> Iterator[Callable[[int], None]]:
    """A function that is told how many repetitions are in, and shows it: on a terminal, or a line every few seconds."""
    columns = TextColumn("confirming {task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("repetitions")
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task(escape(name), total=count)
        done, printed = 0, time.monotonic()

        def advance(new: int) -> None:
            nonlocal done, printed
            progress.advance(task, new)
            done += new
            if not out.is_terminal and time.monotonic() - printed >= PLAIN_SECONDS:
                printed = time.monotonic()
                out.print(f"{done}/{count} repetitions")

        yield advance


class Stop:
    """Asked once to end: let running batches finish. Twice: stop now; what was running is run again next time."""

    def __init__(self) -> None:
        self.code = 0  # that the command returns; 130 after Ctrl-C
        self.aloud = True  # a live view says it itself: lines from elsewhere would tear it
        self._now = False

    @property
    def asked(self) -> bool:
        """Whether anybody asked."""
        return self.code > 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the search runs."""
        outlive_readers()
        try:
            with handled(self._handle):
                yield
        except Interrupted:
            say("Stopped at once; what was running will be run again.")

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  the signal module's signature
        if self._now:  # even the end of it takes too long
            end(below, grace=0.0)
            os._exit(self.code)
        if self.asked:
            self._now = True
            raise Interrupted(number)
        self.code = 128 + number
        if self.aloud:
            say(_STOPPING)

"""All runs in one table; what a plan and an evaluation come to."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from hpsearch.config import Config
from hpsearch.document import duration
from hpsearch.errors import StoreError
from hpsearch.insight import preferred
from hpsearch.methods import suggestion
from hpsearch.runs.pace import Pace
from hpsearch.store import Store, run_folders
from hpsearch.views import formats
from hpsearch.views.tables import plain_table, sentence

if TYPE_CHECKING:
    from hpsearch.report.evaluation import Evaluation  # it knows the networks, which a list of runs need not load


def print_runs(out: Console, runs: Path) -> None:
    """One line per run, the newest last; a run that cannot be read says why."""
    folders = run_folders(runs)
    if not folders:
        out.print(f"no runs in {escape(str(runs))}; hpsearch run configs/digits.yaml makes one", soft_wrap=True)
        return
    headers = ("run", "trials", "best", "metric", "started", "training")
    out.print(plain_table(headers, map(_row, folders), right=("trials", "best", "training")))


def _row(folder: Path) -> tuple[str, ...]:
    try:
        with Store(folder) as store:
            history, rounds = store.history(), store.rounds()
    except StoreError as err:
        return folder.name, "", "", "", "", str(err).splitlines()[0].removeprefix(f"{folder}: ")
    best = preferred(history)
    value = formats.metric(history.results[best.number].metrics[history.metric.name]) if best else ""
    started = min((row.started for row in rounds.values() if row.started), default=None)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(started)) if started else ""
    seconds = sum(result.seconds for result in history.results.values())
    trials = f"{len(history.results)}" + (f"/{len(history)}" if history.pending else "")
    return folder.name, trials, value, history.metric.name, when, duration(seconds)


def print_plan(out: Console, config: Config, pace: Pace, seconds: float) -> None:
    """What was measured, how many trials that makes, and which way to search."""
    if not pace.trials:
        out.print("no trial finished in a minute; time one by hand, with --set search.trials=1", soft_wrap=True)
        return
    each = f"{duration(1 / pace.per_second)} each, start of the processes included"
    sentence(out, f"{pace.trials} trials in {duration(pace.seconds)} with {pace.workers} workers: {each}")
    if pace.failed:
        out.print(f"[yellow]{pace.failed} of them failed[/]: look at why before a longer run", soft_wrap=True)
    fit = int(seconds * pace.per_second)
    out.print(f"about [bold]{fit:,}[/] trials fit into {duration(seconds)}", highlight=False, soft_wrap=True)
    if total := config.method().total:
        sentence(out, f"the {total:,} trials of the config take about {duration(total / pace.per_second)}")
    sentence(out, suggestion(fit, config.space.dimensions))


def print_evaluation(out: Console, name: str, found: "Evaluation") -> None:
    """Accuracy and loss of the best network on the untouched part, and how often that has been looked at."""
    out.print(f"trial {found.trial} of {escape(name)}, {found.test.examples} test examples", soft_wrap=True)
    for part, scores in (("test", found.test), ("validation", found.validation)):
        accuracy, loss = formats.metric(scores.accuracy), formats.metric(scores.loss)
        out.print(f"{part + ' accuracy':<20} {accuracy}   {part + ' loss':<16} {loss}")
    out.print(
        f"[yellow]This is for the end; it was evaluation number {found.times} of this run.[/] A test score that you "
        "choose by is no test any more: if you search on after seeing it, expect worse on new data.",
        soft_wrap=True,
    )

"""Commands that read runs: `report`, `show`, `best`, `evaluate`."""

import gc
import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpsearch.cli.options import COUNT, console, paged, pager_option, run_argument, trial_argument, write_data
from hpsearch.errors import NoResultError, UsageError
from hpsearch.store import Store
from hpsearch.trial import Trial

if TYPE_CHECKING:
    from hpsearch.config import Config


@click.command()
@run_argument()
@click.option("--full", is_flag=True, help="Beyond the one page: 20 rows, every parameter, all that is found out.")
@click.option("--top", type=COUNT, help="Number of rows; 10 on the page, 20 in other tables, all elsewhere.")
@click.option("--sort", metavar="COLUMN", help="Sort by a column; -COLUMN for the largest first.")
@click.option("--where", metavar="CONDITION", help="Rows to show: 'layers == 2 and learning_rate < 0.01'.")
@click.option("--columns", metavar="A,B,...", help="Columns to show; also curve, in a table.")
@click.option("--rounds", is_flag=True, help="The lineage: which ranges each round searched, and what it found.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "json", "markdown", "findings"]),
    default="table",
    show_default=True,
    help="csv, json, markdown: the trials; findings: all that the report says, as JSON.",
)
@pager_option
def report(
    folder: Path,
    top: int | None,
    sort: str | None,
    where: str | None,
    columns: str | None,
    rounds: bool,
    format_: str,
    full: bool,
    no_pager: bool,
) -> None:
    """Show the ranked trials of a run.

    A page that leads from the best trials over what matters, and which ranges were too small, to what to do next.

    RUN is a name under the folder of runs, or a path; the newest run by default.

    \b
    Example:
      hpsearch report
      hpsearch report digits --top 50 --where 'optimizer == "adam" and learning_rate < 0.01'
      hpsearch report digits --format csv > trials.csv
    """
    from hpsearch.report import SHOWN, findings
    from hpsearch.views import formats
    from hpsearch.views.report import PAGE, print_report, print_rounds
    from hpsearch.views.tables import CURVE

    gc.disable()  # it would walk through all trials again and again, which stay until the end
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns else None
    chosen = bool(where or sort)
    if (rounds or full) and format_ != "table":
        asked, more = ("--rounds", "the rounds") if rounds else ("--full", "all that is found out")
        raise UsageError(f"{asked} is a table, not {format_}; --format findings has {more} too")
    page = not (full or rounds or chosen or names or format_ != "table")
    whole = page or full or format_ == "findings"
    rows_of = {True: PAGE, False: SHOWN if format_ == "table" else None}
    with Store(folder) as store:
        found = findings(store, curves_of=[] if chosen or format_ != "table" else None, insight=whole)
        table = found.table
        drawn = (CURVE,) if format_ == "table" else ()
        table.check([name for name in names or () if name not in drawn], "--columns")
        numbers = table.select(where=where, sort=sort, top=top or rows_of[page])
        if chosen and format_ == "table":
            found = replace(found, curves=store.curves(numbers))
    if format_ == "table":
        with paged(no_pager) as out:
            if rounds:
                print_rounds(out, found.rounds)
            else:
                print_report(out, found, numbers, columns=names, whole=whole, full=full)
    else:
        rows = table.rows(numbers, names)
        texts = {
            "csv": lambda: formats.as_csv(rows, table.distributions(found.config.space)),
            "json": lambda: formats.as_json(rows, table),
            "markdown": lambda: formats.as_markdown(rows, table, found.config.space),
            "findings": lambda: formats.as_findings(found, rows),
        }
        write_data(texts[format_]())


@click.command()
@run_argument(required=True)
@trial_argument
@pager_option
def show(folder: Path, trial: int, no_pager: bool) -> None:
    """Show everything about one trial.

    \b
    Example:
      hpsearch show digits 97
    """
    from hpsearch.views.trial import print_trial

    with Store(folder) as store, paged(no_pager) as out:
        print_trial(out, store, trial)


@click.command()
@run_argument()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["yaml", "json", "args", "command"]),
    default="yaml",
    show_default=True,
    help="args: for $(...) behind a program; command: the whole line that the search ran.",
)
def best(folder: Path, format_: str) -> None:
    """Print the best settings of a run.

    After `hpsearch confirm` these are the settings of the confirmed winner. Of a trial that was forked on its way they
    are a schedule: the epoch, and the settings from there on.

    Nothing else is printed, so that a shell can use it; exit code 1 where nothing succeeded.

    \b
    Example:
      hpsearch best digits
      python train.py $(hpsearch best sklearn --format args)
      eval "$(hpsearch best sklearn --format command)"
    """
    from hpsearch.config import config_of
    from hpsearch.document import yaml_lines
    from hpsearch.insight import preferred
    from hpsearch.report.lineage import schedule

    with Store(folder) as store:
        history, facts = store.history(), store.facts()
    trial = preferred(history)
    if trial is None:
        raise NoResultError(f"{folder}: no trial has succeeded")
    stretches = schedule(history, trial.number)
    if len(stretches) > 1 and format_ in ("args", "command"):
        raise UsageError(
            f"--format {format_}: trial {trial.number} was trained with other settings from {max(stretches)} on\n"
            f"  `hpsearch replay {folder.name} {trial.number}` trains it again; --format yaml has its schedule"
        )
    settings: Mapping[Any, Any] = trial.params if len(stretches) == 1 else stretches
    texts: dict[str, Callable[[], str]] = {
        "yaml": lambda: "\n".join(yaml_lines({key: settings[key] for key in settings})),
        "json": lambda: json.dumps({key: settings[key] for key in settings}),
        "args": lambda: _as_arguments(config_of(facts, folder), trial),
        "command": lambda: _as_command(config_of(facts, folder), trial, folder),
    }
    write_data(texts[format_]())


def _as_arguments(config: "Config", trial: Trial) -> str:
    """What `$(...)` splits into the very words: a shell takes quotes within it for themselves."""
    from hpsearch.objectives.command.template import ALL, CommandLine

    words = CommandLine(ALL[:1], config.objective.booleans).arguments(trial.params, {})
    if odd := [word for word in words if shlex.quote(word) != word]:
        other = "--format command" if config.objective.name == "command" else "--format json"
        raise UsageError(f"--format args: {odd[0]!r} needs quotes, which $(...) would not take for quotes\n  {other}")
    return " ".join(words)


def _as_command(config: "Config", trial: Trial, folder: Path) -> str:
    """The line that runs the trial again, for a shell."""
    from hpsearch.views.formats import command_line

    if not (line := command_line(config, trial, folder)):
        raise UsageError(
            f"--format command: a {config.objective.name} is no program that a line could run\n"
            "  --format json, yaml or args give the settings"
        )
    return line


@click.command()
@run_argument()
def evaluate(folder: Path) -> None:
    """Test the best network on the part that no search saw.

    Do this once, when all choices are made: a number that was looked at while choosing is no longer a test.

    \b
    Example:
      hpsearch evaluate digits
    """
    from hpsearch.report.evaluation import evaluate as evaluate_run
    from hpsearch.views.listing import print_evaluation

    with Store(folder) as store:
        print_evaluation(console(), folder.name, evaluate_run(store))

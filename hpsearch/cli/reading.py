"""Commands that read runs: `report`, `show`, `best`, `ls`, `evaluate`."""

import gc
from dataclasses import replace
from pathlib import Path

import click

from hpsearch.cli.options import open_store, run_argument, runs_option

_FORMATS = ("table", "csv", "json", "markdown")


@click.command()
@run_argument
@runs_option
@click.option("--top", type=click.IntRange(min=1), help="Number of rows; 20 in a table, all elsewhere.")
@click.option("--sort", metavar="COLUMN", help="Sort by a column; -COLUMN for the largest first.")
@click.option("--where", metavar="CONDITION", help="Rows to show: 'layers == 2 and learning_rate < 0.01'.")
@click.option("--columns", metavar="A,B,...", help="Columns to show.")
@click.option("--rounds", is_flag=True, help="The lineage: which ranges each round searched, and what it found.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="table", show_default=True)
def report(
    run: str | None,
    runs: Path,
    top: int | None,
    sort: str | None,
    where: str | None,
    columns: str | None,
    rounds: bool,
    format_: str,
) -> None:
    """Show the ranked trials of a run.

    Beneath the table: which hyperparameters matter, which ranges were too small, and whether to go on.

    RUN is a name under the folder of runs, or a path; the newest run by default.

    \b
    Example:
      hpsearch report
      hpsearch report digits --top 50 --where 'optimizer == "adam" and learning_rate < 0.01'
      hpsearch report digits --format csv > trials.csv
    """
    from hpsearch.report import SHOWN, findings
    from hpsearch.views import formats
    from hpsearch.views.report import print_report, print_rounds
    from hpsearch.views.tables import console

    gc.disable()  # it would walk through all trials again and again, which stay until the end
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns else None
    chosen = bool(where or sort)
    with open_store(runs, run) as store:
        whole = format_ == "json" or not (rounds or chosen or names or format_ != "table")
        found = findings(store, curves_of=[] if chosen or format_ != "table" else None, insight=whole)
        table = found.table
        table.check(names or (), "--columns")
        numbers = table.select(where=where, sort=sort, top=top or (SHOWN if format_ == "table" else None))
        if chosen and format_ == "table":
            found = replace(found, curves=store.curves(numbers))
    if rounds and format_ == "table":
        print_rounds(console(), found.rounds)
    elif format_ == "table":
        print_report(console(), found, numbers, columns=names, whole=whole)
    else:
        rows = table.rows(numbers, names)
        as_text = {"csv": lambda: formats.as_csv(rows), "json": lambda: formats.as_json(found, rows)}
        click.echo(as_text.get(format_, lambda: formats.as_markdown(rows, table.metrics))())


@click.command()
@click.argument("run")
@click.argument("trial", type=click.IntRange(min=1))
@runs_option
def show(run: str, trial: int, runs: Path) -> None:
    """Show everything about one trial.

    \b
    Example:
      hpsearch show digits 97
    """
    from hpsearch.views.tables import console
    from hpsearch.views.trial import print_trial

    with open_store(runs, run) as store:
        print_trial(console(), store, trial)


@click.command()
@run_argument
@runs_option
@click.option("--format", "format_", type=click.Choice(["yaml", "json", "args"]), default="yaml", show_default=True)
def best(run: str | None, runs: Path, format_: str) -> None:
    """Print the best settings of a run.

    After `hpsearch confirm` these are the settings of the confirmed winner.

    Nothing else is printed, so that a shell can use it; exit code 1 where nothing succeeded.

    \b
    Example:
      hpsearch best digits
      python train.py $(hpsearch best digits --format args)
    """
    import json
    import shlex

    from hpsearch.errors import HpsearchError
    from hpsearch.insight import preferred
    from hpsearch.objectives.command.template import ALL, CommandLine
    from hpsearch.views import formats

    with open_store(runs, run) as store:
        trial = preferred(store.history())
    if trial is None:
        raise HpsearchError(f"{store.folder}: no trial has succeeded")
    params = dict(trial.params)
    arguments = CommandLine(ALL[:1]).arguments(params, {})
    text = {"yaml": formats.as_yaml(params), "json": json.dumps(params), "args": shlex.join(arguments)}
    click.echo(text[format_])


@click.command()
@runs_option
def ls(runs: Path) -> None:
    """List all runs.

    \b
    Example:
      hpsearch ls
    """
    from hpsearch.store import run_folders
    from hpsearch.views.listing import print_runs
    from hpsearch.views.tables import console

    print_runs(console(), runs, run_folders(runs))


@click.command()
@run_argument
@runs_option
def evaluate(run: str | None, runs: Path) -> None:
    """Test the best network on the part that no search saw.

    Do this once, when all choices are made: a number that was looked at while choosing is no longer a test.

    \b
    Example:
      hpsearch evaluate digits
    """
    from hpsearch.report.evaluation import evaluate as evaluate_run
    from hpsearch.views.listing import print_evaluation
    from hpsearch.views.tables import console

    with open_store(runs, run) as store:
        print_evaluation(console(), store.folder.name, evaluate_run(store))

"""`hpsearch report`."""

from pathlib import Path

import click

from hpsearch.cli.options import open_store, run_argument, runs_option

__all__ = ["report"]

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
    from hpsearch.report.rounds import print_rounds
    from hpsearch.report.run import print_report, write_report
    from hpsearch.report.tables import console

    names = [name.strip() for name in columns.split(",") if name.strip()] if columns else None
    with open_store(runs, run) as store:
        if rounds:
            print_rounds(console(), store)
        elif format_ == "table":
            print_report(console(), store, top=top, sort=sort, where=where, columns=names)
        else:
            click.echo(write_report(store, format_, top=top, sort=sort, where=where, columns=names))

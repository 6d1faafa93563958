"""`hpsearch show`."""

from pathlib import Path

import click

from hpsearch.cli.options import open_store, runs_option

__all__ = ["show"]


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
    from hpsearch.report.tables import console
    from hpsearch.report.trial import print_trial

    with open_store(runs, run) as store:
        print_trial(console(), store, trial)

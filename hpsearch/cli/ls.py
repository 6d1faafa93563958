"""`hpsearch ls`."""

from pathlib import Path

import click

from hpsearch.cli.options import runs_option

__all__ = ["ls"]


@click.command()
@runs_option
def ls(runs: Path) -> None:
    """List all runs.

    \b
    Example:
      hpsearch ls
    """
    from hpsearch.report.runs import print_runs
    from hpsearch.report.tables import console
    from hpsearch.store import run_folders

    print_runs(console(), runs, run_folders(runs))

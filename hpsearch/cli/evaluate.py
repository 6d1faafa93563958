"""`hpsearch evaluate`."""

from pathlib import Path

import click

from hpsearch.cli.options import open_store, run_argument, runs_option

__all__ = ["evaluate"]


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
    from hpsearch.report.evaluation import print_evaluation
    from hpsearch.report.tables import console

    with open_store(runs, run) as store:
        print_evaluation(console(), store)

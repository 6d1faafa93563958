"""`hpsearch watch`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option

__all__ = ["watch"]


@click.command()
@run_argument
@runs_option
@click.option("--every", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds between looks.")
def watch(run: str | None, runs: Path, every: float) -> None:
    """Watch a run that goes on elsewhere.

    It only reads, never disturbs the run, and ends with it; Ctrl-C ends the watching alone.

    \b
    Example:
      hpsearch watch digits
    """
    from hpsearch.report.tables import console
    from hpsearch.report.watch import watch_run

    watch_run(console(), run_folder(runs, run), every)

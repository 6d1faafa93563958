"""`hpsearch repair`."""

from pathlib import Path

import click

from hpsearch.cli.options import runs_option

__all__ = ["repair"]


@click.command()
@click.argument("run")
@runs_option
def repair(run: str, runs: Path) -> None:
    """Save what can be read of a damaged run.

    The readable trials go into a new database in its place; the damaged one is kept beside it as run.db.damaged.

    \b
    Example:
      hpsearch repair digits
    """
    from hpsearch.cli.options import run_folder
    from hpsearch.repair import repair_run

    folder = run_folder(runs, run)
    saved, lost = repair_run(folder)
    click.echo(f"{folder.name}: {saved} trials with results saved{f', {lost} damaged places skipped' if lost else ''}.")
    click.echo("Next: the same `hpsearch run` goes on and runs what is missing.")

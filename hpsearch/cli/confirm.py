"""`hpsearch confirm`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option

__all__ = ["confirm"]


@click.command()
@run_argument
@runs_option
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many of the best trials.")
@click.option("--replicates", type=click.IntRange(min=2), default=5, show_default=True, help="Other seeds for each.")
@click.option("--workers", help="Number of processes, or inline.")
def confirm(run: str | None, runs: Path, top: int, replicates: int, workers: str | None) -> None:
    """Run the best few trials again with other seeds.

    The best of many trials was lucky too. This ranks the best few by their mean over fresh seeds, says whether the
    winner is one, and prefers the cheaper of those that cannot be told apart.

    \b
    Example:
      hpsearch confirm digits --top 5 --replicates 5
    """
    from hpsearch.cli.session import confirm_run
    from hpsearch.config import ConfirmSettings
    from hpsearch.report.tables import console
    from hpsearch.run import resume_run

    folder = run_folder(runs, run)
    raise SystemExit(confirm_run(console(), lambda: resume_run(folder, workers), ConfirmSettings(top, replicates)))

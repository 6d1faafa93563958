"""`hpsearch run`."""

from pathlib import Path

import click

from hpsearch.cli.options import config_argument, overrides_option, runs_option

__all__ = ["run"]


@click.command()
@config_argument
@overrides_option
@runs_option
@click.option("--name", help="Name of the run, in place of the config's.")
@click.option("--new", is_flag=True, help="Start afresh beside an old run: digits-2, digits-3, ...")
@click.option("--workers", help="Number of processes, or inline; in place of the config's.")
@click.option("--add", type=click.IntRange(min=0), default=0, help="So many trials more than the search has now.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def run(
    config: Path,
    overrides: tuple[str, ...],
    runs: Path,
    name: str | None,
    new: bool,
    workers: str | None,
    add: int,
    quiet: bool,
) -> None:
    """Search the space that CONFIG declares.

    An interrupted search goes on where it was; a finished one is not run again.

    \b
    Example:
      hpsearch run configs/digits.yaml
      hpsearch run configs/digits.yaml --set search.trials=20 --new
      hpsearch run configs/digits.yaml --add 50

    Exit codes: 0 done, 1 nothing succeeded, 2 a mistake in the command or the config, 130 interrupted.
    """
    from hpsearch.cli.session import run_search
    from hpsearch.config import load_config

    more = (f"execution.workers={workers}",) if workers else ()
    checked = load_config(config, (*overrides, *more))
    raise SystemExit(run_search(checked, runs, name=name, new=new, add=add, quiet=quiet))

"""`hpsearch best`."""

from pathlib import Path

import click

from hpsearch.cli.options import open_store, run_argument, runs_option

__all__ = ["best"]


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

    from hpsearch.confirmed import preferred
    from hpsearch.errors import HpsearchError
    from hpsearch.report import formats

    with open_store(runs, run) as store:
        trial = preferred(store)
    if trial is None:
        raise HpsearchError(f"{store.folder}: no trial has succeeded")
    params = dict(trial.params)
    text = {"yaml": formats.as_yaml(params), "json": json.dumps(params), "args": formats.arguments(params)}
    click.echo(text[format_])

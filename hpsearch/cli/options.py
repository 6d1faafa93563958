"""Arguments and options that several commands share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hpsearch.errors import UsageError, did_you_mean
from hpsearch.store import DATABASE, Store, run_folders

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

config_argument: Decorator = click.argument("config", type=click.Path(path_type=Path))
runs_option: Decorator = click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default="runs",
    envvar="HPSEARCH_RUNS",
    show_default=True,
    show_envvar=True,
    help="Folder of all runs.",
)
overrides_option: Decorator = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the config: --set learning_rate='loguniform(1e-3, 1e-1)', --set search.trials=20.",
)
run_argument: Decorator = click.argument("run", required=False)


def open_store(runs: Path, run: str | None) -> Store:
    """The store of a run; see `run_folder`."""
    return Store(run_folder(runs, run))


def run_folder(runs: Path, run: str | None) -> Path:
    """The folder of a run, given by name or by path; the newest run where none is given.

    Raises:
        UsageError: there is no such run.
    """
    folders = run_folders(runs)
    if run is None:
        if not folders:
            raise UsageError(f"no runs in {runs}\n  hpsearch run configs/digits.yaml")
        return folders[-1]
    for folder in (runs / run, Path(run)):
        if (folder / DATABASE).exists():
            return folder
    names = [folder.name for folder in folders]
    hint = did_you_mean(run, names) if names else f"no runs in {runs}"
    if re.search(r"\.ya?ml$", run):
        hint = f"a run is meant, not a config: {hint}"
    raise UsageError(f"no run {run!r}; {hint}")

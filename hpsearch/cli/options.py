"""Arguments and options that several commands share, and the console that they print on."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import click

from hpsearch.errors import UsageError, did_you_mean
from hpsearch.store import Store, holds_run, run_folders

if TYPE_CHECKING:
    from rich.console import Console

    from hpsearch.config import Config

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

_PATIENCE = 3.0  # seconds after which a person wants to know what is going on
_PIPE_WIDTH = 100_000  # nothing is cut where no one looks at a screen

COUNT = click.IntRange(min=1, max=10**15)
FILE = click.Path(dir_okay=False, path_type=Path)


def _from_environment() -> list[str]:
    given = os.environ.get("HPSEARCH_SET", "").split(";")
    return [text.strip() for text in given if text.strip()]


config_argument: Decorator = click.argument("config", type=click.Path(path_type=Path))
trial_argument: Decorator = click.argument("trial", type=COUNT)
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
    callback=lambda _ctx, _param, given: (*_from_environment(), *given),
    help="Change the config: --set learning_rate='loguniform(1e-3, 1e-1)', --set search.trials=20. Before them come "
    "those of HPSEARCH_SET, divided by semicolons.",
)
name_option: Decorator = click.option("--name", help="Name of the run, in place of the config's or the file's.")
config_workers_option = click.option("--workers", help="Number of processes, or inline; in place of the config's.")
workers_option = click.option("--workers", help="Number of processes, or inline.")
force_option = click.option("--force", is_flag=True, help="Overwrite a file that is there.")
pager_option = click.option("--no-pager", is_flag=True, help="Print what is longer than the screen without PAGER.")


def run_argument(*, required: bool = False) -> Decorator:
    """The argument RUN with its option --runs; the command is given the `folder` of that run."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_folder(run: str | None, runs: Path, **others: Any) -> None:
            command(folder=run_folder(runs, run), **others)

        return click.argument("run", required=required)(runs_option(with_folder))

    return decorate


def run_folder(runs: Path, run: str | None) -> Path:
    """The folder of a run, given by name or by path; the newest run where none is given."""
    folders = run_folders(runs)
    if run is None:
        if not folders:
            raise UsageError(f"no runs in {runs}\n  hpsearch run configs/digits.yaml", code="U102")
        return folders[-1]
    for folder in (runs / run, Path(run)):
        if holds_run(folder):
            return folder
    names = [folder.name for folder in folders]
    hint = did_you_mean(run, names) if names else f"no runs in {runs}"
    if re.search(r"\.ya?ml$", run):
        hint = f"a run is meant, not a config: {hint}"
    raise UsageError(f"no run {run!r}; {hint}", code="U102")


def console() -> "Console":
    """A console that fits the terminal, and cuts nothing in a pipe."""
    from hpsearch.views.terminal import Terminal

    probe = Terminal()
    return probe if probe.is_terminal else Terminal(width=_PIPE_WIDTH, highlight=False)


@contextmanager
def paged(no_pager: bool = False) -> "Iterator[Console]":
    """A console from which what is longer than a terminal goes through the program that PAGER names, if it does."""
    from hpsearch.views.terminal import LongOutput

    out, program = console(), os.environ.get("PAGER", "").strip()
    if no_pager or not out.is_terminal or program in ("", "cat"):
        yield out
        return
    with out.pager(LongOutput(out, program), styles=True, links=True):
        yield out


def say(text: str, *, err: bool = False) -> None:
    """Print lines for people, in which what would act on a terminal is written out; there they end between words."""
    from hpsearch.document import visible

    text = visible(text, "\n\t")
    if (sys.stderr if err else sys.stdout).isatty():
        from hpsearch.views.terminal import Terminal, wrapped

        text = wrapped(text, Terminal(stderr=err).width)
    click.echo(text, err=err)


def check_free(path: Path, force: bool) -> None:
    """UsageError where a file would be written over without `--force`."""
    if path.exists() and not force:
        raise UsageError(f"{path} is there already\n  choose another name, or overwrite it with --force", code="U103")


def write_data(text: str) -> None:
    """Print what programs read: as it stands in a pipe or a file, harmless on a terminal."""
    if os.isatty(1):
        from hpsearch.document import visible

        click.echo(visible(text, "\n\t"))
    else:
        whole = text.encode(errors="backslashreplace").decode()
        click.echo(whole, color=True)  # else click leaves out codes of colours


def checked_config(
    path: Path, overrides: Sequence[str], workers: str | None = None, name: str | None = None, runs: Path | None = None
) -> "Config":
    """Read and check the config in a file, and the data that it names; say so where that takes long.

    runs: where a run is looked for whose config is meant, if there is no such file.
    """
    from hpsearch.config import config_of, load_config

    more = (f"execution.workers={workers}",) if workers else ()
    folder = next((each for each in (runs / path, path) if holds_run(each)), None) if runs else None
    if folder is not None and not path.is_file():
        with Store(folder) as store:
            config = config_of(store.facts(), folder, (*overrides, *more))
        return replace(config, name=name or config.name)
    timer = Timer(_PATIENCE, say, (f"reading {path} and the data that it names ...",), {"err": True})
    timer.daemon = True
    timer.start()
    try:
        return load_config(path, (*overrides, *more), name)
    finally:
        timer.cancel()

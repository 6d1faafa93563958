"""Commands for runs as a whole: `ls`, `rm`, `mv`, `copy`."""

import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import click

from hpsearch.cli.options import paged, pager_option, run_folder, runs_option, say, write_data
from hpsearch.errors import HpsearchError, UsageError
from hpsearch.store import copy_run, remove_run, rename_run, size_on_disk
from hpsearch.store.folders import check_free, check_removable, check_still, leftovers


@click.command()
@runs_option
@click.option("--format", "format_", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@pager_option
def ls(runs: Path, format_: str, no_pager: bool) -> None:
    """List all runs, and how it stands with each.

    The newest is the last: its state, how many of its trials are done, the best metric, when it began, its size on the
    disk. A run that cannot be read says why, and what to do.

    \b
    Example:
      hpsearch ls
      hpsearch ls --format json
    """
    from hpsearch.report.overview import overviews
    from hpsearch.views.listing import print_runs, runs_as_csv, runs_as_json

    found = list(overviews(runs))
    if format_ == "table":
        with paged(no_pager) as out:
            print_runs(out, runs, found)
    else:
        write_data(runs_as_json(found) if format_ == "json" else runs_as_csv(found))


@click.command()
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@runs_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask before deleting.")
def rm(names: tuple[str, ...], runs: Path, yes: bool) -> None:
    """Delete runs.

    Each with all that it has written; there is no way back. A run that is running is refused, and so is a folder with
    anything else in it. No link is followed.

    \b
    Example:
      hpsearch rm digits
      hpsearch rm digits-2 digits-3 --yes
    """
    from hpsearch.data import size_of

    folders: dict[Path, Path] = {}

    def add(name: str) -> None:
        folder = _folder_or_leftovers(runs, name)
        for place in leftovers(folder):
            check_still(place)
        if folder.exists():
            check_removable(folder)
        folders.setdefault(folder.resolve(), folder)

    _check((partial(add, name) for name in names), "nothing was deleted")
    sizes = {folder: sum(map(size_on_disk, [folder, *leftovers(folder)])) for folder in folders.values()}
    if not yes and not _agreed([f"{folder}  {size_of(size)}" for folder, size in sizes.items()]):
        say("nothing was deleted")
        return

    def delete(folder: Path) -> None:
        _end_left_behind(folder)
        say(f"deleted: {folder.name}, {size_of(remove_run(folder))} freed")

    _check((partial(delete, folder) for folder in sizes), "the others were deleted")


@click.command()
@click.argument("run")
@click.argument("name")
@runs_option
def mv(run: str, name: str, runs: Path) -> None:
    """Rename a run.

    It stays in the folder that it is in, and goes on under its new name: `hpsearch run NAME`.

    \b
    Example:
      hpsearch mv digits digits-adam
    """
    folder = _renamed(run, runs, name, lambda folder: folder.with_name(name))
    _end_left_behind(folder)
    rename_run(folder, folder.with_name(name))
    say(f"{folder.name} is {name} now; `hpsearch run {name}` goes on with it")


@click.command()
@click.argument("run")
@click.argument("name")
@runs_option
def copy(run: str, name: str, runs: Path) -> None:
    """Copy a run.

    The copy is whole, lies under the folder of runs, and goes on for itself: `hpsearch run NAME`.

    \b
    Example:
      hpsearch copy digits digits-before-zoom
    """
    folder = _renamed(run, runs, name, lambda _: runs / name)
    copy_run(folder, runs / name)
    say(f"{name} is a copy of {folder.name}; `hpsearch run {name}` goes on with it")


def _renamed(run: str, runs: Path, name: str, target: Callable[[Path], Path]) -> Path:
    """The folder of a run that is to have another name; all that is wrong with it is said at once."""
    found: list[Path] = []

    def check_run() -> None:
        folder = _own(run_folder(runs, run))
        found.append(folder)
        check_still(folder)

    def check_name() -> None:
        from hpsearch.config.keys import NAME

        if not re.fullmatch(NAME.pattern, name):
            raise UsageError(f"NAME must be {NAME.form}, got {name!r}")
        if found:
            check_free(target(found[0]))

    _check((check_run, check_name), "nothing was changed")
    return found[0]


def _check(steps: Iterable[Callable[[], None]], after: str) -> None:
    """Take all steps; the mistakes among them are told together, and what that means."""
    errors: list[HpsearchError] = []
    for step in steps:
        try:
            step()
        except HpsearchError as err:
            errors.append(err)
        except OSError as err:
            errors.append(HpsearchError(f"{err.filename}: {err.strerror}", code="S104"))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        whole = HpsearchError("\n".join([*(err.shown() for err in errors), f"{len(errors)} mistakes; {after}"]))
        whole.exit_code = max(err.exit_code for err in errors)
        raise whole


def _folder_or_leftovers(runs: Path, name: str) -> Path:
    """The folder of a run, or the one that was, where its deletion or a copy to its name was cut off."""
    for folder in (runs / name, Path(name)):
        if leftovers(folder) and not folder.exists():
            return folder
    return _own(run_folder(runs, name))


def _own(folder: Path) -> Path:
    """The folder by its own name, where it was given as `.` or by `..`."""
    return folder if folder.name.strip(".") else folder.resolve()


def _agreed(lines: list[str]) -> bool:
    """Whether the person at the terminal lets these runs be deleted."""
    if not sys.stdin.isatty():
        raise UsageError(
            "rm asks before it deletes, and there is no terminal to ask on\n  --yes deletes without asking"
        )
    say("\n".join(lines))
    return click.confirm(f"Delete {'these runs' if len(lines) > 1 else 'this run'}?")


def _end_left_behind(folder: Path) -> None:
    """End what an engine that was killed has left running of a run, as a search that goes on does."""
    from hpsearch.objectives import RUN
    from hpsearch.system.processes import end, marked

    place = str(folder.resolve())
    end(lambda: marked(RUN, place), grace=0.0)

"""Commands for one model at a time: `babysit`, `fork`, `tree`, `replay`."""

import re
import sys
from pathlib import Path
from typing import Any, TextIO

import click

from hpsearch.cli import options
from hpsearch.cli.options import COUNT, console, run_argument, trial_argument
from hpsearch.errors import HpsearchError, UsageError
from hpsearch.store import Store


class TrialAt(click.ParamType[tuple[int, int | None]]):
    """`TRIAL` or `TRIAL@EPOCH`, as a pair."""

    name = "trial[@epoch]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int | None]:
        """The trial and where to go on from; None for where it has come to."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,15})(?:@(\d{1,15}))?", str(value))
        if found is None or int(found[1]) < 1:
            self.fail(f"{value!r} is no trial: 31, or 31@20 to go on from epoch 20", param, ctx)
        return int(found[1]), None if found[2] is None else int(found[2])


_KEYS = click.File("r", "utf-8", "replace")


@click.command()
@run_argument(required=True)
@click.argument("trial", type=TrialAt(), metavar="TRIAL[@EPOCH]")
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="What is another from there on.")
@click.option("--until", type=COUNT, help="How far the new trial is trained; as far as its parent by default.")
@options.workers_option
def fork(
    folder: Path, trial: tuple[int, int | None], overrides: tuple[str, ...], until: int | None, workers: str | None
) -> None:
    """Carry a trial on, perhaps with a knob turned.

    The new trial begins with all that TRIAL had become by EPOCH, by default by its end: weights, what the optimizer
    remembers, the order of the data. Unchanged it goes on as if never interrupted. It is ranked with the others, and
    neither counted nor learned from by the search.

    \b
    Example:
      hpsearch fork digits 31 --until 60
      hpsearch fork digits 31@20 --set learning_rate=0.003
    """
    from hpsearch.cli.session import fork_trial
    from hpsearch.runs import resume_run
    from hpsearch.runs.forking import fork as forked
    from hpsearch.runs.forking import parsed

    changes = parsed(overrides)
    with resume_run(folder, workers) as run:
        child = forked(run, *trial, changes, until)
        raise SystemExit(fork_trial(console(), run, child))


@click.command()
@run_argument()
@click.option("--full", is_flag=True, help="All families, however many.")
def tree(folder: Path, full: bool) -> None:
    """Show which trial was carried on from which.

    At which epoch it branched off, what was changed there, and what that brought.

    \b
    Example:
      hpsearch tree digits
    """
    from hpsearch.views.tree import print_tree

    with Store(folder) as store:
        print_tree(console(), folder.name, store.history(), whole=full)


@click.command()
@run_argument(required=True)
@trial_argument
def replay(folder: Path, trial: int) -> None:
    """Train a trial again, from nothing.

    With all that was changed on its way, where it was changed. Says whether it gives the same numbers; nothing of it is
    kept, and nothing of the run is touched.

    \b
    Example:
      hpsearch replay digits 31
    """
    from hpsearch.config import config_of
    from hpsearch.engine.executors import make_executor
    from hpsearch.runs.replay import replayed
    from hpsearch.system.signals import handled, interrupt
    from hpsearch.views.tree import print_comparison, print_stretch

    with Store(folder) as store:
        history, config = store.history(), config_of(store.facts(), folder)
    if trial not in history.results:
        raise UsageError(f"{folder.name} has no finished trial {trial}", code="U102")
    out, before, again = console(), history.results[trial], None
    with handled(interrupt):
        executor = make_executor(1, config.execution.timeout, threads_per_worker=config.objective.threads)
        for stretch, again in replayed(config, history, trial, executor):
            print_stretch(out, stretch, again, config.metric.name)
    if again is None:
        raise HpsearchError(f"trial {trial} of {folder.name} was never trained", code="U102")
    raise SystemExit(0 if print_comparison(out, before, again, config.metric.name) else 1)


@click.command()
@click.argument("config", metavar="CONFIG|RUN")
@click.argument("trial", type=TrialAt(), required=False, metavar="[TRIAL[@EPOCH]]")
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Where the model begins.")
@click.option("--until", type=COUNT, help="How far it is trained; `epochs` by default.")
@click.option("--every", type=COUNT, default=1, show_default=True, help="Epochs between two looks.")
@click.option("--keys", type=_KEYS, help="Do what a file says: 12 set learning_rate=0.01; - is a pipe.")
@options.runs_option
@options.name_option
def babysit(
    config: str,
    trial: tuple[int, int | None] | None,
    overrides: tuple[str, ...],
    until: int | None,
    every: int,
    keys: TextIO | None,
    runs: Path,
    name: str | None,
) -> None:
    """Watch one model while it trains, and turn its knobs.

    The model begins in the middle of each range, or goes on from TRIAL of a RUN. Every touch is a fork: leave at any
    time, and come back to the same tree with `babysit RUN TRIAL`. What is touched is kept in runs/RUN/keys.txt; with
    --keys it is done again, to the same numbers.

    \b
    Example:
      hpsearch babysit configs/digits.yaml --set learning_rate=0.01
      hpsearch babysit digits 31@20 --until 60
      hpsearch babysit configs/digits.yaml --keys -
    """
    from hpsearch.cli.babysitting import babysit_model
    from hpsearch.runs import open_run, resume_run
    from hpsearch.runs.babysitting import begun, taken_up
    from hpsearch.runs.forking import parsed

    changes, out = parsed(overrides), console()
    if keys is None and not (sys.stdin.isatty() and out.is_terminal):
        raise UsageError("babysit needs a terminal, or keys to do without one\n  --keys FILE, or --keys - for a pipe")
    if trial is not None:
        run = resume_run(options.run_folder(runs, config))
    else:
        run = open_run(options.checked_config(Path(config), (), name=name, runs=runs), runs)
    with run:
        if not run.config.objective.pauses:
            raise UsageError(f"babysit: a {run.config.objective.name} that is vectorized cannot be carried on")
        model = begun(run, changes, until) if trial is None else taken_up(run, *trial, until)
        raise SystemExit(babysit_model(out, run, model, every, keys))

"""Commands for a run that goes on elsewhere: `watch`, `stop`, `logs`."""

import io
import os
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import click

from hpsearch.cli.options import COUNT, console, run_argument, say, trial_argument
from hpsearch.document import visible
from hpsearch.errors import UsageError
from hpsearch.store import running_process


@click.command()
@run_argument()
@click.option("--every", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds between looks.")
def watch(folder: Path, every: float) -> None:
    """Watch a run that goes on elsewhere.

    It only reads, never disturbs the run, and ends with it; Ctrl-C ends the watching alone.

    \b
    Example:
      hpsearch watch digits
    """
    from hpsearch.system.signals import handled, interrupt
    from hpsearch.views.live import watch_run

    with handled(interrupt):
        watch_run(console(), folder, every)


@click.command()
@run_argument()
@click.argument("trial", type=COUNT, required=False)
@click.option("--now", is_flag=True, help="Do not let running trials finish; they are run again next time.")
def stop(folder: Path, trial: int | None, now: bool) -> None:
    """Stop a run that goes on elsewhere.

    As Ctrl-C in its own terminal does: what is running may finish, all is saved, and the same `hpsearch run` goes on
    later. With TRIAL only that trial is ended, a command or a generator function, and the search goes on.

    \b
    Example:
      hpsearch stop digits
      hpsearch stop mnist 17
    """
    from hpsearch.objectives import request_stop

    process = running_process(folder)
    if process is None:
        say(f"{folder.name} is not running.")
        return
    if trial is not None:
        request_stop(folder.resolve(), trial)
        say(f"trial {trial} of {folder.name} was told to end.")
        return
    os.kill(process, signal.SIGINT)
    if now:
        time.sleep(0.5)  # two signals at once would count as one
        os.kill(process, signal.SIGINT)
    how = " at once" if now else "; what is running may finish"
    say(f"{folder.name} (pid {process}) was told to stop{how}.")


@click.command()
@run_argument(required=True)
@trial_argument
@click.option("--stream", type=click.Choice(["stdout", "stderr", "both"]), default="both", show_default=True)
@click.option("--follow", "-f", is_flag=True, help="Go on printing while the trial writes.")
def logs(folder: Path, trial: int, stream: str, follow: bool) -> None:
    """Print what a trial wrote.

    A command's or a function's output lies in runs/RUN/trials/TRIAL/, of a trial that paused one file for each of its
    parts, the first of them first; what is still being written is printed too. In a
    pipe it comes byte for byte; on a terminal control codes are written out.

    \b
    Example:
      hpsearch logs mnist 12 -f
    """
    from hpsearch.objectives import outputs

    place = folder / "trials" / str(trial)
    files = [path for name in ("stdout", "stderr") if stream in (name, "both") for path in outputs(place, name)]
    if not files:
        raise UsageError(f"trial {trial} of {folder.name} has written nothing in {place}", code="U102")
    with ExitStack() as stack:
        opened = [stack.enter_context(path.open("rb")) for path in files]
        # On a terminal a line that was rewritten in place, such as a progress bar, is one line after the other.
        lines = [io.TextIOWrapper(file, "utf-8", "replace") for file in opened] if os.isatty(1) else []
        while True:
            going_on = follow and running_process(folder) is not None
            for line in chain.from_iterable(lines):
                sys.stdout.write(visible(line, "\n\t"))
            for file in opened if not lines else ():
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()
            if not going_on:
                return
            time.sleep(0.3)

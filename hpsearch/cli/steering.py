"""Commands for a run that goes on elsewhere: `watch`, `stop`, `logs`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option


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
    from hpsearch.views.live import watch_run
    from hpsearch.views.tables import console

    watch_run(console(), run_folder(runs, run), every)


@click.command()
@run_argument
@click.argument("trial", type=click.IntRange(min=1), required=False)
@runs_option
@click.option("--now", is_flag=True, help="Do not let running trials finish; they are run again next time.")
def stop(run: str | None, trial: int | None, runs: Path, now: bool) -> None:
    """Stop a run that goes on elsewhere.

    As Ctrl-C in its own terminal does: what is running may finish, all is saved, and the same `hpsearch run` goes on
    later. With TRIAL only that trial is ended, a command or a generator function, and the search goes on.

    \b
    Example:
      hpsearch stop digits
      hpsearch stop mnist 17
    """
    import os
    import signal
    import time

    from hpsearch.objectives import request_stop
    from hpsearch.store import running_process

    folder = run_folder(runs, run)
    process = running_process(folder)
    if process is None:
        click.echo(f"{folder.name} is not running.")
        return
    if trial is not None:
        request_stop(folder.resolve(), trial)
        click.echo(f"trial {trial} of {folder.name} was told to end.")
        return
    os.kill(process, signal.SIGINT)
    if now:
        time.sleep(0.5)  # two signals at once would count as one
        os.kill(process, signal.SIGINT)
    click.echo(
        f"{folder.name} (pid {process}) was told to stop{' at once' if now else '; what is running may finish'}."
    )


@click.command()
@click.argument("run")
@click.argument("trial", type=click.IntRange(min=1))
@runs_option
@click.option("--stream", type=click.Choice(["stdout", "stderr", "both"]), default="both", show_default=True)
@click.option("--follow", "-f", is_flag=True, help="Go on printing while the trial writes.")
def logs(run: str, trial: int, runs: Path, stream: str, follow: bool) -> None:
    """Print what a trial wrote.

    A command's or a function's output lies in runs/RUN/trials/TRIAL/; what is still being written is printed too.

    \b
    Example:
      hpsearch logs mnist 12 -f
    """
    import shutil
    import sys
    import time

    from hpsearch.errors import UsageError
    from hpsearch.store import running_process

    folder = run_folder(runs, run)
    place = folder / "trials" / str(trial)
    names = ["stdout", "stderr"] if stream == "both" else [stream]
    files = [place / name for name in names if (place / name).exists()]
    if not files:
        raise UsageError(f"trial {trial} of {folder.name} has written nothing in {place}")
    opened = [path.open("rb") for path in files]
    try:
        while True:
            going_on = follow and running_process(folder) is not None
            for file in opened:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            if not going_on:
                return
            time.sleep(0.3)
    finally:
        for file in opened:
            file.close()

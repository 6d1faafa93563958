"""`hpsearch stop`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option

__all__ = ["stop"]


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

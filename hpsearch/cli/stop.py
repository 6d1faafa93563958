"""`hpsearch stop`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option

__all__ = ["stop"]


@click.command()
@run_argument
@runs_option
@click.option("--now", is_flag=True, help="Do not let running trials finish; they are run again next time.")
def stop(run: str | None, runs: Path, now: bool) -> None:
    """Stop a run that goes on elsewhere.

    As Ctrl-C in its own terminal does: what is running may finish, all is saved, and the same `hpsearch run` goes on
    later.

    \b
    Example:
      hpsearch stop digits
    """
    import os
    import signal
    import time

    from hpsearch.store import running_process

    folder = run_folder(runs, run)
    process = running_process(folder)
    if process is None:
        click.echo(f"{folder.name} is not running.")
        return
    os.kill(process, signal.SIGINT)
    if now:
        time.sleep(0.5)  # two signals at once would count as one
        os.kill(process, signal.SIGINT)
    click.echo(
        f"{folder.name} (pid {process}) was told to stop{' at once' if now else '; what is running may finish'}."
    )

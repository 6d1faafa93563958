"""`hpsearch logs`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_folder, runs_option

__all__ = ["logs"]


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

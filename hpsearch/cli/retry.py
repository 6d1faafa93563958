"""`hpsearch retry`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_folder, runs_option

__all__ = ["retry"]

_STATUSES = {"failed": "failed", "timed_out": "timed out", "diverged": "diverged", "out_of_memory": "out of memory"}


@click.command()
@click.argument("run")
@click.argument("trials", type=click.IntRange(min=1), nargs=-1)
@runs_option
@click.option("--failed", is_flag=True, help="All that failed.")
@click.option("--timed-out", is_flag=True, help="All that ran past their time.")
@click.option("--diverged", is_flag=True, help="All that diverged.")
@click.option("--out-of-memory", is_flag=True, help="All that ran out of memory.")
@click.option("--workers", help="Number of processes, or inline.")
def retry(run: str, trials: tuple[int, ...], runs: Path, workers: str | None, **chosen: bool) -> None:
    """Run trials of a run again.

    Their settings stay; the new results take the place of the old ones.

    \b
    Example:
      hpsearch retry mnist --failed
      hpsearch retry mnist 12 17
    """
    from hpsearch.cli.session import conduct
    from hpsearch.errors import UsageError
    from hpsearch.report.tables import console
    from hpsearch.run import Run, resume_run
    from hpsearch.store import Store

    folder = run_folder(runs, run)
    statuses = {_STATUSES[name] for name, wanted in chosen.items() if wanted}
    with Store(folder) as store:
        results = store.history().results
    unknown = [number for number in trials if number not in results]
    if unknown:
        raise UsageError(f"{folder.name} has no finished trial {unknown[0]}")
    numbers = sorted({*trials, *(number for number, result in results.items() if str(result.status) in statuses)})
    if not numbers:
        raise UsageError("no trials to run again: name some, or say --failed, --timed-out, ...")

    def opened() -> Run:
        again = resume_run(folder, workers)
        again.store.forget_results(numbers)
        again.history = again.store.history()
        return again

    raise SystemExit(conduct(console(), opened))

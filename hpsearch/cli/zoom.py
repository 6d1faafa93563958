"""`hpsearch zoom`."""

from pathlib import Path

import click

from hpsearch.cli.options import run_argument, run_folder, runs_option

__all__ = ["zoom"]


@click.command()
@run_argument
@runs_option
@click.option("--trials", type=click.IntRange(min=1), default=50, show_default=True, help="Trials of the new round.")
@click.option("--top", type=click.FloatRange(0, 1, min_open=True), help="Share of the trials that counts as best.")
@click.option(
    "--from-round", type=click.IntRange(min=1), help="Go back: zoom from what this round and earlier ones found."
)
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=RANGE", help="Set a range by hand: lr='loguniform(1e-3, 1e-2)'."
)
@click.option("--dry-run", is_flag=True, help="Only print what would be searched.")
@click.option(
    "--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the refined config to a file instead."
)
@click.option("--workers", help="Number of processes, or inline.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before starting.")
def zoom(
    run: str | None,
    runs: Path,
    trials: int,
    top: float | None,
    from_round: int | None,
    overrides: tuple[str, ...],
    dry_run: bool,
    write: Path | None,
    workers: str | None,
    yes: bool,
) -> None:
    """Refine the region of the best trials and search it.

    Each range is narrowed to where the best trials concentrate more than chance would have it, and widened where they
    crowd at an end. The trials of the new round rank together with all earlier ones.

    \b
    Example:
      hpsearch zoom digits --dry-run
      hpsearch zoom digits --trials 50
      hpsearch zoom digits --write refined.yaml
    """
    from hpsearch.cli.session import conduct
    from hpsearch.report.tables import console
    from hpsearch.report.zoom import print_zoom
    from hpsearch.zoom import plan_zoom, write_config

    out = console()
    folder = run_folder(runs, run)
    plan = plan_zoom(folder, top=top, from_round=from_round, overrides=overrides)
    print_zoom(out, plan, trials)
    if write is not None:
        write_config(plan, write, trials)
        out.print(f"written: {write}", soft_wrap=True)
    elif not dry_run and (yes or not out.is_terminal or click.confirm(f"Search this region with {trials} trials?")):
        raise SystemExit(conduct(out, lambda: plan.begin(trials, workers)))

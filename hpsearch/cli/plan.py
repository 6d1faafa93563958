"""`hpsearch plan`."""

from pathlib import Path

import click

from hpsearch.cli.options import config_argument, overrides_option

__all__ = ["plan"]


@click.command()
@config_argument
@overrides_option
@click.option("--time", "budget", default="30m", show_default=True, help="The time there is: 90s, 30m, 2h.")
@click.option("--workers", help="Number of processes, or inline; in place of the config's.")
@click.option("--trials", "probes", type=click.IntRange(min=1), default=24, show_default=True, help="Trials to time.")
def plan(config: Path, overrides: tuple[str, ...], budget: str, workers: str | None, probes: int) -> None:
    """Time a few trials and say how many fit.

    And what that means: many at random (caviar), coarse to fine, or one model watched closely (panda). Nothing of it
    is kept.

    \b
    Example:
      hpsearch plan configs/digits.yaml --time 30m
    """
    from hpsearch.config import load_config, read_duration
    from hpsearch.report.plan import print_plan
    from hpsearch.report.tables import console
    from hpsearch.timing import measure

    more = (f"execution.workers={workers}",) if workers else ()
    checked = load_config(config, (*overrides, *more))
    seconds = read_duration(budget, "--time")
    print_plan(console(), checked, measure(checked, probes, limit=min(60.0, seconds)), seconds)

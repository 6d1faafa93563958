"""Commands that search: `run`, `zoom`, `confirm`, `retry`, `plan`."""

from pathlib import Path
from typing import Any

import click

from hpsearch.cli import options
from hpsearch.cli.options import COUNT, console
from hpsearch.errors import UsageError
from hpsearch.store import Store


@click.command()
@options.config_argument
@options.overrides_option
@options.runs_option
@options.name_option
@click.option("--new", is_flag=True, help="Start afresh beside an old run: digits-2, digits-3, ...")
@options.config_workers_option
@click.option(
    "--add", type=click.IntRange(min=0, max=10_000_000), default=0, help="So many trials more than the search has now."
)
@click.option("--yes", "-y", is_flag=True, help="Go on with an edited space in a new round, without asking.")
@click.option(
    "--was", multiple=True, metavar="NAME=VALUE", help="What the trials so far had of a parameter that is new."
)
@click.option("--dry-run", is_flag=True, help="Only print the first five settings, and the lines that would run.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def run(
    config: Path, overrides: tuple[str, ...], runs: Path, name: str | None, workers: str | None, **how: Any
) -> None:
    """Search the space that CONFIG declares.

    The name of a run stands for the config that it was last run with. An interrupted search goes on where it was; a
    finished one is not run again. A config that was edited goes on in the same run: with more trials or time at once,
    with another space in a new round, after a question.

    \b
    Example:
      hpsearch run configs/digits.yaml
      hpsearch run configs/digits.yaml --set search.trials=20 --new
      hpsearch run configs/digits.yaml --add 50

    Exit codes: 0 done, 1 nothing succeeded, 2 a mistake in the command or the config, 130 interrupted.
    """
    from hpsearch.cli.session import run_search

    raise SystemExit(run_search(options.checked_config(config, overrides, workers, name, runs), runs, **how))


@click.command()
@options.run_argument()
@click.option("--trials", type=COUNT, default=50, show_default=True, help="Trials of the new round.")
@click.option("--top", type=click.FloatRange(0, 1, min_open=True), help="Share of the trials that counts as best.")
@click.option("--from-round", type=COUNT, help="Go back: zoom from what this round and earlier ones found.")
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=RANGE", help="Set a range by hand: lr='loguniform(1e-3, 1e-2)'."
)
@click.option("--dry-run", is_flag=True, help="Only print what would be searched.")
@click.option("--write", type=options.FILE, help="Write the refined config to a file instead.")
@options.force_option
@options.workers_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask before starting.")
def zoom(
    folder: Path,
    trials: int,
    dry_run: bool,
    write: Path | None,
    force: bool,
    workers: str | None,
    yes: bool,
    **region: Any,
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
    from hpsearch.runs.zoom import plan_zoom, write_config
    from hpsearch.views.space import print_zoom

    if write is not None:
        options.check_free(write, force)
    out = console()
    plan = plan_zoom(folder, **region)
    print_zoom(out, plan, trials)
    if write is not None:
        write_config(plan, write, trials)
        out.print(f"written: {write}", soft_wrap=True)
    elif not dry_run and (yes or not out.is_terminal or click.confirm(f"Search this region with {trials} trials?")):
        raise SystemExit(conduct(out, plan.begin(trials, workers)))


@click.command()
@options.run_argument()
@click.option("--top", type=COUNT, default=5, show_default=True, help="How many of the best trials.")
@click.option(
    "--replicates", type=click.IntRange(min=2, max=10_000), default=5, show_default=True, help="Other seeds for each."
)
@options.workers_option
def confirm(folder: Path, top: int, replicates: int, workers: str | None) -> None:
    """Run the best few trials again with other seeds.

    The best of many trials was lucky too. This ranks the best few by their mean over fresh seeds, says whether the
    winner is one, and prefers the cheaper of those that cannot be told apart.

    \b
    Example:
      hpsearch confirm digits --top 5 --replicates 5
    """
    from hpsearch.cli.session import confirm_run
    from hpsearch.methods import ReplicateSettings
    from hpsearch.runs import resume_run

    raise SystemExit(confirm_run(console(), resume_run(folder, workers), ReplicateSettings(top, replicates)))


@click.command()
@options.run_argument(required=True)
@click.argument("trials", type=COUNT, nargs=-1)
@click.option("--failed", is_flag=True, help="All that failed.")
@click.option("--timed-out", is_flag=True, help="All that ran past their time.")
@click.option("--diverged", is_flag=True, help="All that diverged.")
@click.option("--out-of-memory", is_flag=True, help="All that ran out of memory.")
@options.workers_option
def retry(folder: Path, trials: tuple[int, ...], workers: str | None, **chosen: bool) -> None:
    """Run trials of a run again.

    Their settings stay; the new results take the place of the old ones.

    \b
    Example:
      hpsearch retry mnist --failed
      hpsearch retry mnist 12 17
    """
    from hpsearch.cli.session import conduct
    from hpsearch.runs import resume_run
    from hpsearch.runs.clock import give_back

    statuses = {name.replace("_", " ") for name, wanted in chosen.items() if wanted}
    with Store(folder) as store:
        results = store.history().results
    unknown = [number for number in trials if number not in results]
    if unknown:
        raise UsageError(f"{folder.name} has no finished trial {unknown[0]}", code="U102")
    numbers = sorted({*trials, *(number for number, result in results.items() if result.status in statuses)})
    if not numbers:
        none = f"none of {folder.name} is {' or '.join(sorted(statuses))}"
        raise UsageError(
            f"no trials to run again: {none if statuses else 'name some, or say --failed, --timed-out, ...'}"
        )
    again = resume_run(folder, workers)
    give_back(again, numbers)
    again.put_back(numbers)
    raise SystemExit(conduct(console(), again))


@click.command()
@options.config_argument
@options.overrides_option
@options.name_option
@click.option("--time", "budget", help="The time there is: 90s, 30m, 2h; by default that of the config, or 30m.")
@options.config_workers_option
@click.option("--trials", "probes", type=COUNT, default=24, show_default=True, help="Trials to time.")
def plan(
    config: Path, overrides: tuple[str, ...], name: str | None, budget: str | None, workers: str | None, probes: int
) -> None:
    """Time a few trials and say how many fit.

    And what that means: many at random (caviar), coarse to fine, or one model watched closely (panda). Nothing of it
    is kept.

    \b
    Example:
      hpsearch plan configs/digits.yaml --time 30m
    """
    from hpsearch.document import read_duration
    from hpsearch.runs.clock import Clock
    from hpsearch.runs.pace import measure
    from hpsearch.system.signals import handled, interrupt
    from hpsearch.views.listing import print_plan

    checked = options.checked_config(config, overrides, workers, name)
    own = Clock(checked.search, spent=0.0).left()
    seconds = max(0.0, own) if budget is None and own is not None else read_duration(budget or "30m", "--time")
    with handled(interrupt):
        pace = measure(checked, probes, limit=min(60.0, seconds))
    print_plan(console(), checked, pace, seconds)

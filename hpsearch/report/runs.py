"""All runs in one table."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hpsearch.errors import StoreError
from hpsearch.report import formats
from hpsearch.store import Store

__all__ = ["print_runs"]

_HEADERS = ("run", "trials", "best", "metric", "started", "training")


def print_runs(out: Console, runs: Path, folders: list[Path]) -> None:
    """One line per run, the newest last; a run that cannot be read says why."""
    if not folders:
        out.print(f"no runs in {escape(str(runs))}; hpsearch run configs/digits.yaml makes one", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in _HEADERS:
        table.add_column(header, justify="right" if header in ("trials", "best", "training") else "left")
    for folder in folders:
        table.add_row(*map(Text, _row(folder)))
    out.print(table)


def _row(folder: Path) -> tuple[str, ...]:
    try:
        with Store(folder) as store:
            history, rounds = store.history(), store.rounds()
    except StoreError as err:
        return folder.name, "", "", "", "", str(err).splitlines()[0]
    best = history.best()
    value = formats.metric(history.results[best.number].metrics[history.metric.name]) if best else ""
    started = min((row["started"] for row in rounds.values()), default=None)
    seconds = sum(result.seconds for result in history.results.values())
    trials = f"{len(history.results)}" + (f"/{len(history)}" if history.pending else "")
    return folder.name, trials, value, history.metric.name, formats.moment(started), formats.duration(seconds)

"""The report of a run: for a person, or as CSV, JSON or Markdown."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hpsearch.confirmed import confirmation, tied_with_best
from hpsearch.executors import cores
from hpsearch.report import formats
from hpsearch.report.frame import check_columns, ranked, select
from hpsearch.report.insight import print_confirmation, print_insight
from hpsearch.report.summary import failure_lines, print_table, summary_line
from hpsearch.run import stored_config
from hpsearch.store import Store

__all__ = ["print_report", "write_report"]

_ROWS = 20


def print_report(
    out: Console, store: Store, *, top: int | None, sort: str | None, where: str | None, columns: Sequence[str] | None
) -> None:
    """The ranked table and what the run comes to."""
    history = store.history()
    out.print(f"[bold]{escape(store.folder.name)}[/]: {escape(summary_line(history))}", soft_wrap=True)
    for line in failure_lines(history):
        out.print(escape(line), soft_wrap=True)
    if not history.trials:
        return
    curves = store.curves(None if where or sort else history.ranking()[: max(top or _ROWS, _ROWS)])
    tied = tied_with_best(store, history, curves)
    print_table(out, history, curves, top=top or _ROWS, columns=columns, where=where, sort=sort, tied=tied)
    found = confirmation(store, history)
    if found is not None:
        print_confirmation(out, found, history.metric.name)
    if not (where or sort or columns):
        config = stored_config(store.facts(), store.folder)
        workers = config.execution.workers or cores()
        print_insight(out, config.space, history, workers, config.search.method)


def write_report(
    store: Store,
    format_: str,
    *,
    top: int | None,
    sort: str | None,
    where: str | None,
    columns: Sequence[str] | None,
) -> str:
    """The table as text, with every digit and every column."""
    history = store.history()
    frame = ranked(history)
    if columns:
        check_columns(frame, columns, "--columns")
    rows = select(frame, where=where, sort=sort, top=top)
    rows = rows[list(columns)] if columns else rows
    if format_ == "markdown":
        metrics = list(dict.fromkeys(name for result in history.results.values() for name in result.metrics))
        return formats.as_markdown(rows, metrics)
    return formats.as_csv(rows) if format_ == "csv" else formats.as_json(rows)

"""How a search ended: counts, time, the ranked table, the best settings and the next command."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hpsearch.insight import Ties
from hpsearch.report import formats
from hpsearch.report.frame import check_columns, columns_of, ranked, select, varying
from hpsearch.report.tables import Curves, draw, scale_of
from hpsearch.trial import History, Status

__all__ = ["ROWS", "failure_lines", "print_end", "print_table", "summary_line"]

ROWS = 10


def summary_line(history: History) -> str:
    """Trials by status, and the time that they took together."""
    counts = Counter(str(result.status) for result in history.results.values())
    waiting = len(history.pending)
    parts = [f"{count} {status}" for status, count in counts.most_common()] + (
        [f"{waiting} pending"] if waiting else []
    )
    seconds = sum(result.seconds for result in history.results.values())
    return f"{len(history)} trials: {', '.join(parts) or 'none yet'}; {formats.duration(seconds)} of training"


def print_end(
    out: Console, folder: Path, history: History, curves: Curves, *, go_on: str = "", used_up: str = ""
) -> None:
    """What a person reads when `hpsearch run` returns.

    go_on: how to go on with a search that was interrupted; used_up: why there are fewer trials than asked for.
    """
    if history.trials:
        print_table(out, history, curves, top=ROWS)
    out.print(summary_line(history), soft_wrap=True)
    for line in [*failure_lines(history), *([used_up] if used_up else [])]:
        out.print(escape(line), soft_wrap=True)
    best = history.best()
    if best is not None:
        out.print(f"\nBest settings (trial {best.number}):", style="bold")
        out.print(escape(formats.as_yaml(best.params)), highlight=False, soft_wrap=True)
    if go_on:
        out.print(f"\nInterrupted; everything finished is saved. To go on, {escape(go_on)}.", soft_wrap=True)
    else:
        out.print(f"\nNext: hpsearch report {escape(folder.name)}", soft_wrap=True)


def failure_lines(history: History) -> list[str]:
    """Each reason for failure, with how often it came and one trial to look at."""
    reasons: dict[str, list[int]] = {}
    for number, result in history.results.items():
        if result.status.is_failure and result.status is not Status.DIVERGED:
            reasons.setdefault(f"{result.status}: {result.error}", []).append(number)
    return [f"{len(numbers)} {reason} (trial {numbers[0]})" for reason, numbers in reasons.items()]


def print_table(
    out: Console,
    history: History,
    curves: Curves,
    *,
    top: int | None,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    sort: str | None = None,
    tied: Ties | None = None,
) -> None:
    """The ranked table, as wide as the terminal, with what had to be left out said beneath it."""
    frame = ranked(history)
    if columns:
        check_columns(frame, columns, "--columns")
    rows = select(frame, where=where, sort=sort, top=top)
    metrics = _metrics(history)
    table, left_out = draw(
        rows,
        columns or _default_columns(history, frame, metrics),
        metrics=metrics,
        curves=curves if not columns else None,
        scale=scale_of(curves, metrics[0]),
        width=out.width,
        tied=tied.numbers if tied and len(tied.numbers) > 1 else (),
    )
    out.print(table)
    if tied and len(tied.numbers) > 1:
        count = len(tied.numbers)
        text = f"~ {count} trials are within noise of the best, {formats.metric(tied.margin)} ({tied.source})"
        out.print(escape(text), style="dim", highlight=False)
    if left_out:
        out.print(f"left out to fit: {escape(', '.join(left_out))} (--columns chooses)", style="dim", soft_wrap=True)


def _metrics(history: History) -> list[str]:
    names: Mapping[str, None] = dict.fromkeys(name for r in history.results.values() for name in r.metrics)
    return [history.metric.name, *(name for name in names if name != history.metric.name)]


def _default_columns(history: History, frame: object, metrics: Sequence[str]) -> list[str]:
    """Rank, number, status where it differs, the metric, what was searched, and the errors."""
    statuses = {str(result.status) for result in history.results.values()} | ({"pending"} if history.pending else set())
    rounds = {trial.round for trial in history.trials}
    parameters = varying(frame, columns_of(history))  # type: ignore[arg-type]  # pandas is imported only where used
    odd = [*(["round"] if len(rounds) > 1 else []), *(["status"] if statuses != {"complete"} else [])]
    return ["rank", "trial", *odd, metrics[0], *parameters]

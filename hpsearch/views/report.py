"""The report of a run on a terminal: it draws a Report and computes nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from hpsearch.document import duration
from hpsearch.insight import Confirmation, Effect, Importance
from hpsearch.report import FEWEST, Curves, Report, RoundFinding, Summary, TrialTable
from hpsearch.trial import History
from hpsearch.views import formats
from hpsearch.views.tables import ROWS, plain_table, ranked, sentence

_BARS = (20, 6)  # characters of a bar, where the screen is wide and where it is narrow
_WIDE = 110
_NOTHING = 0.1  # explained share of the differences below which shares of it would be shares of noise
_PAIRS = 3
_PAIR_SHARE = 0.02  # below it a pair is not worth a line


def print_report(
    out: Console, report: Report, numbers: Sequence[int], *, columns: Sequence[str] | None = None, whole: bool = True
) -> None:
    """These trials in a table, and, as a `whole`, what the run comes to."""
    out.print(f"[bold]{escape(report.name)}[/]: {escape(summary_line(report.summary))}", soft_wrap=True)
    for line in failure_lines(report.summary):
        sentence(out, line)
    if not report.history.trials:
        return
    for part in ranked(report.table, numbers, report.curves, out.width, columns=columns, ties=report.ties):
        out.print(part, soft_wrap=isinstance(part, Text))
    if report.confirmation is not None:
        print_confirmation(out, report.confirmation, report.metric.name)
    if whole:
        _print_sections(out, report)


def summary_line(summary: Summary) -> str:
    """Trials by status, and the time that they took together."""
    parts = [f"{count} {status}" for status, count in summary.counts.items()]
    parts += [f"{summary.pending} pending"] if summary.pending else []
    return f"{summary.trials} trials: {', '.join(parts) or 'none yet'}; {duration(summary.seconds)} of training"


def failure_lines(summary: Summary) -> list[str]:
    """Each reason for failure, with how often it came and one trial to look at."""
    return [f"{failure.count} {failure.reason} (trial {failure.first})" for failure in summary.failures]


def print_end(out: Console, name: str, history: History, curves: Curves, *, go_on: str = "", used_up: str = "") -> None:
    """What a person reads when `hpsearch run` returns.

    go_on: how to go on with a search that was interrupted; used_up: why there are fewer trials than asked for.
    """
    summary = Summary.of(history)
    if history.trials:
        table = TrialTable(history)
        for part in ranked(table, table.numbers[:ROWS], curves, out.width):
            out.print(part, soft_wrap=isinstance(part, Text))
    out.print(summary_line(summary), soft_wrap=True)
    for line in [*failure_lines(summary), *([used_up] if used_up else [])]:
        sentence(out, line)
    best = history.best()
    if best is not None:
        out.print(f"\nBest settings (trial {best.number}):", style="bold")
        sentence(out, formats.as_yaml(best.params))
    if go_on:
        out.print(f"\nInterrupted; everything finished is saved. To go on, {escape(go_on)}.", soft_wrap=True)
    else:
        out.print(f"\nNext: hpsearch report {escape(name)}", soft_wrap=True)


def _print_sections(out: Console, report: Report) -> None:
    """Each section by the way that it is drawn, or by its sentences."""
    if report.sections is None:
        out.print(f"\nWhat matters and where to go next is said from {FEWEST} finished trials on.", style="dim")
        return
    for section in report.sections:
        if section.name in _DRAWN:
            _DRAWN[section.name](out, section.data)
        elif section.sentences:
            out.print(f"\n{section.title}", style="bold")
            for text in section.sentences:
                out.print(Padding(Text(text), (0, 0, 0, 2), expand=False))


def print_importance(out: Console, found: Importance) -> None:
    """Shares of the variance with their intervals, over the whole space and near the best."""
    out.print("\nWhat matters", style="bold", end="")
    if found.explained < _NOTHING:
        out.print(f"\n[yellow]  cannot be told: {escape(found.warning)}[/]", soft_wrap=True)
        return
    header = f" (shares of the {found.explained:.0%} that settings explain, with 90 % intervals)"
    out.print(header, style="dim", highlight=False)
    width = _BARS[0] if out.width >= _WIDE else _BARS[1]
    local = {effect.name: effect for effect in found.local}
    table = plain_table(("parameter", "whole space", "", "near the best", ""))
    for effect in found.effects:
        table.add_row(Text(effect.name), *_share(effect, width), *_share(local.get(effect.name), width))
    out.print(table)
    for pair in [pair for pair in found.pairs[:_PAIRS] if pair.low > _PAIR_SHARE]:
        sentence(out, f"together: {' with '.join(pair.names)}, {pair.share:.0%} more than each alone")
    if found.warning:
        out.print(f"[yellow]{escape(found.warning)}[/]", soft_wrap=True)


def _share(effect: Effect | None, width: int) -> tuple[Text, Text]:
    if effect is None:
        return Text(), Text()
    filled = round(effect.share * width)
    bar = Text("█" * filled, style="green") + Text("·" * (width - filled), style="dim")
    return bar, Text(f"{effect.share:4.0%} ({effect.low:.0%} to {effect.high:.0%})")


_DRAWN: Mapping[str, Callable[[Console, Any], None]] = {"importance": print_importance}
"""Sections that are more than sentences -> how they are drawn."""


def print_confirmation(out: Console, found: Confirmation, metric: str) -> None:
    """The repeated trials by their means, with intervals, and whether the winner is one."""
    out.print("\nConfirmed with other seeds", style="bold", end="")
    out.print(" (mean with a 95 % interval)", style="dim", soft_wrap=True)
    table = plain_table(("trial", metric, "", "runs", "time", ""), right=("trial", "runs", "time"))
    for one in found.contenders:
        runs = str(one.count) + (f" ({one.failed} failed)" if one.failed else "")
        interval = f"{formats.metric(one.low)} to {formats.metric(one.high)}" if one.count > 1 else ""
        note = "winner" if one.number == found.winner else "tied" if one.tied else ""
        cells = (str(one.number), formats.metric(one.mean), interval, runs, duration(one.seconds), note)
        table.add_row(*map(Text, cells), style="bold green" if one.number == found.winner else "")
    out.print(table)
    sentence(out, f"  {found.reason}")


def print_rounds(out: Console, rounds: Sequence[RoundFinding]) -> None:
    """One line per round; beneath it the ranges that differ from those of the round it came from."""
    headers = ("round", "trials", "best", "median", "how", "ranges that changed")
    table = plain_table(headers, right=("round", "trials"), fold=True)
    for one in rounds:
        changes = ", ".join(f"{name} {new or 'gone'}" for name, new in one.changes.items())
        numbers = (str(one.number), str(one.trials), formats.metric(one.best), formats.metric(one.median))
        table.add_row(*map(Text, (*numbers, one.why, changes)))
    out.print(table)

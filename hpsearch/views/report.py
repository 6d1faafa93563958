"""The report of a run on a terminal: it draws a Report and computes nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from hpsearch.document import duration, yaml_lines
from hpsearch.errors import coded
from hpsearch.insight import Confirmation, Effect, Importance, preferred
from hpsearch.objectives import slowest_and_best
from hpsearch.report import FEWEST, Report, RoundFinding, Summary, TrialTable, by_importance
from hpsearch.trial import Status
from hpsearch.views import formats
from hpsearch.views.tables import broken, plain_table, print_ranked, sentence, verbatim

if TYPE_CHECKING:
    from hpsearch.runs import Run

_RUNNING = 6  # trials that are told about
PAGE = 10  # trials in the table at the end of a search, and on the one page of a report
_MOST_MATTERING = 5  # hyperparameters on that page
_ON_PAGE = ("failures", "importance", "edges", "forecast")
"""Sections of it: what leads from the result to the next step."""
_BARS = {110: 20, 72: 6, 0: 0}  # columns of the screen, at least -> those of a bar
_PAIRS = 3
_WHOLE = 1.05  # shares that add up to more are said to overlap
_PAIR_SHARE = 0.02  # below it a pair is not worth a line


def print_report(
    out: Console,
    report: Report,
    numbers: Sequence[int],
    *,
    columns: Sequence[str] | None = None,
    whole: bool = True,
    full: bool = False,
) -> None:
    """These trials in a table, and, as a `whole`, what the run comes to: on a page, or in `full`."""
    out.print(f"[bold]{escape(report.name)}[/]: {escape(_summary_line(report.summary))}")
    if report.ended:
        sentence(out, report.ended)
    _print_failures(out, report.summary)
    if not report.history.all_trials:
        return
    table, space, ties, best = report.table, report.config.space, report.ties, report.best
    first = () if columns else report.important
    print_ranked(out, table, space, numbers, report.curves, columns=columns, first=first, ties=ties, best=best)
    for one in slowest_and_best(report.running, report.metric.sign, _RUNNING):
        sentence(out, f"running: {formats.progress(one, report.metric.name)}")
    if Status.STOPPED.value in report.summary.counts:
        sentence(out, f"{report.metric.name}: what a trial reported last, stopped early or not")
    if report.confirmation is not None:
        print_confirmation(out, report.confirmation, report.metric.name)
    if whole:
        left_out = _print_sections(out, report, full=full)
        _print_following(out, report, left_out)


def _summary_line(summary: Summary) -> str:
    parts = [f"{count} {status}" for status, count in summary.counts.items()]
    parts += [f"{summary.running} running"] if summary.running else []
    parts += [f"{rest} pending"] if (rest := summary.pending - summary.running) > 0 else []
    forks = f" and {summary.forks} fork{'s' * (summary.forks > 1)}" if summary.forks else ""
    return f"{summary.trials} trials{forks}: {', '.join(parts) or 'none yet'}; {duration(summary.seconds)} of training"


def _print_failures(out: Console, summary: Summary) -> None:
    for failure in summary.failures:
        sentence(out, coded(f"{failure.count} {failure.reason} (trial {failure.first})", failure.code))


def print_end(out: Console, run: "Run", *, go_on: str = "", used_up: str = "") -> None:
    """What a person reads when `hpsearch run` returns.

    go_on: how to go on with a search that was interrupted; used_up: why there are fewer trials than asked for.
    """
    history = run.history
    summary = Summary.of(history)
    if history.all_trials:
        table, curves = TrialTable(history), run.store.curves(history.ranking()[:PAGE])
        first, best = by_importance(run.config, history), preferred(history)
        print_ranked(out, table, run.config.space, table.numbers[:PAGE], curves, first=first, best=best)
    sentence(out, _summary_line(summary))
    _print_failures(out, summary)
    if used_up:
        sentence(out, used_up)
    best = preferred(history)
    if best is not None:
        confirmed = ", by what it did with other seeds" if best != history.best() else ""
        out.print(f"\nBest settings (trial {best.number}{confirmed}):", style="bold")
        verbatim(out, "\n".join(yaml_lines(best.params)))
    interrupted = f"Interrupted; all that finished is saved. To go on, {go_on}."
    following = interrupted if go_on else f"Next: hpsearch report {run.store.folder.name}"
    out.print(f"\n{escape(following)}")


def _print_sections(out: Console, report: Report, *, full: bool) -> list[str]:
    """What the trials say; the titles of what a page has no room for."""
    if report.sections is None:
        out.print(f"\nWhat matters and where to go next is said from {FEWEST} finished trials on.", style="dim")
        return []
    left_out = []
    for section in report.sections:
        if section.name == "importance":
            print_importance(out, section.data, most=None if full else _MOST_MATTERING)
        elif section.sentences and (full or section.name in _ON_PAGE):
            out.print(f"\n{section.title}", style="bold")
            for text in section.sentences:
                out.print(Padding(Text(text), (0, 0, 0, 2), expand=False))
        elif section.sentences:
            left_out.append(section.title.partition(":")[0].lower())
    return left_out


def _print_following(out: Console, report: Report, left_out: Sequence[str]) -> None:
    steps = list(report.following)
    if left_out:
        steps.append((f"hpsearch report {report.name} --full", f"see more: {', '.join(left_out)}"))
    if steps:
        out.print("\nNext", style="bold")
        table = plain_table((), [(f"  {command}", reason) for command, reason in steps], fold=True)
        table.columns[0].no_wrap = True
        out.print(table)


def _print_title(out: Console, title: str, meaning: str) -> None:
    out.print(Text.assemble("\n", (title, "bold"), (f" ({meaning})", "dim")), highlight=False)


def print_importance(out: Console, found: Importance, *, most: int | None = None) -> None:
    """Shares of the variance with their intervals, over the whole space and near the best; of the `most` important."""
    if not found.told:
        out.print("\nWhat matters", style="bold")
        out.print(f"[yellow]  cannot be told: {escape(found.warning)}[/]")
        return
    _print_title(out, "What matters", f"shares of the {found.explained:.0%} that settings explain, with 90 % intervals")
    width = next(bar for least, bar in _BARS.items() if out.width >= least)
    local = {effect.name: effect for effect in found.local}
    rows: list[Sequence[str | Text]] = [
        (broken(one.name, out.width // 4), *_share(one, width), *_share(local.get(one.name), width))
        for one in found.effects[:most]
    ]
    headers = ("", "whole space", "", "near the best") if width else ("whole space", "near the best")
    table = plain_table(("parameter", *headers), rows, fold=True)
    for column in table.columns[1:]:
        column.no_wrap = True
    out.print(table)
    if len(found.effects) > len(rows):
        sentence(out, f"and {len(found.effects) - len(rows)} more, of which each matters less (--full)", "dim")
    if max(sum(effect.share for effect in effects) for effects in (found.effects, found.local)) > _WHOLE:
        sentence(
            out, "each share counts what a parameter does together with others too: they overlap, to more than 100%"
        )
    for pair in found.pairs[:_PAIRS]:
        if pair.low > _PAIR_SHARE:
            sentence(out, f"together: {' with '.join(pair.names)}, {pair.share:.0%} more than each alone")
    if found.warning:
        sentence(out, found.warning, "yellow")


def _share(effect: Effect | None, width: int) -> tuple[Text, ...]:
    """The bar, where there is room for one, and the share."""
    if effect is None:
        return (Text(),) * (2 if width else 1)
    filled = round(effect.share * width)
    bar = Text("█" * filled, style="green") + Text("·" * (width - filled), style="dim")
    share = Text(f"{effect.share:4.0%} ({effect.low:.0%} to {effect.high:.0%})")
    return (bar, share) if width else (share,)


def print_confirmation(out: Console, found: Confirmation, metric: str) -> None:
    """The repeated trials by their means, with intervals, and whether the winner is one."""
    _print_title(out, "Confirmed with other seeds", "mean with a 95 % interval")
    rows = []
    for one in found.contenders:
        runs = str(one.count) + (f" ({one.failed} failed)" if one.failed else "")
        interval = f"{formats.metric(one.low)} to {formats.metric(one.high)}" if one.count > 1 else ""
        note = "winner" if one.number == found.winner and one.count else "tied" if one.tied else ""
        rows.append((str(one.number), formats.metric(one.mean), interval, runs, duration(one.seconds), note))
    best = [i for i, one in enumerate(found.contenders) if one.number == found.winner]
    headers = ("trial", broken(metric, out.width // 4), "", "runs", "time", "")
    out.print(plain_table(headers, rows, right=("trial", "runs", "time"), best=best))
    sentence(out, f"  {found.reason}")


def print_rounds(out: Console, rounds: Sequence[RoundFinding]) -> None:
    """One line per round; beneath it the ranges that differ from those of the round it came from."""
    headers = ("round", "trials", "best", "median", "how", "ranges that changed")
    out.print(plain_table(headers, map(_round_row, rounds), right=("round", "trials"), fold=True))


def _round_row(one: RoundFinding) -> tuple[str, ...]:
    changes = ", ".join(f"{name} {new or 'gone'}" for name, new in one.changes.items())
    best, median = ("" if value is None else formats.metric(value) for value in (one.best, one.median))
    return str(one.number), str(one.trials), best, median, one.why, changes

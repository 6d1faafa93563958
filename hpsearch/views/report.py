"""The report of a run: for a person, or as CSV, JSON or Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hpsearch.engine.executors import cores
from hpsearch.insight import (
    Confirmation,
    Edge,
    Effect,
    Importance,
    Ties,
    Variety,
    dead_weight,
    edges,
    failure_region,
    forecast,
    importance,
    progress,
    variety,
)
from hpsearch.report.frame import check_columns, columns_of, ranked, select, varying
from hpsearch.runs.confirm import confirmation, tied_with_best
from hpsearch.runs.run import stored_config
from hpsearch.space import Space, settings_key
from hpsearch.store import Store
from hpsearch.trial import History, Status
from hpsearch.views import formats
from hpsearch.views.tables import Curves, draw, scale_of

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


_BARS = (20, 6)  # characters of a bar, where the screen is wide and where it is narrow
_WIDE = 110
_FEWEST = 10
_NOTHING = 0.1  # explained share of the differences below which shares of it would be shares of noise
_PAIRS = 3
_PAIR_SHARE = 0.02  # below it a pair is not worth a line


def print_insight(out: Console, space: Space, history: History, workers: int, method: str = "random") -> None:
    """Importance, edges, dead weight, the forecast and random against grid; `space`: of the whole search."""
    if len(history.results) < _FEWEST:
        out.print(f"\nWhat matters and where to go next is said from {_FEWEST} finished trials on.", style="dim")
        return
    region = failure_region(space, history)
    _print_sentences(out, "Where trials fail", [region.sentence] if region else [])
    found = importance(space, history)
    _print_importance(out, found)
    _print_sentences(out, "Ranges that were too small", [_edge(edge) for edge in edges(space, history)])
    _print_sentences(out, "Dead weight: fix these", [dead.reason for dead in dead_weight(found)])
    _print_sentences(out, "Is more search worth it?", _outlook(space, history, workers, method))
    _print_sentences(out, "Random or grid", _variety(variety(space, history), len(history)))


def _print_importance(out: Console, found: Importance) -> None:
    out.print("\nWhat matters", style="bold", end="")
    if found.explained < _NOTHING:
        out.print(f"\n[yellow]  cannot be told: {escape(found.warning)}[/]", soft_wrap=True)
        return
    header = f" (shares of the {found.explained:.0%} that settings explain, with 90 % intervals)"
    out.print(header, style="dim", highlight=False)
    width = _BARS[0] if out.width >= _WIDE else _BARS[1]
    local = {effect.name: effect for effect in found.local}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("parameter", "whole space", "", "near the best", ""):
        table.add_column(header)
    for effect in found.effects:
        table.add_row(Text(effect.name), *_share(effect, width), *_share(local.get(effect.name), width))
    out.print(table)
    pairs = [pair for pair in found.pairs[:_PAIRS] if pair.low > _PAIR_SHARE]
    for pair in pairs:
        names = " with ".join(pair.names)
        out.print(f"together: {escape(names)}, {pair.share:.0%} more than each alone", soft_wrap=True, highlight=False)
    if found.warning:
        out.print(f"[yellow]{escape(found.warning)}[/]", soft_wrap=True)


def _share(effect: Effect | None, width: int) -> tuple[Text, Text]:
    if effect is None:
        return Text(), Text()
    filled = round(effect.share * width)
    bar = Text("█" * filled, style="green") + Text("·" * (width - filled), style="dim")
    return bar, Text(f"{effect.share:4.0%} ({effect.low:.0%} to {effect.high:.0%})")


def _edge(edge: Edge) -> str:
    return edge.reason + (f"; paste:\n    {edge.yaml}" if edge.yaml else "")


def _outlook(space: Space, history: History, workers: int, method: str) -> list[str]:
    """Whether to go on. Only from random draws can be said what more of them would bring."""
    tried = len({settings_key(trial.params) for trial in history.trials})
    if space.size is not None and tried >= space.size:
        return [f"All {space.size} settings of this space are tried: more search in it finds nothing new."]
    if moved := progress(history):
        return [moved.sentence]
    if method not in ("random", "coarse_to_fine"):
        return [f"The trials of a {method} search are no random draws, so that nothing is forecast from them."]
    left = len(history.results) if space.size is None else min(len(history.results), space.size - tried)
    found = forecast(history, left)
    if found is None:
        return []
    cost = formats.duration(found.seconds * found.more / max(1, workers))
    return [f"{found.sentence} It would cost about {cost}."]


def _variety(found: Sequence[Variety], trials: int) -> list[str]:
    """Distinct values tried of each hyperparameter, and what a grid of the same cost would have tried."""
    better = [row for row in found if row.tried > row.grid]
    if not better:
        return []
    pairs = ", ".join(f"{row.name} {row.tried} (grid: {row.grid})" for row in better)
    return [f"distinct values tried in {trials} trials: {pairs}"]


def print_confirmation(out: Console, found: Confirmation, metric: str) -> None:
    """The repeated trials by their means, with intervals, and whether the winner is one."""
    out.print("\nConfirmed with other seeds", style="bold", end="")
    out.print(" (mean with a 95 % interval)", style="dim", soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("trial", metric, "", "runs", "time", ""):
        table.add_column(header, justify="right" if header in ("trial", "runs", "time") else "left")
    for one in found.contenders:
        runs = str(one.count) + (f" ({one.failed} failed)" if one.failed else "")
        interval = f"{formats.metric(one.low)} to {formats.metric(one.high)}" if one.count > 1 else ""
        note = "winner" if one.number == found.winner else "tied" if one.tied else ""
        cells = (str(one.number), formats.metric(one.mean), interval, runs, formats.duration(one.seconds), note)
        table.add_row(*map(Text, cells), style="bold green" if one.number == found.winner else "")
    out.print(table)
    out.print(escape(f"  {found.reason}"), soft_wrap=True, highlight=False)


def _print_sentences(out: Console, title: str, sentences: Sequence[str]) -> None:
    if not sentences:
        return
    out.print(f"\n{title}", style="bold")
    for sentence in sentences:
        out.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))


def print_rounds(out: Console, store: Store) -> None:
    """One line per round; beneath it the ranges that differ from those of the round it came from."""
    facts, rounds, history = store.facts(), store.rounds(), store.history()
    spaces = {n: stored_config(facts, store.folder, parameters=row["space"]).space for n, row in rounds.items()}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("round", "trials", "best", "median", "how", "ranges that changed"):
        table.add_column(header, overflow="fold", justify="right" if header in ("round", "trials") else "left")
    for number, row in rounds.items():
        origin = row["reason"].get("from", number - 1)
        table.add_row(*map(Text, (str(number), *_found(history, number), _how(row), _changes(spaces, number, origin))))
    out.print(table)


def _found(history: History, number: int) -> tuple[str, str, str]:
    numbers = [trial.number for trial in history.in_round(number)]
    ranking = [n for n in history.ranking() if n in set(numbers)]
    if not ranking:
        return str(len(numbers)), "", ""
    name = history.metric.name
    values = [formats.metric(history.results[n].metrics[name]) for n in (ranking[0], ranking[len(ranking) // 2])]
    return str(len(numbers)), values[0], values[1]


def _how(row: dict[str, Any]) -> str:
    return str(row["reason"].get("why", ""))


def _changes(spaces: dict[int, Space], number: int, origin: int) -> str:
    if origin not in spaces:
        return ""
    old = {p.name: str(p.distribution) for p in spaces[origin].parameters}
    new = {p.name: str(p.distribution) for p in spaces[number].parameters}
    changed = [f"{name} {new.get(name, 'gone')}" for name in old if new.get(name) != old[name]]
    return escape(", ".join(changed))

"""What the report says beyond the ranking: what matters, where the range was too small, and whether to go on."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hpsearch.insight import (
    Confirmation,
    Edge,
    Effect,
    Importance,
    Variety,
    dead_weight,
    edges,
    failure_region,
    forecast,
    importance,
    progress,
    variety,
)
from hpsearch.report import formats
from hpsearch.space import Space, settings_key
from hpsearch.trial import History

__all__ = ["print_confirmation", "print_insight"]

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

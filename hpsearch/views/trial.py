"""One trial in full: how it ended, its settings, its metrics and its curve drawn."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hpsearch.config import config_of
from hpsearch.document import duration, visible
from hpsearch.errors import UsageError, coded
from hpsearch.history import History
from hpsearch.insight import confirmation, preferred
from hpsearch.objectives import Running, thinned
from hpsearch.report import why_failed
from hpsearch.report.findings import running_now
from hpsearch.report.lineage import changed
from hpsearch.report.outlook import outlook
from hpsearch.store import Store
from hpsearch.trial import Result
from hpsearch.views import formats
from hpsearch.views.tables import BARS, plain_table, share, sparkline, verbatim


def print_trial(out: Console, store: Store, number: int) -> None:
    """Print everything about a trial.

    Raises:
        UsageError: the run has no trial of this number.
    """
    history = store.history()
    known = {trial.number for trial in history.all_trials}
    if number not in known:
        raise UsageError(f"{store.folder.name} has trials 1 to {max(known, default=0)}, no trial {number}", code="U102")
    trial, result = history.trial(number), history.results.get(number)
    runs = next((one for one in running_now(store.folder) if (one.trial, one.replicate) == (number, 0)), None)
    ending = escape(visible(_ending(history, number, runs), "\n"))
    out.print(f"[bold]trial {number}[/] of {escape(store.folder.name)}: {ending}", highlight=False)
    config = config_of(store.facts(), store.folder)
    _print_pairs(out, "settings", formats.settings(trial.params, config.space))
    if line := formats.command_line(config, trial, store.folder):
        out.print("\nthe line that ran it", style="bold")
        verbatim(out, line)
    curves, main = store.curves([number]).get(number, {}), history.metric.name
    if found := outlook(config, history, trial, curves.get(main, []), runs):
        out.print(f"\n{formats.expected(found)}, in 90 % of such cases", highlight=False)
    if result is None:
        if runs and len(runs.curve) > 1:
            _print_curve(out, f"{main} so far", runs.curve)
        return
    _print_pairs(
        out,
        f"metrics, as they were when {visible(history.metric.name)} was best"
        if history.metric.at == "best"
        else "metrics, as it reported them last",
        {name: formats.metric(value) for name, value in result.metrics.items()},
    )
    stack = f" (its share of a stack of {result.stacked})" if result.stacked > 1 else ""
    own = {"round": str(trial.round)} if trial.round else {}
    if trial.parent is not None:
        changes = changed(history.trial(trial.parent), trial)
        told = f"with another {', '.join(changes)}" if changes else "unchanged"
        own["carried on from"] = f"trial {trial.parent} at {trial.branch}, {told}"
    facts = {"time": duration(history.seconds(number)) + stack, **own, "seed": str(trial.seed)}
    _print_pairs(out, "", facts)
    if main in curves:
        branch = "" if trial.parent is None else f", the first {trial.branch} those of trial {trial.parent}"
        title = f"{main} after each of {len(curves[main])} epochs{branch}{_epoch(result, curves[main], main)}"
        _print_curve(out, title, curves[main])
    others = {name: values for name, values in curves.items() if name != main and values}
    if others:
        _print_pairs(out, "other curves", {name: _line(values) for name, values in others.items()})


def _print_curve(out: Console, title: str, curve: Sequence[float]) -> None:
    out.print(f"\n{escape(visible(title))}", style="bold", highlight=False)
    out.print("\n".join(plot(curve)), highlight=False)


def _ending(history: History, number: int, runs: Running | None) -> str:
    result = history.results.get(number)
    if runs is not None:
        return f"runs in process {runs.process}: {formats.progress(runs, history.metric.name)}"
    if result is None:
        return "not run yet"
    ranking = history.ranking()
    rank = f", rank {ranking.index(number) + 1} of {len(ranking)}" if number in ranking else ""
    if confirmation(history) and preferred(history) == history.trial(number):
        rank += ", the one to take by what it did with other seeds"
    return f"{result.status}{rank}" + (f"\n{coded(*why_failed(result))}" if result.error else "")


def _epoch(result: Result, curve: Sequence[float], metric: str) -> str:
    """Which of them the trial's result is; nothing where it is none of them."""
    kept = f"{result.metrics.get(metric, math.nan):.7g}"  # the digits that a stored curve has
    places = [place for place, value in enumerate(curve, 1) if f"{value:.7g}" == kept]
    last = ", its last" if places[-1:] == [len(curve)] else ""
    return f"; the result is that after epoch {places[-1]}{last}" if places else ""


def _line(values: Sequence[float]) -> str:
    """A curve of its own scale, with where it begins and ends."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    line = sparkline(values, min(finite), max(finite), 20)
    return f"{formats.metric(values[0])} {line} {formats.metric(values[-1])}"


def _print_pairs(out: Console, title: str, rows: dict[str, str]) -> None:
    if title:
        out.print(f"\n{title}", style="bold")
    out.print(plain_table((), rows.items()))


def plot(values: Sequence[float], height: int = 8, width: int = 60) -> list[str]:
    """The curve as lines of text: bars from its lowest value to its highest, with both beside them."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ["no finite value"]
    low, high = min(finite), max(finite)
    most = 8 * height - 1  # eighths of a line above the one that the lowest value still shows
    levels = [1 + round(most * share(v, low, high)) if math.isfinite(v) else 0 for v in thinned(values, width)]
    wide = max(1, min(3, width // len(levels)))
    lines = []
    for row in reversed(range(height)):
        label = formats.metric(high) if row == height - 1 else formats.metric(low) if row == 0 else ""
        bars = "".join(BARS[max(0, min(8, level - 8 * row))] * wide for level in levels)
        lines.append(f"{label:>8} {bars}".rstrip())
    return lines

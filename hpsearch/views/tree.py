"""The tree of forks: each trial under the one that it was carried on from."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from hpsearch.document import visible
from hpsearch.history import History
from hpsearch.report.lineage import Descent, descent, descents
from hpsearch.report.where import ABSENT
from hpsearch.runs.forking import Stretch
from hpsearch.trial import Result, Status, Trial
from hpsearch.views import formats
from hpsearch.views.tables import sentence

_MOST = 40  # rows where nobody asks for all
_MOST_LOST = 5  # checkpoints


def print_tree(out: Console, name: str, history: History, *, whole: bool = False) -> None:
    """Print who descends from whom; a few families of many, the best first, where not all are asked for."""
    found = descents(history)
    if not found:
        fork = "`hpsearch fork RUN TRIAL --set NAME=VALUE` carries one on"
        out.print(f"no trial of {escape(name)} was forked; {fork}", soft_wrap=True)
        return
    best, shown = history.best(), 0
    for i, root in enumerate(found):
        if shown >= _MOST and not whole:
            out.print(f"and {len(found) - i} more families: --full shows all", style="dim")
            return
        tree = Tree(_label(root, history, None if best is None else best.number), guide_style="dim")
        shown += 1 + _grow(tree, root, history, None if best is None else best.number)
        out.print(tree, soft_wrap=False)


def print_stretch(out: Console, stretch: Stretch, result: Result, metric: str) -> None:
    """Print what a stretch of a training gave."""
    until = "its end" if stretch.until is None else str(stretch.until)
    value = result.metrics.get(metric)
    told = str(result.status) if value is None else f"{metric} {formats.metric(value)}"
    sentence(out, f"trial {stretch.trial.number} from {stretch.start} to {until}: {told}")


def print_comparison(out: Console, before: Result, again: Result, metric: str) -> bool:
    """Print whether a training gave the same numbers again, and return it."""
    if dict(before.metrics) == dict(again.metrics) and before.status.is_failure == again.status.is_failure:
        sentence(out, "The same numbers, to the last digit.")
        return True
    pair = [each.metrics.get(metric) for each in (before, again)]
    values = " and ".join(
        str(result.status) if v is None else repr(v) for v, result in zip(pair, (before, again), strict=True)
    )
    sentence(out, f"Other numbers: {metric} was and is {values}.", "yellow")
    return False


def print_lost(out: Console, lost: Sequence[str]) -> None:
    """Print which checkpoints were gone or damaged."""
    if lost:
        more = f", and of {len(lost) - _MOST_LOST} more" if len(lost) > _MOST_LOST else ""
        sentence(out, f"Trained again: {'; '.join(lost[:_MOST_LOST])}{more}", "yellow")


def print_child(out: Console, history: History, child: Trial) -> None:
    """Print what a fork has brought."""
    result = history.results[child.number]
    parent = history.trial(child.parent or 0)
    tree = Tree(_label(descent(history, parent), history, None), guide_style="dim")
    tree.add(_label(descent(history, child), history, None))
    out.print(tree)
    if result.error:
        sentence(out, result.error, "red")


def _grow(tree: Tree, parent: Descent, history: History, best: int | None) -> int:
    count, left = 0, [(tree, parent)]
    while left:
        above, own = left.pop()
        left += [(above.add(_label(child, history, best)), child) for child in own.children]
        count += len(own.children)
    return count


def _label(own: Descent, history: History, best: int | None) -> str:
    """`@20 trial 31: learning_rate 0.003 -> 0.001; val_accuracy 0.9810 at 30, +0.0063`."""
    number = f"trial {own.trial.number}"
    number = f"[bold]{number}[/] (best)" if own.trial.number == best else number
    parts = [f"@{own.trial.branch} {number}" if own.trial.parent is not None else number]
    if own.changes:
        parts.append(", ".join(escape(f"{n} {_shown(a)} -> {_shown(b)}") for n, (a, b) in own.changes.items()))
    elif own.trial.parent is not None:
        parts.append("unchanged")
    metric = escape(visible(history.metric.name))
    if own.value is None:
        waits = "waits" if own.trial.number in history.waiting else "does not count"
        parts.append(waits if own.status is None else str(own.status))
    else:
        at = "" if own.reached is None else f" at {own.reached}"
        paused = "" if own.status is Status.COMPLETE else f", {own.status}"
        parts.append(f"{metric} {formats.metric(own.value)}{at}{paused}")
    if own.gain is not None:
        parts.append(f"{own.gain:+.4f} better" if own.gain > 0 else f"{own.gain:+.4f}" if own.gain < 0 else "the same")
    return f"{parts[0]}: {'; '.join(parts[1:])}"


def _shown(value: Any) -> str:
    return "none" if value is ABSENT else visible(formats.values([value])[0])

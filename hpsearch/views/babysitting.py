"""What a person sees who watches one model: its curves, its knobs, and what the keys do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.text import Text

from hpsearch.document import duration, visible
from hpsearch.runs.babysitting import Babysitter
from hpsearch.surrogate.curves import expected
from hpsearch.views import formats

KEYS = (
    "space pause/go on · up/down choose a knob · - + turn it · s set · b step back · c compare · k keep the better · "
    "f finish · q leave"
)
_MARKS = {"validation": "●", "training": "·", "left behind": "○"}
_ROWS = (6, 16)  # of a picture, at least and at most


@dataclass
class Screen:
    """What is drawn beside the model itself.

    Attributes:
        chosen: the knob that left and right turn.
        paused: whether the person has stopped it.
        compares: whether the branch that was left behind is drawn too.
        asks: what is being typed, with its prompt; None where nothing is.
        message: what the last key did, or why it did nothing.
    """

    chosen: int = 0
    paused: bool = False
    compares: bool = False
    asks: tuple[str, str] | None = None
    message: str = ""


def draw(out: Console, model: Babysitter, screen: Screen) -> RenderableType:
    """The whole screen, for a terminal of any height from 24 rows on."""
    knobs = _knobs(model, screen)
    height = max(_ROWS[0], min(_ROWS[1], (out.height or 24) - len(knobs) - 10))
    lines: list[Text] = [_title(model, screen), Text("")]
    lines += [Text(line) for line in _picture(model, screen, max(30, out.width - 12), height)]
    lines += [Text(f"{'':>8} {line}") for line in _outlook(model)]
    lines += [Text(""), *knobs, Text("")]
    if screen.asks is not None:
        lines.append(Text(f"{screen.asks[0]}{screen.asks[1]}_", style="bold"))
    elif screen.message:
        lines.append(Text(visible(screen.message, "\n"), style="yellow"))
    lines.append(Text(KEYS, style="dim"))
    return Group(*lines)


def _title(model: Babysitter, screen: Screen) -> Text:
    trial, result = model.trial, model.result
    of = "" if trial.parent is None else f" (of {trial.parent} @{trial.branch})"
    state = "paused" if screen.paused else "training"
    parts = [model.run.store.folder.name, f"trial {trial.number}{of}", f"epoch {model.epoch} of {model.end}"]
    if result is not None:
        parts.append(f"{duration(result.seconds / max(1, model.reached(trial) - result.start))} an epoch")
        state = str(result.status) if model.is_over else state
    return Text(visible(" · ".join([*parts, state])), style="bold")


def _knobs(model: Babysitter, screen: Screen) -> list[Text]:
    found = []
    for i, name in enumerate(model.knobs[: _ROWS[0]]):
        marker = ">" if i == screen.chosen else " "
        value = formats.values([model.settings[name]])[0]
        before = f"  (was {formats.values([model.trial.params.get(name)])[0]})" if name in model.changes else ""
        found.append(Text(visible(f"{marker} {name:<20} {value}{before}"), style="bold" if i == screen.chosen else ""))
    return found


def _picture(model: Babysitter, screen: Screen, width: int, height: int) -> list[str]:
    """The ranked metric by epochs, beside the same one on the training part, and the branch left behind."""
    name = model.run.config.metric.name
    curves = model.curves(model.trial)
    drawn = {"validation": curves.get(name, [])}
    if (training := curves.get(name.replace("val_", "train_", 1))) and name.startswith("val_"):
        drawn = {"training": training, **drawn}
    if screen.compares and model.left is not None:
        drawn = {"left behind": model.curves(model.left).get(name, []), **drawn}
    legend = ", ".join(f"{_MARKS[what]} {what if what != 'validation' or len(drawn) > 1 else name}" for what in drawn)
    newest = [f"{what} {formats.metric(values[-1])}" for what, values in drawn.items() if values]
    return [
        *plotted(list(drawn.items()), width, height, model.end),
        f"{'':>8} {legend}",
        f"{'':>8} {name}: {', '.join(newest)}",
    ]


def _outlook(model: Babysitter) -> list[str]:
    """Where the branch is going, as it is; nothing where that cannot be said."""
    metric, reached = model.run.config.metric, model.reached(model.trial)
    values = model.curves(model.trial).get(metric.name, [])
    found = None if model.is_over or model.changes else expected(values, metric, model.end, reached)
    return [] if found is None else [formats.expected(found)]


def plotted(drawn: Sequence[tuple[str, Sequence[float]]], width: int, height: int, end: int) -> list[str]:
    """Curves as rows of marks over epochs 1 to `end`; a later one is drawn over an earlier one."""
    finite = [v for _, values in drawn for v in values if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    grid = [[" "] * width for _ in range(height)]
    for what, values in drawn:
        for epoch, value in enumerate(values, start=1):
            if math.isfinite(value):
                column = round((epoch - 1) / max(1, end - 1) * (width - 1))
                row = round((high - value) / (high - low) * (height - 1)) if high > low else height // 2
                grid[row][min(column, width - 1)] = _MARKS[what]
    labels = {0: formats.metric(high), height - 1: formats.metric(low)} if finite else {}
    return [f"{labels.get(i, ''):>8} {''.join(row).rstrip()}" for i, row in enumerate(grid)]

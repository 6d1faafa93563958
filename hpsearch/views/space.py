"""A search space as a table, with a small histogram of what will be sampled."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape

from hpsearch.config import Config
from hpsearch.document import short, told_apart, yaml_lines
from hpsearch.insight import Step, Verdict
from hpsearch.report import deletes
from hpsearch.runs.preview import Preview
from hpsearch.runs.zoom import ZoomPlan
from hpsearch.space import Distribution, Parameter
from hpsearch.views import formats
from hpsearch.views.tables import BARS, broken, plain_table, sentence, verbatim

_DRAWS = 4096
_BINS = 12
_NARROW = 80  # characters


def print_space(out: Console, config: Config) -> None:
    """Say that the config is valid, what it searches and how many trials that makes."""
    out.print(f"[bold green]{escape(config.name)}: valid[/]")
    headers = ("parameter", "scale", "values", "drawn evenly from min to max", "exists when")
    widest = out.width // (3 if out.width >= _NARROW else 4)
    rows = ((broken(parameter.name, widest), *_row(parameter)) for parameter in config.space.parameters)
    table = plain_table(headers, rows, fold=True)
    for column in (table.columns[0], table.columns[1]):  # names are not broken; lists are, between their values
        column.no_wrap = True
    for column in table.columns[2:]:
        column.min_width = _BINS
    if not config.space.is_conditional:
        table.columns.pop()
    elif out.width < _NARROW:
        del table.columns[3]  # what can be drawn goes before what is to be known
    out.print(table)
    sentence(out, _summary(config))
    if config.early_stop:
        sentence(out, "a trial's result is what it reports last, stopped early or not")


def _row(parameter: Parameter) -> tuple[str, ...]:
    distribution = parameter.distribution
    whens = (" and ".join(f"{name} {condition}" for name, condition in each.items()) for each in parameter.when)
    when = " or ".join(whens)
    return *_scale_and_values(distribution), histogram(distribution), when


def _scale_and_values(distribution: Distribution) -> tuple[str, str]:
    if distribution.scale is None:
        return distribution.name, ", ".join(_in_a_config(distribution.grid(distribution.size or 1)))
    integer, step = " integer" if distribution.integer else "", distribution.spec().get("step")
    low, high = distribution.ends
    ends = f"{short(low)} to {short(high)}" + (f" step {short(step)}" if step else "")
    return distribution.scale.name + integer, ends


def _in_a_config(listed: Sequence[Any]) -> list[str]:
    """Values as a config writes them: nothing is null, and a text that looks like something else has quotes."""
    rows = zip(listed, formats.values(listed), strict=True)
    return [
        shown if isinstance(value, float) else yaml_lines({"x": value})[0].removeprefix("x: ") for value, shown in rows
    ]


def histogram(distribution: Distribution) -> str:
    """Where the draws fall on the plain number line, from the smallest value to the largest."""
    if distribution.size == 1:
        return ""
    drawn = distribution.from_unit((np.arange(_DRAWS) + 0.5) / _DRAWS)
    if distribution.scale is None:
        found = Counter(map(repr, drawn))
        counts = [found[repr(value)] for value in distribution.grid(distribution.size or 1)]
    else:
        bins = min(_BINS, distribution.size or _BINS)
        counts = np.histogram(drawn, bins=bins, range=distribution.ends)[0].tolist()
    top = max(counts)
    return "".join(BARS[round(count / top * 8) or (1 if count else 0)] for count in counts)


def _summary(config: Config) -> str:
    search, metric, size = config.search, config.metric, config.space.size
    there_are = f" of the {size:,} settings that there are" if size is not None else ""
    method = config.method()
    count = method.total or method.plan.trials
    trials = f"{f'{count:,}' if count else 'no fixed number of'} trials{there_are}"
    return f"{search.method} search: {trials}, {metric.goal} {metric.name}, seed {search.seed}"


def print_zoom(out: Console, plan: ZoomPlan, trials: int) -> None:
    """The refined region, parameter by parameter."""
    found = plan.refinement
    head = f"[bold]{escape(plan.folder.name)}[/]: the best {found.considered} of {found.finished} trials"
    new = f"from round {plan.origin}; round {plan.round} would be {trials} trials"
    out.print(f"{head}, {new}", highlight=False)
    for step in found.steps:
        out.print()
        by_hand = step.name in plan.by_hand
        head, lines = _head(plan, step, by_hand), bars(step)
        out.print(head, highlight=False)
        for line in lines if not by_hand else lines[:1]:
            out.print(f"  {line}", highlight=False, soft_wrap=True)
        sentence(out, f"  {'set by hand' if by_hand else step.reason}", "dim")
    if plan.past:
        sentence(out, f"\n{deletes(plan.past)}", "yellow")
    out.print()


def _head(plan: ZoomPlan, step: Step, by_hand: bool) -> str:
    new = str(plan.space[step.name].distribution) if by_hand else str(step.new) if step.new else "no longer there"
    verdict = "set by hand" if by_hand else str(step.verdict)
    colour = "dim" if step.verdict is Verdict.KEPT and not by_hand else "green"
    change = escape(str(step.old)) if str(step.old) == new else f"{escape(str(step.old))} -> [bold]{escape(new)}[/]"
    return f"[bold]{escape(step.name)}[/] [{colour}]{verdict}[/]: {change}"


def bars(step: Step, width: int = 48) -> list[str]:
    """The old range with the best trials on it, and the new one beneath, both on the parameter's scale."""
    if step.old.scale is None or step.span is None:
        return []
    low, high = min(0.0, step.span[0]), max(1.0, step.span[1])

    def place(u: float) -> int:
        return round((u - low) / (high - low) * (width - 1))

    old = list((" " * place(0.0)).ljust(place(1.0) + 1, "─").ljust(width))
    for u in step.best:
        if low <= u <= high:
            old[place(u)] = "●"
    new = (" " * place(step.span[0])).ljust(place(step.span[1]) + 1, "━")
    first, last = told_apart(step.old.ends)
    return [f"{first:>9} {''.join(old)} {last}", f"{'':>9} {new}"]


def print_first(out: Console, found: Preview) -> None:
    """The next few trials of a search, and the lines that run them."""
    for note in found.notes:
        sentence(out, note)
    if found.finished is not None:
        sentence(out, f"{found.folder} goes on after {found.finished} finished trials.")
    if not found.trials:
        sentence(out, "There is nothing to run.")
        return
    rows = [formats.settings(trial.params, found.config.space) for trial in found.trials]
    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = ([str(one.number), *(row.get(n, "") for n in names)] for one, row in zip(found.trials, rows, strict=True))
    out.print(plain_table(("trial", *names), texts, right=("trial",), fold=True))
    for trial in found.trials:
        if line := formats.command_line(found.config, trial, found.folder):
            verbatim(out, line)
    of_all = f" of {found.total}" if found.total else ""
    sentence(out, f"The first {len(found.trials)}{of_all} trials; nothing was run.")


def print_zoom_hint(out: Console, plan: ZoomPlan) -> None:
    """What zoom would do, in two lines."""
    moved = [(step.name, step.new) for step in plan.refinement.steps if step.verdict is not Verdict.KEPT]
    changes = [f"{name} to {_range(new)}" for name, new in moved if new is not None]
    if changes:
        sentence(out, f"Zoom would take {', '.join(changes)}:\n  hpsearch zoom {plan.folder.name}")
    else:
        sentence(out, "Zoom would keep every range: the best trials lie no closer together than chance has it.\n")


def _range(new: Distribution) -> str:
    if new.scale is None:
        return " or ".join(_in_a_config(new.grid(100)))
    return "..".join(told_apart(new.ends))

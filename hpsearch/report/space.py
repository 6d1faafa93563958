"""A search space as a table, with a small histogram of what will be sampled."""

from collections import Counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hpsearch.config import Config
from hpsearch.methods import Plan, make_method
from hpsearch.report import formats
from hpsearch.space import Distribution, Numeric, Parameter

__all__ = ["histogram", "print_space"]

_DRAWS = 4096
_BINS = 12
_BARS = " ▁▂▃▄▅▆▇█"


def print_space(out: Console, config: Config) -> None:
    """Say that the config is valid, what it searches and how many trials that makes."""
    out.print(f"[bold green]{escape(config.name)}: valid[/]")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("parameter", "scale", "values", "drawn evenly from min to max", "exists when"):
        table.add_column(header, overflow="fold")
    for parameter in config.space.parameters:
        table.add_row(*map(Text, _row(parameter)))
    if not any(parameter.when for parameter in config.space.parameters):
        table.columns.pop()
    out.print(table)
    out.print(escape(_summary(config)), soft_wrap=True)


def _row(parameter: Parameter) -> tuple[str, ...]:
    distribution = parameter.distribution
    when = " and ".join(f"{name} in {formats.value(list(values))}" for name, values in parameter.when.items())
    return parameter.name, _scale(distribution), _values(distribution), histogram(distribution), when


def _scale(distribution: Distribution) -> str:
    if isinstance(distribution, Numeric):
        whole = " integer" if distribution.integer else ""
        return f"{distribution.scale.name}{whole}"
    return str(distribution).partition("(")[0] if distribution.size != 1 else "fixed"


def _values(distribution: Distribution) -> str:
    if isinstance(distribution, Numeric):
        step = distribution.spec().get("step")
        stepped = f" step {step:g}" if step else ""
        return f"{distribution.min:g} to {distribution.max:g}{stepped}"
    return ", ".join(formats.value(value) for value in distribution.grid(distribution.size or 1))


def histogram(distribution: Distribution) -> str:
    """Where the draws fall on the plain number line, from the smallest value to the largest."""
    if distribution.size == 1:
        return ""
    drawn = distribution.from_unit((np.arange(_DRAWS) + 0.5) / _DRAWS)
    counts = _counts(distribution, drawn)
    top = max(counts)
    return "".join(_BARS[round(count / top * 8) or (1 if count else 0)] for count in counts)


def _counts(distribution: Distribution, drawn: list[Any]) -> list[int]:
    if not isinstance(distribution, Numeric):
        found = Counter(map(repr, drawn))
        return [found[repr(value)] for value in distribution.grid(distribution.size or 1)]
    bins = min(_BINS, distribution.size or _BINS)
    return [int(count) for count in np.histogram(drawn, bins=bins, range=(distribution.min, distribution.max))[0]]


def _summary(config: Config) -> str:
    search = config.search
    plan = Plan(config.space, search.seed, search.trials, grid=search.grid, points=search.points)
    total = make_method(search.method, plan).total
    size = config.space.size
    there_are = f" of the {size:,} settings that there are" if size is not None else ""
    goal = f"{config.metric.goal} {config.metric.name}"
    return f"{search.method} search: {total:,} trials{there_are}, {goal}, seed {search.seed}"

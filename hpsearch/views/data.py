"""A data set as `check` and `run` tell of it: what of a file is used, and how it is cut."""

import numpy as np
from rich.console import Console
from rich.markup import escape

from hpsearch.data import Column, DataSource, Split, listed, prepare, quoted
from hpsearch.views.tables import plain_table

_MOST_ROWS = 24  # columns that are told one by one


def data_line(source: DataSource) -> str:
    """Rows, inputs, classes and parts in a line."""
    split = prepare(source)
    sizes = [len(part.labels) for part in (split.train, split.validation, split.test)]
    inputs, classes = len(split.features), len(split.classes)
    share, rows = split.largest_class[1], f"{sum(sizes):,} rows, {inputs:,} input{'s' * (inputs != 1)}"
    cut = f"{'/'.join(map(str, sizes))} for training/validation/test"
    name = source.path.name if source.path else source.name
    return f"{quoted(name)}: {rows}, {classes} classes (largest {share:.2f}), {cut}"


def print_data(out: Console, source: DataSource) -> None:
    """What a data set gives: what becomes of each column, the classes, and what a guess is worth."""
    split = prepare(source)
    out.print(f"[bold]{escape(data_line(source))}[/]", highlight=False)
    if split.columns:
        few = len(split.columns) <= _MOST_ROWS
        rows = [(quoted(column.name), _becomes(column)) for column in split.columns] if few else _summary(split.columns)
        out.print(plain_table(("column", "becomes") if few else ("columns", "become"), rows, fold=True))
    for text in _notes(split):
        out.print(escape(text), highlight=False)


def _becomes(column: Column) -> str:
    return f"{column.inputs} inputs, {column.kind}" if column.inputs > 1 else column.kind


def _summary(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """How many columns of each kind there are, with the first few names."""
    kinds: dict[str, list[Column]] = {}
    for column in columns:
        kinds.setdefault(column.kind.partition(":")[0], []).append(column)
    rows = []
    for kind, its in kinds.items():
        inputs = sum(column.inputs for column in its)
        more = f", {inputs:,} inputs" if inputs > len(its) else ""
        rows.append((f"{len(its):,}", f"{kind}{more}: {listed((column.name for column in its), most=4)}"))
    return rows


def _notes(split: Split) -> list[str]:
    labels = np.concatenate([part.labels for part in (split.train, split.validation, split.test)])
    counts = np.bincount(labels, minlength=len(split.classes))
    classes = listed((f"{quoted(name)} {count:,}" for name, count in zip(split.classes, counts, strict=True)), most=10)
    largest, share = split.largest_class
    notes = [f"classes: {classes}; always guessing {quoted(largest)} has a val_accuracy of {share:.4f}"]
    # A constant input is normalized to zeros.
    if constant := [split.features[i] for i in np.flatnonzero((split.train.inputs == 0).all(axis=0))]:
        notes.append(f"the same in every row to train on, so of no use: {listed(constant, most=6)}")
    if split.empty_rows:
        notes.append(f"rows without any value, left out: {split.empty_rows:,}")
    return notes

"""The lineage of a run: which space each round searched, where it came from and what it found."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hpsearch.report import formats
from hpsearch.run import stored_config
from hpsearch.space import Space
from hpsearch.store import Store
from hpsearch.trial import History

__all__ = ["print_rounds"]


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

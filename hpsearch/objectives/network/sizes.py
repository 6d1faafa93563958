"""How much memory the networks of a space take: which value no machine like this one can train, and what may fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hpsearch import nn
from hpsearch.data import DataSource, prepare, size_of
from hpsearch.document import show, written
from hpsearch.objectives.network.hyperparameters import network_spec
from hpsearch.system.memory import available, total

SHAPE = ("units", "layers", "hidden", "batch_size")
"""Hyperparameters by which a network grows, each for itself."""

Possible = Mapping[str, Sequence[Any]]


def too_large(data: DataSource, possible: Possible) -> Iterator[tuple[str, str]]:
    """Hyperparameter, and why one of its possible values has no network in this machine's memory, however small."""
    needs = _need_on(data)
    smallest, most = {name: min(values, key=_need_of(name, needs)) for name, values in possible.items()}, total()
    for name, values in possible.items():
        for value in values:
            if (size := needs(smallest | {name: value})) > most:
                takes = f"parameters.{name}: with {show(value)} a network takes at least {size_of(size)} of memory"
                yield name, f"{takes}, and this machine has {size_of(most)}"


def may_not_fit(data: DataSource, possible: Possible) -> str:
    """What is to be said of the largest network; empty where there is room for it."""
    needs = _need_on(data)
    largest = {name: max(values, key=_need_of(name, needs)) for name, values in possible.items()}
    if (size := needs(largest)) <= (free := available()):
        return ""
    which = ", ".join(f"{name} {written(value)}" for name, value in largest.items())
    return f"the largest network ({which}) takes {size_of(size)} of memory, and {size_of(free)} are free: it fails"


def _need_on(data: DataSource) -> Callable[[Mapping[str, Any]], int]:
    """A function from a network's shape to the bytes that it takes with this data."""
    split = prepare(data)

    def needs(shape: Mapping[str, Any]) -> int:
        batch_size = max(2, shape.get("batch_size", 2))  # 1 does not go with batch norm, which takes hardly any room
        spec = network_spec({**shape, "batch_size": batch_size}, 0)
        return nn.memory_needed(spec, split.train, len(split.classes))

    return needs


def _need_of(name: str, needs: Callable[[Mapping[str, Any]], int]) -> Callable[[Any], int]:
    return lambda value: needs({name: value})

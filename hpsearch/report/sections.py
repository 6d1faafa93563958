"""What the trials say beyond their ranking, section by section: a new one is a function and a row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hpsearch.config import Config
from hpsearch.document import duration
from hpsearch.history import History
from hpsearch.insight import (
    Importance,
    audit,
    dead_weight,
    edges,
    failure_region,
    forecast,
    importance,
    progress,
    variety,
)
from hpsearch.space import settings_key
from hpsearch.surrogate.observations import Observations, observe
from hpsearch.system.environment import slots


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        name: its key in SECTIONS, and in the report as JSON.
        title: above its sentences.
        sentences: what there is to say; none where it has nothing to say to a person.
        data: the records and numbers behind them.
    """

    name: str
    title: str
    sentences: tuple[str, ...]
    data: Any


@dataclass(frozen=True)
class Subject:
    """What sections are about; observations and the model of the scores are made once for all of them."""

    config: Config
    history: History

    @cached_property
    def seen(self) -> Observations:
        """The trials, on the scales of the whole search's space."""
        return observe(self.config.space, self.history)

    @cached_property
    def importance(self) -> Importance:
        """What matters."""
        return importance(self.seen)


FEWEST = 10  # finished trials before anything is said beyond the ranking
_MATTERS = 0.2  # share of the variance, at least
_TIMES = 5  # as many values as a grid, at least

Found = tuple[str, list[str], Any]  # title, sentences and data of a section


def _failures(subject: Subject) -> Found:
    region = failure_region(subject.seen)
    return "Where trials fail", [region.sentence] if region else [], region


def _importance(subject: Subject) -> Found:
    return "What matters", [], subject.importance


def _edges(subject: Subject) -> Found:
    found = edges(subject.seen)
    sentences = [edge.reason + (f"; paste:\n    {edge.yaml}" if edge.yaml else "") for edge in found]
    return "Ranges that were too small", sentences, found


def _dead_weight(subject: Subject) -> Found:
    found = dead_weight(subject.importance)
    return "Dead weight: fix these", [dead.reason for dead in found], found


def _outlook(subject: Subject) -> Found:
    """Whether to go on. Only from random draws can be said what more of them would bring."""
    title, config, history = "Is more search worth it?", subject.config, subject.history
    size = config.space.size
    tried = 0 if size is None else len({settings_key(trial.params) for trial in history.trials})
    if size is not None and tried >= size:
        return title, [f"All {size} settings of this space are tried: more search in it finds nothing new."], None
    if moved := progress(history):
        return title, [moved.sentence], moved
    if not config.search.kind.draws:
        rule = f"The trials of a {config.search.method} search are no random draws"
        return title, [f"{rule}, so that nothing is forecast from them."], None
    more = len(history.results) if size is None else min(len(history.results), size - tried)
    found = forecast(history, more)
    if found is None:
        return title, [], None
    seconds = found.seconds * found.more / slots(config.execution.workers, config.execution.devices)
    return title, [f"{found.sentence} It would cost about {duration(seconds)}."], found


def _early_stopping(subject: Subject) -> Found:
    found = audit(subject.history)
    return "Early stopping", [found.sentence] if found else [], found


def _variety(subject: Subject) -> Found:
    """Distinct values tried of each hyperparameter, and what a grid of the same cost would have tried.

    To a person it is said of what matters, where a random search tried many times the values that a grid had.
    """
    found, effects = variety(subject.seen), subject.importance.effects if subject.importance.told else ()
    matter = {effect.name for effect in effects if effect.low > _MATTERS}
    rows = [row for row in found if row.name in matter and row.tried >= _TIMES * row.grid]
    better = ", ".join(f"{row.tried} values of {row.name} (a grid: {row.grid})" for row in rows)
    said = better and subject.config.search.kind.draws
    return "Random or grid", [f"{len(subject.seen)} random trials tried {better}"] if said else [], found


SECTIONS: dict[str, Callable[[Subject], Found]] = {
    "failures": _failures,
    "importance": _importance,
    "edges": _edges,
    "dead_weight": _dead_weight,
    "forecast": _outlook,
    "early_stopping": _early_stopping,
    "variety": _variety,
}
"""Name of a section -> how it is found, in the order in which a person reads them."""


def sections(config: Config, history: History) -> tuple[Section, ...]:
    """All sections of a run."""
    subject = Subject(config, history)
    found = ((name, *find(subject)) for name, find in SECTIONS.items())
    return tuple(Section(name, title, tuple(sentences), data) for name, title, sentences, data in found)


def by_importance(config: Config, history: History) -> tuple[str, ...]:
    """The hyperparameters, the most important first; none where that cannot be told."""
    return Subject(config, history).importance.order if len(history.results) >= FEWEST else ()

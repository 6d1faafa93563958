"""The best network on the test part: the last number of a project, not one to choose by."""

import io
import time
from dataclasses import dataclass
from pathlib import Path

from hpsearch import nn
from hpsearch.config import Config, config_of
from hpsearch.data import Part, prepare
from hpsearch.engine.executors import InlineExecutor
from hpsearch.errors import HpsearchError, NoResultError, StoreError
from hpsearch.history import History
from hpsearch.insight import preferred
from hpsearch.runs.replay import replayed
from hpsearch.store import BEST_MODEL, EVALUATIONS, Store

_TOLERANCE = 1e-4  # float32 sums in another order


@dataclass(frozen=True)
class Scores:
    """Accuracy and mean loss of a network on a part of the data, and how many examples that has."""

    accuracy: float
    loss: float
    examples: int


@dataclass(frozen=True)
class Evaluation:
    """The network of a trial on the part that no search saw, and `times`: how often that has been looked at."""

    trial: int
    test: Scores
    validation: Scores
    times: int


def evaluate(store: Store) -> Evaluation:
    """Score the best network on the untouched part: that of the confirmed winner, where there is one.

    Raises:
        HpsearchError: the run trained no networks, or the data has changed.
        NoResultError: nothing succeeded.
        StoreError: the saved network is missing, or not that of the best trial.
    """
    facts, history, folder = store.facts(), store.history(), store.folder
    best = preferred(history)
    if best is None:
        raise NoResultError(f"{folder}: no trial has succeeded")
    config = config_of(facts, folder)
    objective = config.objective
    if objective.data is None:
        raise HpsearchError(f"{folder}: only runs of the built-in network keep a model to evaluate", code="S106")
    if any(facts.identity.get(name) != content for name, content in objective.content().items()):
        raise HpsearchError(
            f"{folder}: the data has changed since the run; its test part is another one now", code="S102"
        )
    split = prepare(objective.data)
    again = f"`hpsearch retry {folder.name} {best.number}` trains it again"
    kept = best == history.best()
    state, whose = (
        (_saved(folder, again), BEST_MODEL)
        if kept
        else (_trained_again(config, history, best.number), "what trains now")
    )
    if (state.n_inputs, state.n_classes) != (len(split.features), len(split.classes)):
        raise StoreError(f"{folder}: {whose} is a network for other data; {again}", code="S106")
    stored, validation = history.results[best.number].metrics, _scores(state, split.validation)
    loss_gap, accuracy_gap = validation.loss - stored["val_loss"], validation.accuracy - stored["val_accuracy"]
    # Told from NaN too, which is neither above nor below.
    if not (abs(accuracy_gap) <= _TOLERANCE and abs(loss_gap) <= _TOLERANCE * (1 + validation.loss)):
        raise StoreError(f"{folder}: {whose} is not the network of trial {best.number}\n  {again}", code="S106")
    test = _scores(state, split.test)
    return Evaluation(best.number, test, validation, _count(folder / EVALUATIONS, test.accuracy))


def _trained_again(config: Config, history: History, number: int) -> nn.NetworkState:
    """The network of a trial that is not the first of the ranking, whose network alone is kept."""
    *_, (_, result) = replayed(config, history, number, InlineExecutor())
    if result.model is None:
        raise StoreError(f"trial {number} does not train again: {result.error or result.status}")
    return nn.load(io.BytesIO(result.model))


def _saved(folder: Path, again: str) -> nn.NetworkState:
    path = folder / BEST_MODEL
    if not path.is_file():
        raise StoreError(f"{folder}: there is no file {BEST_MODEL}, the best network; {again}", code="S106")
    try:
        return nn.load(path)
    except (OSError, ValueError) as err:
        raise StoreError(f"{folder}: {BEST_MODEL} cannot be read: {err}\n  {again}", code="S106") from err


def _count(log: Path, accuracy: float) -> int:
    """Note this evaluation beside the run, and return how many there have been."""
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M')} test accuracy {accuracy:.4f}\n")
        return len(log.read_text(encoding="utf-8").splitlines())
    except OSError:  # a read-only run can be evaluated, only not counted
        return 1


def _scores(state: nn.NetworkState, part: Part) -> Scores:
    loss, accuracy = nn.evaluate(state, nn.Samples(part.inputs, part.labels))
    return Scores(float(accuracy), float(loss), len(part.labels))

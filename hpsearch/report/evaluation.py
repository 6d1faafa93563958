"""The best network on the test part: the last number of a project, not one to choose by."""

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hpsearch import nn
from hpsearch.data import Part, fingerprint, prepare
from hpsearch.errors import HpsearchError, StoreError
from hpsearch.report import formats
from hpsearch.run import BEST_MODEL, stored_config
from hpsearch.store import Store

__all__ = ["print_evaluation"]

_LOG = "evaluations.txt"
_TOLERANCE = 1e-4  # float32 sums in another order


def print_evaluation(out: Console, store: Store) -> None:
    """Print accuracy and loss of the best network on the untouched part.

    Raises:
        HpsearchError: the run trained no networks, or nothing succeeded.
        StoreError: the saved network is missing, or not that of the best trial.
    """
    facts = store.facts()
    history = store.history()
    best = history.best()
    if best is None:
        raise HpsearchError(f"{store.folder}: no trial has succeeded")
    config = stored_config(facts, store.folder)
    if config.data is None:
        raise HpsearchError(f"{store.folder}: only runs of the built-in network keep a model to evaluate")
    if fingerprint(config.data) != facts["identity"].get("content of the data"):
        raise HpsearchError(f"{store.folder}: the data has changed since the run; its test part is another one now")
    split = prepare(config.data)
    state = _model(store.folder)
    stored = history.results[best.number].metrics
    accuracy, loss = scores(state, split.validation)
    if abs(accuracy - stored["val_accuracy"]) > _TOLERANCE or abs(loss - stored["val_loss"]) > _TOLERANCE * (1 + loss):
        raise StoreError(
            f"{store.folder}: {BEST_MODEL} is not the network of trial {best.number}; finish the run first"
        )
    test_accuracy, test_loss = scores(state, split.test)
    out.print(
        f"trial {best.number} of {escape(store.folder.name)}, {len(split.test.labels)} test examples", soft_wrap=True
    )
    out.print(f"test accuracy        {formats.metric(test_accuracy)}   test loss        {formats.metric(test_loss)}")
    out.print(f"validation accuracy  {formats.metric(accuracy)}   validation loss  {formats.metric(loss)}")
    times = _count(store.folder / _LOG, test_accuracy)
    out.print(
        f"[yellow]This is for the end; it was evaluation number {times} of this run.[/] A test score that you choose "
        "by is no test any more: if you search on after seeing it, expect worse on new data.",
        soft_wrap=True,
    )


def _count(log: Path, accuracy: float) -> int:
    """Note this evaluation beside the run, and return how many there have been."""
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{formats.moment(time.time())} test accuracy {accuracy:.4f}\n")
        return len(log.read_text(encoding="utf-8").splitlines())
    except OSError:  # a read-only run can be evaluated, only not counted
        return 1


def _model(folder: Path) -> nn.NetworkState:
    try:
        return nn.load(folder / BEST_MODEL)
    except (OSError, ValueError) as err:
        raise StoreError(f"{folder}: {BEST_MODEL} cannot be read: {err}") from err


def scores(state: nn.NetworkState, part: Part) -> tuple[float, float]:
    """Accuracy and mean loss of a network on a part of the data."""
    loss, accuracy = nn.evaluate(state, nn.Samples(part.inputs, part.labels))
    return float(accuracy), float(loss)

"""All runs in one table."""

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hpsearch import nn
from hpsearch.config import Config
from hpsearch.data import Part, fingerprint, prepare
from hpsearch.errors import HpsearchError, StoreError
from hpsearch.runs.pace import Pace
from hpsearch.runs.run import BEST_MODEL, stored_config
from hpsearch.store import Store
from hpsearch.views import formats

_HEADERS = ("run", "trials", "best", "metric", "started", "training")


def print_runs(out: Console, runs: Path, folders: list[Path]) -> None:
    """One line per run, the newest last; a run that cannot be read says why."""
    if not folders:
        out.print(f"no runs in {escape(str(runs))}; hpsearch run configs/digits.yaml makes one", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in _HEADERS:
        table.add_column(header, justify="right" if header in ("trials", "best", "training") else "left")
    for folder in folders:
        table.add_row(*map(Text, _row(folder)))
    out.print(table)


def _row(folder: Path) -> tuple[str, ...]:
    try:
        with Store(folder) as store:
            history, rounds = store.history(), store.rounds()
    except StoreError as err:
        return folder.name, "", "", "", "", str(err).splitlines()[0]
    best = history.best()
    value = formats.metric(history.results[best.number].metrics[history.metric.name]) if best else ""
    started = min((row["started"] for row in rounds.values()), default=None)
    seconds = sum(result.seconds for result in history.results.values())
    trials = f"{len(history.results)}" + (f"/{len(history)}" if history.pending else "")
    return folder.name, trials, value, history.metric.name, formats.moment(started), formats.duration(seconds)


_PANDA = 10  # trials below which one model watched closely gets further than a search
_FINE = 40  # trials below which a second, finer look would rest on too few


def print_plan(out: Console, config: Config, pace: Pace, seconds: float) -> None:
    """What was measured, how many trials that makes, and which way to search."""
    if not pace.trials:
        out.print("no trial finished in a minute; time one by hand, with --set search.trials=1", soft_wrap=True)
        return
    each = 1 / pace.per_second
    out.print(
        f"{pace.trials} trials in {formats.duration(pace.seconds)} with {pace.workers} workers: "
        f"{formats.duration(each)} each, start of the processes included",
        highlight=False,
        soft_wrap=True,
    )
    if pace.failed:
        out.print(f"[yellow]{pace.failed} of them failed[/]: look at why before a longer run", soft_wrap=True)
    fit = int(seconds * pace.per_second)
    out.print(f"about [bold]{fit:,}[/] trials fit into {formats.duration(seconds)}", highlight=False, soft_wrap=True)
    out.print(escape(advice(fit, config.space.dimensions)), soft_wrap=True, highlight=False)


def advice(fit: int, dimensions: int) -> str:
    """Panda, caviar or coarse to fine: it depends on the compute."""
    if fit < _PANDA:
        return (
            "panda: too few for a search. Watch one model, and change one thing at a time; or make trials cheaper: "
            "fewer epochs, less data"
        )
    if fit < max(_FINE, 8 * dimensions):
        return (
            f"caviar, at random: --set search.trials={fit}. With {dimensions} hyperparameters there are too few trials "
            "to look closer anywhere; fix those that matter least"
        )
    return f"coarse to fine: --set search.method=coarse_to_fine --set search.trials={fit}"


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

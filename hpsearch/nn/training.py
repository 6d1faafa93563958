"""Trains one network, epoch by epoch, by the kernel or by the NumPy reference."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hpsearch.nn import kernel, reference
from hpsearch.nn.layout import Array, Layout, padded
from hpsearch.nn.reference import Network, softmax
from hpsearch.nn.samples import Samples, mini_batches
from hpsearch.nn.spec import NetworkSpec, learning_rate
from hpsearch.nn.state import NetworkState, carried_on, initial_state

OnEpoch = Callable[[int, dict[str, float]], bool | None]

_TOGETHER = 0.25
"""Seconds of quick epochs between two looks at them."""

METRICS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")


class Trainer(Protocol):
    """Trains one network; one for each of ENGINES."""

    def train(self, epoch: int, alphas: Array, stop: Array) -> list[tuple[float, ...]]:
        """Train an epoch for each learning rate; METRICS of each that is done."""

    def state(self, epoch: int) -> NetworkState:
        """The network as it is now, after so many epochs."""


ENGINES: dict[str, Callable[[NetworkState, Samples, Samples], Trainer]] = {
    "kernel": kernel.Trainer,
    "numpy": reference.Trainer,
}
"""Name -> what trains. Only `kernel` promises the same bits everywhere, and float32 is all that it knows."""


@dataclass(frozen=True)
class TrainingResult:
    """What became of a network.

    curves: each of METRICS, one number an epoch, for the epochs of this call alone. train_*: mean over the examples of
    the epoch's mini-batches, each met before its step, with batch statistics and dropout, without the L2 penalty;
    val_*: on the validation part after the epoch, at test time.
    diverged_epoch: epochs finished when a loss was NaN or infinite (counted from 1), or None.
    interrupted: whether it was told to stop inside of an epoch, which then is not in the curves.
    seconds: wall time; state: the network after the last epoch; best: after that at which `keeps` said so last.
    """

    curves: dict[str, list[float]]
    diverged_epoch: int | None
    interrupted: bool
    seconds: float
    state: NetworkState
    best: NetworkState | None = None


def train(
    spec: NetworkSpec,
    samples: Samples,
    validation: Samples,
    n_classes: int,
    *,
    state: NetworkState | None = None,
    on_epoch: OnEpoch | None = None,
    every_epoch: bool = True,
    keeps: Callable[[dict[str, float]], bool] | None = None,
    stop: Array | None = None,
    engine: str | None = None,
) -> TrainingResult:
    """Train a network.

    samples, validation: normalized inputs (n, D), labels (n,) in 0..n_classes-1.
    state: what to carry on from until spec.epochs in total, or None to start afresh. The learning rate and all else
    but the architecture may differ from the state's spec.
    on_epoch(epochs behind it, metrics) is called after each epoch; if it returns True the network stops there.
    every_epoch: whether at once; else for several quick ones together, and it stops nothing.
    keeps(metrics) is asked after each epoch whether the network is to be kept as it is now.
    stop: (1,) int32; another thread sets it to end the training within a mini-batch.
    engine: a name of ENGINES; None for the kernel where there is one and float32.

    Raises:
        ValueError: a label outside 0..n_classes-1, a state that does not fit the spec or the data, or one example is
            all there is for batch norm.
        MemoryError: the network does not fit.
        OSError: there is no kernel, and it was asked for.
    """
    begin = time.perf_counter()
    start = initial_state(spec, samples.inputs.shape[1], n_classes) if state is None else carried_on(state, spec)
    _check(start, samples, validation, n_classes)
    stop = np.zeros(1, np.int32) if stop is None else stop
    trainer = ENGINES[engine or default_engine(spec.dtype)](start, samples, validation)
    curves: dict[str, list[float]] = {name: [] for name in METRICS}
    epoch, diverged, ended, best = start.epoch, None, False, None
    each, quick = keeps is not None or (on_epoch is not None and every_epoch), 1
    while epoch < spec.epochs and not ended:
        until = epoch + 1 if each else min(spec.epochs, epoch + quick)
        called = time.perf_counter()
        rows = trainer.train(epoch, np.array([learning_rate(spec, e) for e in range(epoch, until)]), stop)
        for row in rows:
            epoch += 1
            for curve, value in zip(curves.values(), row, strict=True):
                curve.append(value)
            metrics = dict(zip(METRICS, row, strict=True))
            ended = on_epoch is not None and bool(on_epoch(epoch, metrics)) and every_epoch
            if keeps is not None and keeps(metrics):
                best = trainer.state(epoch)
        quick = max(1, int(_TOGETHER * len(rows) / (time.perf_counter() - called)))
        if rows and not np.isfinite([rows[-1][0], rows[-1][2]]).all():
            diverged = epoch
        ended = ended or epoch < until or diverged is not None
    interrupted = bool(stop[0]) and epoch < spec.epochs and diverged is None
    seconds = time.perf_counter() - begin
    return TrainingResult(curves, diverged, interrupted, seconds, trainer.state(epoch), best)


def memory_needed(spec: NetworkSpec, samples: Samples, n_classes: int) -> int:
    """About how many bytes training a network on so many examples takes, the examples themselves left aside."""
    n, n_inputs = samples.inputs.shape
    widths = (n_inputs, *spec.hidden, n_classes)
    activations = min(spec.batch_size, n) * sum(map(padded, widths))
    numbers: int = 4 * (Layout(widths, spec.batch_norm).size + activations)
    return numbers * (8 if spec.dtype == "float64" else 4)


def numbers_of(engine: str) -> str:
    """What an engine's numbers are called: networks of one name have the same ones, if its engine promises that."""
    return f"kernel {kernel.VERSION}" if engine == "kernel" else "numpy"


def default_engine(dtype: str = "float32") -> str:
    """What trains where nobody says it."""
    return "kernel" if dtype == "float32" and kernel.missing() is None else "numpy"


def _check(state: NetworkState, samples: Samples, validation: Samples, n_classes: int) -> None:
    data, ours = (samples.inputs.shape[1], n_classes), (state.n_inputs, state.n_classes)
    if ours != data:
        has = f"the data has {data[0]} and {data[1]}"
        raise ValueError(f"the state is for {ours[0]} inputs and {ours[1]} classes, {has}")
    for each in (samples, validation):
        if each.labels.min() < 0 or each.labels.max() >= n_classes:
            raise ValueError(f"labels need to be in 0..{n_classes - 1}, got {each.labels.min()}..{each.labels.max()}")
    if not mini_batches(state.spec, len(samples.labels)):
        raise ValueError("batch norm needs 2 training examples or more, got 1: one example has no variance")


def predict(state: NetworkState, inputs: Array) -> Array:
    """Return the probabilities (n, C) of each class for inputs (n, D), normalized as in training; any n >= 1.

    Raises ValueError if the inputs are not (n, D) with the D that the network was trained on.
    """
    if inputs.ndim != 2 or inputs.shape[1] != state.n_inputs:
        raise ValueError(f"inputs need the shape (n, {state.n_inputs}), got {inputs.shape}")
    with np.errstate(all="ignore"):
        return softmax(Network(state).logits(inputs.astype(state.spec.dtype)))


def predict_class(state: NetworkState, inputs: Array) -> Array:
    """Return the hard max beside the soft max: the most probable class (n,) for inputs (n, D)."""
    return np.asarray(predict(state, inputs).argmax(axis=1))


def evaluate(state: NetworkState, samples: Samples) -> tuple[float, float]:
    """Return a network's mean loss and accuracy on samples (n, D)."""
    with np.errstate(all="ignore"):
        return Network(state).scores(samples)

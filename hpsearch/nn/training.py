"""Trains a stack of networks at once; a network that is done, or diverged, leaves and the others go on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from hpsearch.nn.activations import Dropout
from hpsearch.nn.batches import Samples, mini_batches, sizes
from hpsearch.nn.layout import Array, Layout, per_model
from hpsearch.nn.network import Network
from hpsearch.nn.optimizers import learning_rate
from hpsearch.nn.predict import stack_scores
from hpsearch.nn.spec import NetworkSpec
from hpsearch.nn.stacking import Stack, stack_key
from hpsearch.nn.state import NetworkState, carried_on, initial_state

OnEpoch = Callable[[int, int, dict[str, float]], bool | None]


@dataclass(frozen=True)
class TrainingResult:
    """What became of one network. Each curve has one number an epoch, for the epochs of this call alone.

    train_loss, train_accuracy: mean over the examples of the epoch's mini-batches, each met before its step,
    with batch statistics and dropout, without the L2 penalty. validation_*: after the epoch, at test time.
    diverged_epoch: epochs finished when a loss was NaN or infinite (counted from 1), or None.
    seconds: wall time of the whole stack up to the moment when this network left it.
    """

    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]
    diverged_epoch: int | None
    seconds: float
    state: NetworkState


_METRICS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


@dataclass
class _Lane:
    """One network on its way; number is its place among the specs."""

    number: int
    state: NetworkState
    epoch: int
    curves: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _METRICS})
    diverged_epoch: int | None = None
    seconds: float = 0.0

    def record(self, scores: list[float], on_epoch: OnEpoch | None) -> bool:
        """Note an epoch's metrics; return whether the network leaves the stack now."""
        metrics = dict(zip(_METRICS, scores, strict=True))
        self.epoch += 1
        for name, value in metrics.items():
            self.curves[name].append(value)
        stopped = on_epoch is not None and bool(on_epoch(self.number, self.epoch, metrics))
        if not np.isfinite([metrics["train_loss"], metrics["validation_loss"]]).all():
            self.diverged_epoch = self.epoch
        return stopped or self.diverged_epoch is not None or self.epoch >= self.state.spec.epochs


def train(
    specs: Sequence[NetworkSpec],
    samples: Samples,
    validation: Samples,
    n_classes: int,
    *,
    states: Sequence[NetworkState | None] | None = None,
    on_epoch: OnEpoch | None = None,
) -> list[TrainingResult]:
    """Train P networks with an equal `stack_key` together; each equals the same network trained alone.

    samples, validation: normalized inputs (n, D), labels (n,) in 0..n_classes-1.
    states: for each spec, a state to carry on from until spec.epochs in total, or None to start afresh. The
    learning rate and all else but the architecture may differ from the state's spec.
    on_epoch(number of the spec, epochs behind it, metrics) is called after each epoch of each network; if it
    returns True the network stops there.

    Raises ValueError if the specs cannot be stacked, a label is outside 0..n_classes-1, a state does not fit its spec
    or the data, or one example is all there is for batch norm.
    """
    begin = time.perf_counter()
    n_inputs = samples.inputs.shape[1]
    lanes = []
    for number, (spec, state) in enumerate(zip(specs, states or [None] * len(specs), strict=True)):
        start = initial_state(spec, n_inputs, n_classes) if state is None else carried_on(state, spec)
        lanes.append(_Lane(number, start, start.epoch))
    _check(lanes, samples, validation, n_classes)
    active = [lane for lane in lanes if lane.epoch < lane.state.spec.epochs]
    samples, validation = (each.astype(specs[0].dtype) for each in (samples, validation))
    layout: Layout | None = None
    with np.errstate(all="ignore"):  # an overflow is a result here: the lane is marked as diverged
        while active:
            stack = Stack([lane.state for lane in active], layout)
            layout = stack.layout  # kept when lanes leave, so the others do not change by a bit
            active = _train_until_one_leaves(stack, active, samples, validation, on_epoch, begin)
    return [
        TrainingResult(**lane.curves, diverged_epoch=lane.diverged_epoch, seconds=lane.seconds, state=lane.state)
        for lane in lanes
    ]


def _check(lanes: list[_Lane], samples: Samples, validation: Samples, n_classes: int) -> None:
    data = samples.inputs.shape[1], n_classes
    for lane in lanes:
        if (ours := (lane.state.n_inputs, lane.state.n_classes)) != data:
            has = f"the data has {data[0]} and {data[1]}"
            raise ValueError(f"state {lane.number} is for {ours[0]} inputs and {ours[1]} classes, {has}")
    if len({stack_key(lane.state.spec) for lane in lanes}) != 1:
        raise ValueError("specs of one stack need an equal stack_key: group them with `stacks`")
    for each in (samples, validation):
        if each.labels.min() < 0 or each.labels.max() >= n_classes:
            raise ValueError(f"labels need to be in 0..{n_classes - 1}, got {each.labels.min()}..{each.labels.max()}")
    if not sizes(lanes[0].state.spec, len(samples.labels)):
        raise ValueError("batch norm needs 2 training examples or more, got 1: one example has no variance")


def _train_until_one_leaves(
    stack: Stack, lanes: list[_Lane], samples: Samples, validation: Samples, on_epoch: OnEpoch | None, begin: float
) -> list[_Lane]:
    """Train the lanes of a stack until an epoch after which some leave; return those that stay."""
    networks = {size: Network(stack, size) for size in sizes(stack.specs[0], len(samples.labels))}
    leaving: list[bool] = []
    while not any(leaving):
        scores = _train_epoch(stack, networks, [lane.epoch for lane in lanes], samples)
        scores += stack_scores(stack, validation)
        rows = np.stack(scores, axis=1).tolist()
        leaving = [lane.record(row, on_epoch) for lane, row in zip(lanes, rows, strict=True)]
    for lane, state in zip(lanes, stack.states([lane.epoch for lane in lanes]), strict=True):
        lane.state = state
        lane.seconds = time.perf_counter() - begin
    return [lane for lane, leaves in zip(lanes, leaving, strict=True) if not leaves]


def _train_epoch(stack: Stack, networks: dict[int, Network], epochs: list[int], samples: Samples) -> tuple[Array, ...]:
    """Take one step for each mini-batch; return mean training loss and accuracy of each model, both (P,)."""
    alpha = per_model([learning_rate(*pair) for pair in zip(stack.specs, epochs, strict=True)], np.float64)
    dropout = Dropout(stack.specs, epochs)
    seen = []
    for inputs, labels in mini_batches(stack.specs, epochs, samples):
        seen.append(networks[labels.shape[-1]].gradients(inputs, labels, dropout))
        stack.step(alpha)
    return tuple(np.concatenate(each, axis=1).mean(axis=1, dtype=np.float64) for each in zip(*seen, strict=True))

"""The built-in objective: networks of one kind are trained together as stacked arrays."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch import nn
from hpsearch.data import DataSource, Part, prepare
from hpsearch.objectives.folder import checkpoint_folder, needing_space
from hpsearch.objectives.recorder import Recorder
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.trial import Job, Metric, Result, Status

NETWORK_METRICS = {
    "val_accuracy": "maximize",
    "val_loss": "minimize",
    "train_accuracy": "maximize",
    "train_loss": "minimize",
}
"""Metrics of a network -> which way is better."""

_WAVE = 512
_STATE = "network.npz"


UNITS = nn.Hyperparameter("hidden units of each layer", low=1, whole=True, tier=2, default=64)
LAYERS = nn.Hyperparameter("hidden layers; 0 is softmax regression", whole=True, high=100, default=2)
"""The two that stand for a network's list of widths."""


def network_spec(params: Mapping[str, Any], seed: int) -> nn.NetworkSpec:
    """The network that a setting describes; a hyperparameter that it does not name has its default.

    Raises:
        ValueError: the values do not go together.
    """
    values = dict(params)
    layers, units = values.pop("layers", LAYERS.default), values.pop("units", UNITS.default)
    widths = values.pop("hidden", None)
    hidden = [units] * int(layers) if widths is None else widths
    return nn.NetworkSpec(hidden=tuple(int(width) for width in hidden), seed=seed, **values)


@dataclass(frozen=True)
class NetworkObjective:
    """Trains the built-in network on a data set; a model that diverges leaves its batch and ends nothing.

    Attributes:
        data: what networks are trained on.
        metric: what they are ranked by.
        run: the folder of the run, where a network that pauses leaves its checkpoint.
    """

    data: DataSource
    metric: Metric
    run: Path = Path()
    wave: int = _WAVE

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Stacks of one kind and similar width; what cannot be built stands alone and will say why."""
        split = prepare(self.data)
        n_inputs, n_classes = split.train.inputs.shape[1], len(split.classes)
        specs = {i: spec for i, job in enumerate(jobs) if (spec := _spec_or_none(job)) is not None}
        order = list(specs)
        stacks = nn.stacks([specs[i] for i in order], n_inputs, n_classes)
        rows = len(split.train.labels)

        def cost(stack: list[int]) -> float:
            return sum(nn.cost(specs[order[i]], rows, n_inputs, n_classes) for i in stack)

        stacks.sort(key=cost, reverse=True)
        alone = [[job] for i, job in enumerate(jobs) if i not in specs]
        # By number within a stack, as it comes back from the store after a resume: BLAS rounds a network differently
        # at another place of the stack.
        return alone + [sorted((jobs[order[i]] for i in stack), key=_number) for stack in stacks]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Train the networks of a batch together; one that falls below the bar leaves it."""
        split = prepare(self.data)
        watch = _Watch([Recorder(self.metric, bar) for _ in batch])
        try:
            specs = [_segment(job) for job in batch]
            states = [self._checkpoint(job, job.start) if job.start else None for job in batch]
            parts = _samples(split.train), _samples(split.validation)
            on_epoch = watch if bar.steps else None
            trained = nn.train(specs, *parts, len(split.classes), states=states, on_epoch=on_epoch)
        except (ValueError, OSError, MemoryError) as err:
            status = Status.OUT_OF_MEMORY if isinstance(err, MemoryError) else Status.FAILED
            return [Result(status, error=str(err) or "not enough memory") for _ in batch]
        results = [_result(one, len(batch)) for one in trained]
        results = [_stopped(*pair) for pair in zip(results, watch.recorders, strict=True)]
        results = [self._paused(*each) for each in zip(batch, results, trained, strict=True)]
        return self._with_best_model(batch, results, trained)

    def _checkpoint(self, job: Job, epoch: int) -> nn.NetworkState:
        return nn.load(checkpoint_folder(self.run, job, epoch) / _STATE)

    def _paused(self, job: Job, result: Result, trained: nn.TrainingResult) -> Result:
        """A network that has more epochs to go keeps its state, written beside and renamed, to be carried on from."""
        until = job.until
        epochs = network_spec(job.trial.params, job.seed).epochs
        if until is None or until >= epochs or result.status is not Status.COMPLETE:
            return result
        folder = checkpoint_folder(self.run, job, until)
        with needing_space(self.run):
            folder.mkdir(parents=True, exist_ok=True)
            nn.save(trained.state, folder / f"{_STATE}.partial")
            (folder / f"{_STATE}.partial").replace(folder / _STATE)
        return replace(result, status=Status.PAUSED)

    def _with_best_model(
        self, batch: Sequence[Job], results: list[Result], trained: Sequence[nn.TrainingResult]
    ) -> list[Result]:
        """The results, the best of them with its network; the others would only fill the pipe."""
        sign, name = self.metric.sign, self.metric.name
        scores = [sign * r.metrics[name] if r.status is Status.COMPLETE else -np.inf for r in results]
        # Of equals the earlier trial, as in the ranking.
        best = max(range(len(batch)), key=lambda i: (scores[i], -batch[i].trial.number))
        if np.isfinite(scores[best]):
            results[best] = replace(results[best], model=_model(trained[best].state))
        return results


@dataclass(frozen=True)
class _Watch:
    """Compares each network of a batch with the bar after each epoch; each has a recorder."""

    recorders: Sequence[Recorder]

    def __call__(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Whether the network is to leave its stack."""
        recorder = self.recorders[number]
        name = recorder.metric.name
        recorder.add({name: metrics[name.replace("val_", "validation_")]}, epoch)
        return recorder.stopped


def _stopped(result: Result, recorder: Recorder) -> Result:
    """A network that left early keeps its best metric."""
    if not recorder.stopped or result.status is not Status.COMPLETE:
        return result
    return replace(result, status=Status.STOPPED, metrics={**result.metrics, **recorder.metrics()})


def _number(job: Job) -> tuple[int, int]:
    return job.trial.number, job.replicate


def _segment(job: Job) -> nn.NetworkSpec:
    """The network of a job, which is trained no further than the job goes."""
    spec = network_spec(job.trial.params, job.seed)
    return spec if job.until is None else replace(spec, epochs=min(spec.epochs, job.until))


def _spec_or_none(job: Job) -> nn.NetworkSpec | None:
    try:
        return network_spec(job.trial.params, job.seed)
    except ValueError:
        return None


def _samples(part: Part) -> nn.Samples:
    return nn.Samples(part.inputs, part.labels)


def _result(trained: nn.TrainingResult, stacked: int) -> Result:
    curve = {
        "val_accuracy": trained.validation_accuracy,
        "val_loss": trained.validation_loss,
        "train_accuracy": trained.train_accuracy,
        "train_loss": trained.train_loss,
    }
    metrics = {name: values[-1] for name, values in curve.items() if values}
    seconds = trained.seconds / stacked
    if trained.diverged:
        error = f"the loss was no longer finite after epoch {trained.diverged_epoch}"
        return Result(Status.DIVERGED, metrics, curve, seconds, stacked, error)
    return Result(Status.COMPLETE, metrics, curve, seconds, stacked)


def _model(state: nn.NetworkState) -> bytes:
    """The network as the bytes of an NPZ file, without the optimizer's sums, which only training needs."""
    file = io.BytesIO()
    nn.save(replace(state, sums={}, totals={}), file)
    return file.getvalue()

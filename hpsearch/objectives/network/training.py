"""The built-in objective: networks of one kind are trained together as stacked arrays."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hpsearch import nn
from hpsearch.data import DataSource, prepare
from hpsearch.objectives.folder import checkpoint_folder, needing_space
from hpsearch.objectives.network.hyperparameters import NETWORK_METRICS, network_spec
from hpsearch.objectives.recorder import Recorder
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.trial import Job, Metric, Result, Status


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
    wave: int = 512

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Stacks of one kind and similar width; what cannot be built stands alone and will say why."""
        split = prepare(self.data)
        rows, n_inputs, n_classes = *split.train.inputs.shape, len(split.classes)
        built: list[Job] = []
        alone: list[list[Job]] = []
        specs: list[nn.NetworkSpec] = []
        for job in jobs:
            try:
                specs.append(network_spec(job.trial.params, job.seed))
                built.append(job)
            except ValueError:
                alone.append([job])
        stacks = nn.stacks(specs, n_inputs, n_classes)
        stacks.sort(key=lambda stack: sum(nn.cost(specs[i], rows, n_inputs, n_classes) for i in stack), reverse=True)
        # By number within a stack, as it comes back from the store after a resume: BLAS rounds a network differently
        # at another place of the stack.
        by_number = [sorted((built[i] for i in stack), key=lambda j: (j.trial.number, j.replicate)) for stack in stacks]
        return alone + by_number

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Train the networks of a batch together; one that falls below the bar leaves it."""
        split, name = prepare(self.data), self.metric.name
        recorders = [Recorder(self.metric, bar, job.trial.number) for job in batch]

        def falls_behind(number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
            recorders[number].add({name: metrics[name.replace("val_", "validation_")]}, epoch)
            return recorders[number].stopped

        try:
            specs = [network_spec(job.trial.params, job.seed) for job in batch]
            ends = [spec.epochs if job.until is None else job.until for job, spec in zip(batch, specs, strict=True)]
            trained = nn.train(
                [replace(spec, epochs=min(spec.epochs, end)) for spec, end in zip(specs, ends, strict=True)],
                split.train,
                split.validation,
                len(split.classes),
                states=[nn.load(self._checkpoint(job, job.start)) if job.start else None for job in batch],
                on_epoch=falls_behind if bar.places else None,
            )
        except (ValueError, OSError, MemoryError) as err:
            status = Status.OUT_OF_MEMORY if isinstance(err, MemoryError) else Status.FAILED
            return [Result(status, error=str(err) or "not enough memory") for _ in batch]
        results = [_result(*each, len(batch)) for each in zip(trained, recorders, strict=True)]
        for i, job in enumerate(batch):
            if ends[i] < specs[i].epochs and results[i].status is Status.COMPLETE:
                self._keep(trained[i].state, self._checkpoint(job, ends[i]))
                results[i] = replace(results[i], status=Status.PAUSED)
        return self._with_best_model(batch, results, trained)

    def _checkpoint(self, job: Job, epoch: int) -> Path:
        return checkpoint_folder(self.run, job, epoch) / "network.npz"

    def _keep(self, state: nn.NetworkState, path: Path) -> None:
        """Keep a network that has more epochs to go, written beside and renamed, to be carried on from."""
        partial = path.with_name(f"{path.name}.partial")
        with needing_space(self.run):
            path.parent.mkdir(parents=True, exist_ok=True)
            nn.save(state, partial)
            partial.replace(path)

    def _with_best_model(
        self, batch: Sequence[Job], results: list[Result], trained: Sequence[nn.TrainingResult]
    ) -> list[Result]:
        """The results, the best of them with its network; the others would only fill the pipe."""
        sign, name = self.metric.sign, self.metric.name
        scores = [sign * r.metrics[name] if r.status is Status.COMPLETE else -np.inf for r in results]
        # Of equals the earlier trial, as in the ranking.
        best = max(range(len(batch)), key=lambda i: (scores[i], -batch[i].trial.number))
        if np.isfinite(scores[best]):
            file = io.BytesIO()  # of an NPZ file, without the optimizer's sums, which only training needs
            nn.save(replace(trained[best].state, sums={}, totals={}), file)
            results[best] = replace(results[best], model=file.getvalue())
        return results


def _result(trained: nn.TrainingResult, recorder: Recorder, stacked: int) -> Result:
    """What came of a network."""
    curve = {name: getattr(trained, name.replace("val_", "validation_")) for name in NETWORK_METRICS}
    metrics = {name: values[-1] for name, values in curve.items() if values}
    status, error = Status.COMPLETE, ""
    if trained.diverged_epoch is not None:
        status, error = Status.DIVERGED, f"the loss was no longer finite after epoch {trained.diverged_epoch}"
    elif recorder.stopped:
        status = Status.STOPPED
    return Result(status, metrics, curve, trained.seconds / stacked, stacked, error or None, recorder.fell)

"""What an objective and its settings keep to."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from hpsearch.config import Config, json_schema, read_config
from hpsearch.document import keys_of
from hpsearch.objectives import OBJECTIVES, Objective, ObjectiveSettings
from hpsearch.trial import Job, Result


def check_objective_settings(kind: type[ObjectiveSettings], configs: Sequence[str], folder: Path) -> list[Config]:
    """A row of OBJECTIVES: every one of these configs is read, and decides other trials than the rest.

    configs: texts of valid configs, any two of which differ in what of the objective decides the trials.
    folder: where they lie.
    """
    assert kind in OBJECTIVES.values(), f"{kind.__name__}: is no row of OBJECTIVES, so that no config can name it"
    key = next(iter(kind.keys))
    assert OBJECTIVES.get(key) is kind, f"{kind.__name__}: its first key, `{key}`, chooses it"
    assert all(one.doc for one in kind.keys.values()), f"{kind.__name__}: each of its keys has a meaning"
    schema = str(json_schema()["properties"])
    for one in [*kind.keys, *(name for record in kind.sections.values() for name in keys_of(record))]:
        assert f"'{one}'" in schema, f"{kind.__name__}: `{one}` is not in the JSON Schema"
    read = [read_config(text, source="config", folder=folder) for text in configs]
    identities = [tuple(sorted(config.identity().items())) for config in read]
    for config in read:
        assert isinstance(config.objective, kind), f"{kind.__name__}: another objective was read"
    distinct = len(set(identities)) == len(identities)
    assert distinct, f"{kind.__name__}: what decides the trials is not all in its identity"
    return read


def check_objective(objective: Objective, jobs: Sequence[Job]) -> list[Result]:
    """It trains these jobs, whose results may be failures but never exceptions; the results, in the order of jobs."""
    name = type(objective).__name__
    assert pickle.loads(pickle.dumps(objective)) == objective, f"{name}: it travels to a worker and arrives the same"  # noqa: S301
    assert objective.wave >= 1, f"{name}: it wants at least one job at a time"
    batches = objective.batches(jobs)
    found = sorted(job.trial.number for batch in batches for job in batch)
    assert found == sorted(job.trial.number for job in jobs), f"{name}: each job is in one batch"
    assert objective.batches(jobs) == batches, f"{name}: batches depend on the jobs alone"
    results: dict[int, Result] = {}
    for batch in batches:
        done = objective(batch)
        assert len(done) == len(batch), f"{name}: a batch of {len(batch)} gave {len(done)} results"
        results |= {job.trial.number: result for job, result in zip(batch, done, strict=True)}
    for result in results.values():
        assert not result.status.is_failure or result.error, f"{name}: a failure has a reason"
        assert result.seconds >= 0, f"{name}: a result says how long it took"
    return [results[job.trial.number] for job in jobs]

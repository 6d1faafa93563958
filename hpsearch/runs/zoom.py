"""Zooming: the region that the trials so far speak for, as a new round of the same run or as a config of its own."""

import os

from collections.abc import Sequence

from dataclasses import dataclass, replace

from math import isfinite

from pathlib import Path

from typing import Any

from hpsearch.config import Config, write_file, yaml_lines

from hpsearch.errors import HpsearchError, UsageError

from hpsearch.insight import Refinement, refine

from hpsearch.objectives import HYPERPARAMETERS

from hpsearch.runs.run import Run, resume_run, stored_config

from hpsearch.space import Numeric, Space

from hpsearch.store import Store

from hpsearch.trial import History


_MARGIN = 1e-3  # of a bound that is itself not allowed



@dataclass(frozen=True)
class ZoomPlan:
    """What a zoom would search.

    Attributes:
        folder: of the run.
        origin: the round that the ranges are refined from.
        round: the number of the new round.
        config: the run's config with the refined space.
        refinement: what became of each parameter, and why.
        by_hand: parameters whose range was set by hand.
    """

    folder: Path
    origin: int
    round: int
    config: Config
    refinement: Refinement
    by_hand: tuple[str, ...]

    def begin(self, trials: int, workers: str | None = None) -> Run:
        """Open the run for writing, with the new round begun; what was waiting in older rounds is dropped."""
        run = resume_run(self.folder, workers)
        try:
            run.store.drop_pending()
            run.history = run.store.history()
            reasons = {step.name: step.reason for step in self.refinement.steps}
            why = {"why": f"zoomed from round {self.origin}", "from": self.origin, "reasons": reasons}
            budget = {"method": "random", "until": len(run.history) + trials}
            run.store.add_round(self.round, dict(self.config.document["parameters"]), why | budget)
            run.rounds = run.store.rounds()
            return run
        except BaseException:
            run.store.close()
            raise


def plan_zoom(
    folder: Path, *, top: float | None = None, from_round: int | None = None, overrides: Sequence[str] = ()
) -> ZoomPlan:
    """Refine the space of a round (the newest by default) by its trials and those of earlier rounds.

    Raises:
        UsageError: no such round, or `overrides` name something that is no parameter.
        HpsearchError: no trial has succeeded.
    """
    with Store(folder) as store:
        facts, rounds, history = store.facts(), store.rounds(), store.history()
    origin = max(rounds) if from_round is None else from_round
    if origin not in rounds:
        raise UsageError(f"{folder.name} has rounds 1 to {max(rounds)}, no round {origin}")
    known = History(history.metric, ((t, history.results.get(t.number)) for t in history.trials if t.round <= origin))
    if known.best() is None:
        raise HpsearchError(f"{folder}: no trial has succeeded, so there is nothing to zoom to")
    space = space_of_round(facts, rounds, origin, folder)
    refinement = _unbounded(refine(_bounded(space), known, top=top), space)
    config = stored_config(facts, folder, parameters=_document(refinement.space))
    by_hand = tuple(override.partition("=")[0].strip().removeprefix("parameters.") for override in overrides)
    for name in by_hand:
        if name not in config.space:
            raise UsageError(
                f"--set {name}: no such parameter; they are {', '.join(p.name for p in config.space.parameters)}"
            )
    if overrides:
        config = stored_config(facts, folder, parameters=_document(refinement.space), overrides=overrides)
    return ZoomPlan(folder, origin, max(rounds) + 1, config, refinement, by_hand)


def _bounded(space: Space) -> Space:
    """The space with the bounds of a network's hyperparameters as limits: dropout, say, stays below 1."""
    parameters = []
    for parameter in space.parameters:
        known, distribution = HYPERPARAMETERS.get(parameter.name), parameter.distribution
        if known and parameter.limits is None and isinstance(distribution, Numeric) and isfinite(known.high):
            high = max(distribution.max, known.high * (1 - _MARGIN) if known.open_high else known.high)
            parameter = replace(parameter, limits=(min(distribution.min, known.low), high))
        parameters.append(parameter)
    return Space(tuple(parameters))


def _unbounded(refinement: Refinement, space: Space) -> Refinement:
    """The refinement with the limits that the config gave, and no others."""
    parameters = (replace(p, limits=space[p.name].limits) for p in refinement.space.parameters)
    return replace(refinement, space=Space(tuple(parameters)))


def space_of_round(facts: dict[str, Any], rounds: dict[int, dict[str, Any]], number: int, folder: Path) -> Space:
    """The space that a round searched."""
    return stored_config(facts, folder, parameters=rounds[number]["space"]).space


def _document(space: Space) -> dict[str, Any]:
    return {p.name: p.spec() for p in space.parameters}


def write_config(plan: ZoomPlan, path: Path, trials: int) -> None:
    """Write the refined space as a config of its own, each range with its reason.

    Raises:
        StoreError: the file cannot be written.
    """
    document = dict(plan.config.document)
    document["name"] = f"{plan.folder.name}-zoom"
    document["search"] = {"method": "random", "trials": trials, "seed": plan.config.search.seed}
    data = document.get("data")
    if isinstance(data, dict):
        places = {key: _moved(plan.config.folder, data[key], path) for key in ("path", "labels") if key in data}
        document["data"] = data | places
    parameters = document.pop("parameters")
    found = plan.refinement
    lines = [f"# Refined from the best {found.considered} of {found.finished} trials of {plan.folder.name}."]
    lines += [*yaml_lines(document), "parameters:"]
    reasons = {step.name: step.reason for step in found.steps if step.name not in plan.by_hand}
    for name, spec in parameters.items():
        lines += [f"  # {reasons[name]}"] if name in reasons else []
        lines += [f"  {line}" for line in yaml_lines({name: spec})]
    write_file(path, "\n".join(lines) + "\n")


def _moved(folder: Path, place: str, target: Path) -> str:
    """A path of the old config as the new one has to write it."""
    return os.path.relpath((folder / place).resolve(), target.resolve().parent)

"""Zooming: the region that the trials so far speak for, as a new round of the same run or as a config of its own."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hpsearch.config import Config, config_of, stored_config, write_file
from hpsearch.document import yaml_lines
from hpsearch.errors import NoResultError, UsageError
from hpsearch.insight import Refinement, refine
from hpsearch.methods import DEFAULT_METHOD
from hpsearch.objectives import ObjectiveSettings
from hpsearch.runs.opening import resume_run
from hpsearch.runs.run import Run
from hpsearch.space import Space
from hpsearch.store import Round, Store
from hpsearch.surrogate.observations import observe


@dataclass(frozen=True)
class ZoomPlan:
    """What a zoom of the run in `folder` would search: `space`, as the round of the number `round`.

    Attributes:
        origin: the round that the ranges are refined from.
        refinement: what became of each parameter, and why.
        by_hand: parameters whose range was set by hand.
        past: how many finished trials came in past the end of the search, and are deleted.
    """

    folder: Path
    origin: int
    round: int
    space: Space
    config: Config
    refinement: Refinement
    by_hand: tuple[str, ...]
    past: int = 0

    def begin(self, trials: int, workers: str | None = None) -> Run:
        """Open the run for writing, with the new round begun; what was waiting in older rounds is dropped."""
        run = resume_run(self.folder, workers)
        try:
            run.begin_round(
                Round(
                    self.round,
                    self.space.stored(),
                    f"zoomed from round {self.origin}",
                    origin=self.origin,
                    reasons={step.name: step.reason for step in self.refinement.steps},
                    method=DEFAULT_METHOD,
                    until=run.history.finished + trials,
                )
            )
        except BaseException:
            run.store.close()
            raise
        return run


def plan_zoom(
    folder: Path, *, top: float | None = None, from_round: int | None = None, overrides: Sequence[str] = ()
) -> ZoomPlan:
    """Refine the space of a round (the newest by default) by its trials and those of earlier rounds.

    Raises:
        UsageError: no such round, or `overrides` name something that is no parameter.
        NoResultError: no trial has succeeded.
    """
    with Store(folder) as store:
        config = config_of(store.facts(), folder)
        run = Run.of(config, store)
        rounds, history, past = run.rounds, run.history, run.past
    origin = max(rounds) if from_round is None else from_round
    if origin not in rounds:
        raise UsageError(f"{folder.name} has rounds 1 to {max(rounds)}, no round {origin}", code="U102")
    known = history.until_round(origin)
    if known.best() is None:
        raise NoResultError(f"{folder}: no trial has succeeded, so there is nothing to zoom to")
    space = Space.from_spec(rounds[origin].space)
    refinement = _unbounded(refine(observe(_bounded(space, config.objective), known), top=top), space)
    by_hand = tuple(override.partition("=")[0].strip().removeprefix("parameters.") for override in overrides)
    for name in by_hand:
        if name not in refinement.space:
            names = ", ".join(p.name for p in refinement.space.parameters)
            raise UsageError(f"--set {name}: no such parameter; they are {names}", code="U102")
    new = _set_by_hand(config, refinement.space, overrides) if overrides else refinement.space
    return ZoomPlan(folder, origin, max(rounds) + 1, new, config, refinement, by_hand, past)


def _set_by_hand(config: Config, space: Space, overrides: Sequence[str]) -> Space:
    """The space with some ranges as a person wrote them, read as a config's."""
    # Points and grids were laid out for the old ranges.
    document = {key: value for key, value in config.document.items() if key != "search"}
    document |= {"name": config.name, "parameters": space.spec()}
    return stored_config(document, source=config.name, folder=config.folder, overrides=overrides).space


def _bounded(space: Space, objective: ObjectiveSettings) -> Space:
    """The space with the bounds that the objective knows as limits: dropout, say, stays below 1."""
    parameters = []
    for parameter in space.parameters:
        limits = objective.limits(parameter.name)
        if limits and parameter.limits is None and parameter.distribution.scale is not None:
            low, high = parameter.distribution.ends
            parameter = replace(parameter, limits=(min(low, limits[0]), max(high, limits[1])))
        parameters.append(parameter)
    return replace(space, parameters=tuple(parameters))


def _unbounded(refinement: Refinement, space: Space) -> Refinement:
    """The refinement with the limits that the config gave, and no others."""
    parameters = (replace(p, limits=space[p.name].limits) for p in refinement.space.parameters)
    return replace(refinement, space=replace(refinement.space, parameters=tuple(parameters)))


def write_config(plan: ZoomPlan, path: Path, trials: int) -> None:
    """Write the refined space as a config of its own, each range with its reason.

    Raises:
        StoreError: the file cannot be written.
    """
    document = dict(plan.config.document)
    document["name"] = f"{plan.folder.name}-zoom"
    document["search"] = {"method": DEFAULT_METHOD, "trials": trials, "seed": plan.config.search.seed}
    data = document.get("data")
    if isinstance(data, Mapping):
        old, new = plan.config.folder, path.resolve().parent  # where relative paths start
        places = {key: old / data[key] for key in ("path", "labels") if key in data}
        document["data"] = dict(data) | {key: os.path.relpath(place.resolve(), new) for key, place in places.items()}
    del document["parameters"]
    found = plan.refinement
    lines = [f"# Refined from the best {found.considered} of {found.finished} trials of {plan.folder.name}."]
    lines += [*yaml_lines(document), "parameters:"]
    reasons = {step.name: step.reason for step in found.steps if step.name not in plan.by_hand}
    for name, spec in plan.space.spec().items():
        lines += [f"  # {reasons[name]}"] if name in reasons else []
        lines += [f"  {line}" for line in yaml_lines({name: spec})]
    write_file(path, "\n".join(lines) + "\n")

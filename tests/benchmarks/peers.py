"""Search methods to be compared with: the naive zoom of a person in a hurry, and Optuna's TPE."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hpsearch.history import History
from hpsearch.methods import Plan, make_method
from hpsearch.methods.random import draw
from hpsearch.space import Choice, Numeric, Ordinal, Space
from hpsearch.trial import Metric, Result, Status

Score = Callable[[Mapping[str, Any], int], float]  # settings, trial number -> score; -inf for a failure
Run = tuple[list[dict[str, Any]], list[float]]


def with_method(name: str) -> Callable[[Space, int, int, Score], Run]:
    """Run a method of hpsearch, whole rounds at a time."""

    def run(space: Space, trials: int, seed: int, score: Score) -> Run:
        method = make_method(name, Plan(space, seed=seed, trials=trials))
        history = History(Metric("score"))
        while jobs := method.next_jobs(history, trials):
            for job in jobs:
                history.add(job)
            for job in jobs:
                value = score(job.trial.params, job.trial.number)
                status = Status.COMPLETE if np.isfinite(value) else Status.FAILED
                history.finish(job, Result(status, {"score": value}))
        return [dict(trial.params) for trial in history.trials], history.scores().tolist()

    return run


def naive_zoom(space: Space, trials: int, seed: int, score: Score) -> Run:
    """Draw at random; after half and after three quarters of the trials, from the box around the best tenth."""
    region, settings, scores = space, [], []
    for number in range(1, trials + 1):
        if number in (trials // 2 + 1, 3 * trials // 4 + 1):
            region = box(space, settings, np.array(scores))
        settings += region.decode(draw(seed, 1, number, 0, region.dimensions)[None])
        scores.append(score(settings[-1], number))
    return settings, scores


def box(space: Space, settings: list[dict[str, Any]], scores: np.ndarray) -> Space:
    """The smallest ranges that hold the best tenth, and the values among them."""
    best = [settings[i] for i in np.argsort(-scores, kind="stable")[: max(2, len(scores) // 10)]]
    points = space.encode(best)
    parameters = {}
    for axis, parameter in enumerate(space.searched):
        units = points[~np.isnan(points[:, axis]), axis]
        old = parameter.distribution
        if isinstance(old, Choice) and not isinstance(old, Ordinal):
            kept = tuple(v for v in old.values if v in [params.get(parameter.name) for params in best])
            parameters[parameter.name] = replace(parameter, distribution=Choice(kept or old.values))
        elif len(units) > 1 and units.max() > units.min():
            parameters[parameter.name] = replace(parameter, distribution=old.stretch(units.min(), units.max()))
    return Space(tuple(parameters.get(p.name, p) for p in space.parameters))


def tpe(space: Space, trials: int, seed: int, score: Score) -> Run:
    """Optuna's TPESampler with its defaults, one trial after the other (the best case for it)."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    settings, scores = [], []
    for number in range(1, trials + 1):
        trial = study.ask()
        params = _suggested(space, trial)
        value = score(params, number)
        settings.append(params)
        scores.append(value)
        if np.isfinite(value):
            study.tell(trial, value)
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return settings, scores


def _suggested(space: Space, trial: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    pending = list(space.parameters)
    while pending:
        ready = [p for p in pending if not any(parent in {q.name for q in pending} for parent in p.parents)]
        for parameter in ready:
            if parameter.exists(values):
                values[parameter.name] = _suggest(trial, parameter.name, parameter.distribution)
        pending = [p for p in pending if p not in ready]
    return values


def _suggest(trial: Any, name: str, old: Any) -> Any:
    if not isinstance(old, Numeric):
        return trial.suggest_categorical(name, list(old.values)) if isinstance(old, Choice) else old.value
    if old.integer:
        return trial.suggest_int(name, int(old.min), int(old.max), log=old.name == "lograndint")
    if old.name == "reverseloguniform":
        return 1 - trial.suggest_float(name, 1 - old.max, 1 - old.min, log=True)
    return trial.suggest_float(name, old.min, old.max, log=old.name == "loguniform")

"""Opening a run: a new one, one that goes on, and one whose config has been edited since."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpsearch.config import KEEPS_TIME, Config, config_of
from hpsearch.errors import UsageError
from hpsearch.runs.editing import Agree, take_over
from hpsearch.runs.run import Run
from hpsearch.store import Facts, Round, Store, holds_run
from hpsearch.system.environment import versions
from hpsearch.trial import Metric


def open_run(config: Config, runs: Path, *, new: bool = False, add: int = 0, agree: Agree | None = None) -> Run:
    """Start the run of a config, or take it up where it was.

    Args:
        config: what to search.
        runs: the folder of all runs.
        new: never take up an old run; number the name instead.
        add: so many trials more than the search has had up to now.
        agree: asked whether the run goes on with what has been edited of its space in a new round; None for no.

    Raises:
        UsageError: a timeout of the config cannot be kept.
        ConfigChangedError: the run exists with another config or other data.
        StoreError, RunLockedError: the folder cannot be used.
    """
    if unkept := config.execution.unkept(config.objective):  # of a run that an earlier version began
        raise UsageError(f"{config.name}: {unkept}\n  {KEEPS_TIME}", code="C108")
    folder = folder_of(config, runs, new=new)
    config = replace(config, name=folder.name)
    identity = {**config.identity(), **config.objective.content()}
    store = Store(folder, write=True, first=lambda: beginning(config, identity))
    try:
        notes = [] if store.begun else take_over(store, config, identity, agree)
        run = Run.of(config, store)
        run.notes += notes
        if not store.begun and (run.goal.given or store.facts().ending):
            run.reload()
        run.note_trainer()
        if add:
            run.add(add)
        return run
    except BaseException:
        store.close()
        raise


def folder_of(config: Config, runs: Path, *, new: bool = False) -> Path:
    """The folder of a config's run; a `new` one is numbered where there is one of that name."""
    folder = runs / config.name
    numbered = (folder.with_name(f"{folder.name}-{i}") for i in itertools.count(2))
    return next(path for path in itertools.chain([folder], numbered) if not (new and holds_run(path)))


def resume_run(folder: Path, workers: str | None = None) -> Run:
    """Take up a run by its folder, with the config that it was last run with; other workers are for this time.

    Raises:
        ConfigChangedError: its data has changed since.
        StoreError, RunLockedError: the folder cannot be used.
    """
    with Store(folder) as store:
        facts = store.facts()
    config = config_of(facts, folder, [f"execution.workers={workers}"] if workers else [])
    return open_run(replace(config, document=facts.document), folder.parent)


def beginning(config: Config, identity: Mapping[str, str]) -> tuple[Facts, Round]:
    """The facts and the round that a run begins with."""
    facts = Facts(
        config.metric,
        document=dict(config.document),
        config=config.text,
        folder=str(config.folder.resolve()),
        identity=identity,
        examples=config.objective.examples(config.metric),
        versions=versions(),
    )
    return facts, Round(1, config.space.stored(), "the space of the config")


def facts_from(known: Mapping[str, Any], folder: Path) -> Facts:
    """All facts of the run in `folder`: those that a damaged database has, the others as its config says.

    Raises:
        HpsearchError: the config needs data that is not there.
    """
    kept = {name: value for name, value in known.items() if name in Facts.__dataclass_fields__}
    kept |= {"metric": Metric(**kept.get("metric", {"name": ""})), "ending": None}
    config = config_of(Facts(**kept), folder)
    return beginning(config, {**config.identity(), **config.objective.content()})[0]

"""The config of a run that exists, from what its store holds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hpsearch.config.config import Config
from hpsearch.config.read import stored_config
from hpsearch.space import Space
from hpsearch.store import Facts


def config_of(facts: Facts, folder: Path, overrides: Sequence[str] = ()) -> Config:
    """The config that a run was started with; its space is the one that was stored, not one judged anew."""
    document, space = {**facts.document, "name": folder.name}, Space.from_spec(facts.document["parameters"])
    config = stored_config(
        document, source=f"{folder}/config", folder=Path(facts.folder), overrides=overrides, space=space
    )
    return replace(config, text=facts.config)

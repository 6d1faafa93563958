"""Facts of a run that a damaged database lost, from the config that it kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpsearch.config import config_of
from hpsearch.runs.run import beginning
from hpsearch.store import Facts
from hpsearch.trial import Metric


def facts_from(known: Mapping[str, Any], folder: Path) -> Facts:
    """All facts of the run in `folder`: those that are known, and the others as the config makes them.

    Raises:
        HpsearchError: the config needs data that is not there.
    """
    kept = {name: value for name, value in known.items() if name in Facts.__dataclass_fields__}
    kept["metric"] = Metric(**kept["metric"]) if "metric" in kept else Metric("")
    config = config_of(Facts(**kept), folder)
    identity = {**config.identity(), **config.objective.content()}
    return beginning(config, identity)[0]

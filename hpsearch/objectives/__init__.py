"""What a trial trains: each objective turns a batch of jobs into results."""

from hpsearch.objectives.checkpoints import remove, remove_all_but
from hpsearch.objectives.command.settings import CommandSettings
from hpsearch.objectives.folder import (
    RUN,
    checkpoint_folder,
    forget_before,
    outputs,
    put_in_place,
    request_stop,
    set_aside,
)
from hpsearch.objectives.function.settings import FunctionSettings
from hpsearch.objectives.network.hyperparameters import HYPERPARAMETERS
from hpsearch.objectives.network.settings import NetworkSettings
from hpsearch.objectives.objective import Objective, ObjectiveSettings
from hpsearch.objectives.progress import RUNNING, Running, awaited, note_awaited, running, slowest_and_best, thinned

OBJECTIVES: dict[str, type[ObjectiveSettings]] = {
    "model": NetworkSettings,
    "command": CommandSettings,
    "function": FunctionSettings,
}
"""The key of a config that chooses it -> the objective."""

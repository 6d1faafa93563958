"""What a trial trains: each objective turns a batch of jobs into results."""

from hpsearch.objectives.command.running import CommandObjective, CommandSettings
from hpsearch.objectives.folder import request_stop, tail, trial_folder
from hpsearch.objectives.function.running import FunctionObjective, FunctionSettings, VectorizedObjective
from hpsearch.objectives.network.hyperparameters import HYPERPARAMETERS, Hyperparameter
from hpsearch.objectives.network.training import NETWORK_METRICS, NetworkObjective, network_spec
from hpsearch.objectives.objective import Objective

__all__ = [
    "HYPERPARAMETERS",
    "NETWORK_METRICS",
    "CommandObjective",
    "CommandSettings",
    "FunctionObjective",
    "FunctionSettings",
    "Hyperparameter",
    "NetworkObjective",
    "Objective",
    "VectorizedObjective",
    "network_spec",
    "request_stop",
    "tail",
    "trial_folder",
]

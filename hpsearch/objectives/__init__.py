"""What a trial trains: each objective turns a batch of jobs into results."""

from hpsearch.objectives.hyperparameters import HYPERPARAMETERS, Hyperparameter
from hpsearch.objectives.network import NETWORK_METRICS, NetworkObjective, network_spec
from hpsearch.objectives.objective import Objective

__all__ = [
    "HYPERPARAMETERS",
    "NETWORK_METRICS",
    "Hyperparameter",
    "NetworkObjective",
    "Objective",
    "network_spec",
]

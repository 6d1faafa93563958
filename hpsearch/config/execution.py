"""Reads `execution:`: where and how trials run."""

from hpsearch.config.config import ExecutionSettings
from hpsearch.config.keys import EXECUTION
from hpsearch.config.loader import Node
from hpsearch.config.mistakes import Mistakes

__all__ = ["read_execution"]


def read_execution(node: Node | None, mistakes: Mistakes) -> ExecutionSettings:
    """The settings, by default where the config says nothing."""
    values = mistakes.section(node, EXECUTION, "execution")
    values["workers"] = 0 if values["workers"] == "inline" else values["workers"]
    values["devices"] = tuple(values["devices"])
    workers, devices = values["workers"] or 0, values["devices"]
    if devices and workers > len(devices) and node is not None:
        place = (node.get("workers") or node).place
        fix = f"leave `workers` out for one per device, or name a device twice: devices: {[*devices, devices[-1]]}"
        mistakes.at(place, f"execution: {workers} workers cannot share {len(devices)} devices", fix)
    return ExecutionSettings(**values)

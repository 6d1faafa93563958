"""Settings as YAML text that the reader takes back unchanged, a line for each."""

from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["yaml_lines"]


def yaml_lines(values: Mapping[str, Any]) -> list[str]:
    """`name: value` for each entry; lists and mappings in one line."""
    return [
        yaml.safe_dump({name: value}, default_flow_style=True, sort_keys=False, width=10**6).strip()[1:-1]
        for name, value in values.items()
    ]

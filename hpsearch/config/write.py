"""Settings as YAML text that the reader takes back unchanged, a line for each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hpsearch.errors import StoreError


def yaml_lines(values: Mapping[str, Any]) -> list[str]:
    """`name: value` for each entry; lists and mappings in one line."""
    return [
        yaml.safe_dump({name: value}, default_flow_style=True, sort_keys=False, width=10**6).strip()[1:-1]
        for name, value in values.items()
    ]


def write_file(path: Path, text: str) -> None:
    """Write a config.

    Raises:
        StoreError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as err:
        raise StoreError(f"{path}: cannot be written: {err.strerror}\n  choose another place") from err

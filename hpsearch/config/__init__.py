"""YAML text -> a frozen, checked Config; every mistake is found before anything runs."""

from hpsearch.config.config import Config, ConfirmSettings, ExecutionSettings, SearchSettings
from hpsearch.config.lint import lint
from hpsearch.config.read import load_config, read_config
from hpsearch.config.schema import json_schema
from hpsearch.config.write import write_file, yaml_lines
from hpsearch.document import read_duration

__all__ = [
    "Config",
    "ConfirmSettings",
    "ExecutionSettings",
    "SearchSettings",
    "json_schema",
    "lint",
    "load_config",
    "read_config",
    "read_duration",
    "write_file",
    "yaml_lines",
]

"""YAML text -> a frozen, checked Config; every mistake is found before anything runs."""

from hpsearch.config.config import Config, ExecutionSettings, SearchSettings
from hpsearch.config.keys import NAME
from hpsearch.config.lint import lint
from hpsearch.config.read import load_config, read_config, stored_config
from hpsearch.config.schema import json_schema
from hpsearch.config.write import write_file, yaml_lines

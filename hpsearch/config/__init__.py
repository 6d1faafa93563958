"""YAML text -> a frozen, checked Config; every mistake is found before anything runs."""

from hpsearch.config.config import KEEPS_TIME, Config, ExecutionSettings, SearchSettings
from hpsearch.config.keys import json_schema
from hpsearch.config.lint import lint
from hpsearch.config.read import config_of, load_config, read_config, stored_config, write_file

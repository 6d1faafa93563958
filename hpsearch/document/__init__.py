"""What a config is written in: YAML text -> nodes with their places, kinds of values, declared keys, mistakes."""

from hpsearch.document.keys import Key, Mistakes, defaults_of, given, keys_of, section_schema
from hpsearch.document.kinds import (
    COUNTS,
    SEED,
    Boolean,
    Duration,
    Either,
    Integer,
    Invalid,
    Kind,
    ListOf,
    Moment,
    Number,
    OneOf,
    Size,
    Text,
    Words,
    check_file,
    path_from,
    read_duration,
)
from hpsearch.document.nodes import Node, parse, yaml_lines
from hpsearch.document.scalars import (
    duration,
    for_spreadsheets,
    from_spreadsheet,
    is_number,
    quoted_name,
    quoted_value,
    reads_as_number,
    scalar,
    short,
    show,
    significant,
    told_apart,
    visible,
    written,
)

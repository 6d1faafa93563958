"""Data sets that a network can be trained on: built in, or a user's own file.

The way through: a `DataSource` (what a config's `data:` says) is read into a `Dataset` by `load`, cut and
normalized into a `Split` by `split`. `prepare` does both once per process. Axes: n rows, D inputs, C classes.
"""

from hpsearch.data.dataset import BUILT_IN, Column, Dataset, DataSource, Part, Predefined, Split
from hpsearch.data.files import SUPPORTED, listed, quoted, size_of
from hpsearch.data.loading import columns, fingerprint, load, prepare, problems
from hpsearch.data.partition import split

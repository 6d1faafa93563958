"""Starting configs: what to tune first, in the lecture's order, with ranges that suit the data."""

import os
import re
from pathlib import Path

from hpsearch.data import Dataset, DataSource, columns, load
from hpsearch.document import yaml_lines
from hpsearch.errors import UsageError
from hpsearch.methods import DEFAULT_METHOD


def config_for_data(path: Path, target: str | None, place: Path) -> str:
    """A commented config for a data file, to be written to `place`.

    Raises:
        UsageError: no target, where the file needs one.
        DataError: the file cannot be used; the text says why.
    """
    if target is None and re.search(r"\.(csv|tsv|parquet)(\.gz)?$", path.name):
        raise UsageError(f"which column holds the labels?\n  --target, one of: {', '.join(columns(path))}")
    data = load(DataSource(path=path, target=target))
    rows, features = data.inputs.shape
    widest = max(32, min(512, _power_of_two(2 * features), _power_of_two(rows / 4)))
    batches = [size for size in (8, 16, 32, 64, 128, 256) if size <= max(16, rows / 10)][-3:]
    source = {"path": os.path.relpath(path, place.parent)} | ({"target": target} if target else {})
    (data_line,) = yaml_lines({"data": source})
    epochs = max(10, min(100, int(round(40_000 / rows, -1))))  # a network sees about 40,000 examples
    return f"""\
# {path.name}: {rows:,} rows, {features} inputs, {len(data.classes)} classes{_balance(data)}.
# What to tune first is in this order; a range that turns out too small is said in the report.
model: network
{data_line}
metric: val_accuracy
parameters:
  # First of all the learning rate, on a log scale: a quarter of the trials in each power of ten.
  learning_rate: loguniform(1e-4, 1)

  # Then the width of the layers, the mini-batch size, and momentum (Adam's beta1 plays its part).
  units: lograndint(8, {widest})
  batch_size: {batches}
  beta1: reverseloguniform(0.8, 0.99) # 1 - 10^r: even over averages of the last 5 to 100 steps

  # Then the number of layers, and whether the learning rate decays.
  layers: randint(1, 3)
  decay: [none, exponential]
  decay_rate: {{distribution: uniform, min: 0.8, max: 0.99, when: {{decay: exponential}}}}

  # Practically never: Adam's other numbers stay what they are.
  optimizer: adam
  beta2: 0.999
  epsilon: 1e-8
  epochs: {epochs}
search: {{method: {DEFAULT_METHOD}, trials: 100, seed: 0}}
"""


def config_for_command() -> str:
    """A commented config for a command of the user's own."""
    return """\
# A search over a program of yours, as it stands: each {name} below becomes a value.
command: [python, train.py, --lr, "{lr}", --layers, "{layers}", --optimizer, "{optimizer}"]
# The last `val_loss=0.123`, `val_loss: 0.123` or JSON line with that name on the program's output.
metric: {name: val_loss, goal: minimize}
parameters:
  lr: loguniform(1e-5, 1e-1) # first of all the learning rate, on a log scale
  layers: randint(1, 4)
  optimizer: [adam, sgd]
search: {method: METHOD, trials: 50, seed: 0}
execution: {timeout: 30m, retries: 1}
""".replace("METHOD", DEFAULT_METHOD)


def _power_of_two(value: float) -> int:
    """The nearest power of two from below, at least 1."""
    return 1 << max(0, int(value).bit_length() - 1)


def _balance(data: Dataset) -> str:
    """How uneven the classes are, where that makes accuracy misleading."""
    counts = [int((data.labels == label).sum()) for label in range(len(data.classes))]
    largest = max(counts) / sum(counts)
    if largest < 1.5 / len(counts):
        return ""
    return f"; {largest:.0%} are {data.classes[counts.index(max(counts))]!r}, so accuracy starts there"

"""Every key that a config may have: what it must be, its default and what it means.

The reader, `hpsearch schema` and the check that README names them all go by these tables.
"""

from dataclasses import dataclass
from typing import Any

from hpsearch.config.kinds import Duration, Either, Integer, Kind, ListOf, Number, OneOf, Text, Words
from hpsearch.data import BUILT_IN
from hpsearch.methods import METHODS

__all__ = ["DATA", "EXECUTION", "FOREIGN_KEYS", "METRIC", "PARAMETER", "SEARCH", "SECTIONS", "TOP", "Key"]


@dataclass(frozen=True)
class Key:
    """One key. `kind` is None where the value has a reader of its own."""

    doc: str
    kind: Kind | None = None
    default: Any = None


NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`")

TOP = {
    "name": Key("name of the run and of its folder under runs/; the file's name by default", NAME),
    "model": Key("what is trained: `network`, the built-in NumPy network", OneOf(("network",))),
    "data": Key("a built-in data set by name, or a mapping for one of your own"),
    "metric": Key("what trials are ranked by: a name, or {name, goal}"),
    "parameters": Key("the hyperparameters: name -> distribution"),
    "search": Key("how the space is searched"),
    "execution": Key("where and how trials run"),
}

DATA = {
    "name": Key("a built-in data set", OneOf(tuple(BUILT_IN))),
    "path": Key("your file: .csv, .tsv, .parquet, .npz or IDX, gzip where usual", Text(form="a path")),
    "target": Key("the column, or the NPZ array, that holds the labels", Text(form="a column")),
    "labels": Key("the labels file of an IDX file, where its name does not tell", Text(form="a path")),
    "drop": Key("columns that are not inputs", ListOf(Text(form="a column")), ()),
    "validation": Key("fraction of the rows that trials are ranked by", Number(above=0, below=1), 0.2),
    "test": Key("fraction of the rows that no search sees", Number(above=0, below=1), 0.2),
    "seed": Key("of the split, and of generated points", Integer(min=0), 0),
    "points": Key("number of generated points (blobs, spirals)", Integer(min=10), 600),
    "classes": Key("number of generated classes (blobs, spirals)", Integer(min=2), 3),
    "noise": Key("spread of the generated points (blobs, spirals)", Number(min=0), 0.2),
}

METRIC = {
    "name": Key("which metric", Text(form="the name of a metric")),
    "goal": Key("`maximize` or `minimize`", OneOf(("maximize", "minimize"))),
}

_POINTS = Either(
    (Integer(min=2), Words(Integer(min=1))),
    "a number of points per parameter, or a mapping from parameters to numbers",
    lambda node: 1 if node.is_mapping else 0,
)

SEARCH = {
    "method": Key("how points are chosen", OneOf(tuple(METHODS)), "random"),
    "trials": Key("total number of trials", Integer(min=1, max=10_000_000)),
    "seed": Key("of the search, the initial weights and the data order", Integer(min=0), 0),
    "grid": Key("points per parameter of a grid: one number, or one per parameter", _POINTS),
    "points": Key("settings to try first, or with `method: points` alone: a list, or a CSV file"),
}

_WORKERS = Either(
    (Integer(min=1, max=1024), OneOf(("inline",))),
    "a number of processes, or `inline` for none",
    lambda node: 1 if isinstance(node.value, str) else 0,
)

EXECUTION = {
    "workers": Key("number of processes, or `inline`; one per core by default", _WORKERS),
    "timeout": Key("how long one trial may take, such as 30m", Duration()),
    "retries": Key("how often a trial is tried again when its process died", Integer(min=0, max=100), 1),
}

PARAMETER = {
    "distribution": Key("uniform, loguniform, reverseloguniform, randint, lograndint, choice or ordinal"),
    "min": Key("lower end, included", Number()),
    "max": Key("upper end, included", Number()),
    "step": Key("distance between values", Number(above=0)),
    "values": Key("the values of a choice or an ordinal"),
    "value": Key("one fixed value"),
    "when": Key("other parameter -> its values for which this one exists"),
    "limits": Key("[lowest, highest] that `zoom` may widen the range to"),
}

SECTIONS = {"data": DATA, "metric": METRIC, "search": SEARCH, "execution": EXECUTION}
"""Sections that are mappings -> their keys."""

FOREIGN_KEYS = {
    "n_trials": "search: {trials: ...}",
    "num_samples": "search: {trials: ...}",
    "n_iter": "search: {trials: ...}",
    "max_evals": "search: {trials: ...}",
    "max_trials": "search: {trials: ...}",
    "run_cap": "search: {trials: ...}",
    "count": "search: {trials: ...}",
    "trials": "search: {trials: ...}",
    "method": "search: {method: random}",
    "sampler": "search: {method: random}",
    "algorithm": "search: {method: random}",
    "strategy": "search: {method: random}",
    "seed": "search: {seed: ...}",
    "random_state": "search: {seed: ...}",
    "direction": "metric: {name: ..., goal: maximize}",
    "goal": "metric: {name: ..., goal: maximize}",
    "objective_metric": "metric: {name: ..., goal: maximize}",
    "program": "model: network",
    "search_space": "parameters:",
    "space": "parameters:",
    "param_distributions": "parameters:",
    "param_grid": "parameters:, with `search: {method: grid}`",
    "hyperparameters": "parameters:",
    "params": "parameters:",
    "n_jobs": "execution: {workers: ...}",
    "num_workers": "execution: {workers: ...}",
    "workers": "execution: {workers: ...}",
    "timeout": "execution: {timeout: 30m}",
    "dataset": "data:",
}
"""Keys of other tools -> what to write here."""

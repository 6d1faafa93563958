"""Every key that a config may have: what it must be, its default and what it means.

The reader, `hpsearch schema` and the check that README names them all go by these tables.
"""

from hpsearch.data import BUILT_IN
from hpsearch.document import Boolean, Duration, Either, Integer, Key, ListOf, Number, OneOf, Text, Words
from hpsearch.methods import METHODS
from hpsearch.objectives.command.template import BOOLEANS
from hpsearch.stopping import RULES

__all__ = [
    "COMMAND",
    "CONFIRM",
    "DATA",
    "EARLY_STOP",
    "EXECUTION",
    "FOREIGN_KEYS",
    "FUNCTION",
    "METRIC",
    "PARAMETER",
    "SEARCH",
    "SECTIONS",
    "TOP",
    "Key",
]


NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`")

TOP = {
    "name": Key("name of the run and of its folder under runs/; the file's name by default", NAME),
    "model": Key("what is trained: `network`, the built-in NumPy network", OneOf(("network",))),
    "command": Key("what is trained: a program of yours, as a list of words, a text, or a mapping"),
    "function": Key("what is trained: a Python function of yours, `package.module:name`, or a mapping"),
    "data": Key("a built-in data set by name, or a mapping for one of your own"),
    "metric": Key("what trials are ranked by: a name, or {name, goal}"),
    "parameters": Key("the hyperparameters: name -> distribution"),
    "search": Key("how the space is searched"),
    "execution": Key("where and how trials run"),
    "early_stop": Key("when a trial that has fallen behind is given up"),
}

COMMAND = {
    "line": Key("the program and its arguments; {NAME} is the value of a hyperparameter, ${args} all of them"),
    "booleans": Key("flags of true and false: --bn/--no-bn, --bn=true, or --bn/nothing", OneOf(BOOLEANS), "value"),
    "pattern": Key("regular expression whose named groups are metrics", Text(form="a regular expression")),
    "metrics_file": Key("JSON file of metrics that the program writes into its HPSEARCH_DIR", Text(form="a path")),
    "environment": Key("more environment variables, placeholders allowed", Words(Text(form="a text"))),
}

FUNCTION = {
    "path": Key("`package.module:name`", Text(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", "package.module:name")),
    "vectorized": Key("call it once with arrays for many trials", Boolean(), False),
}

EARLY_STOP = {
    "rule": Key("median: below the median of the others; halving: only the best go on", OneOf(tuple(RULES))),
    "after": Key("median: the first step at which a trial may be stopped", Integer(min=1), 1),
    "eta": Key("halving: of so many trials that reach a rung, one goes on", Integer(min=2), 3),
    "min": Key("halving: the first rung; the next are eta, eta^2, ... times as far", Integer(min=1), 1),
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
    (Integer(min=2, max=100_000), Words(Integer(min=1, max=100_000))),
    "a number of points per parameter, or a mapping from parameters to numbers",
    lambda node: 1 if node.is_mapping else 0,
)

SEARCH = {
    "method": Key("how points are chosen", OneOf(tuple(METHODS)), "random"),
    "trials": Key("total number of trials", Integer(min=1, max=10_000_000)),
    "seed": Key("of the search, the initial weights and the data order", Integer(min=0), 0),
    "grid": Key("points per parameter of a grid: one number, or one per parameter", _POINTS),
    "points": Key("settings to try first, or with `method: points` alone: a list, or a CSV file"),
    "rounds": Key("into how many rounds coarse_to_fine cuts the trials; about ten by default", Integer(min=2)),
    "confirm": Key("at the end, run the best few again with other seeds: {top: 5, replicates: 5}"),
}

CONFIRM = {
    "top": Key("how many of the best trials", Integer(min=1), 5),
    "replicates": Key("other seeds for each", Integer(min=2), 5),
}

_WORKERS = Either(
    (Integer(min=1, max=1024), OneOf(("inline",))),
    "a number of processes, or `inline` for none",
    lambda node: 1 if isinstance(node.value, str) else 0,
)

_THREADS = Integer(min=1, max=1024)
_DEVICES = ListOf(
    Either(
        (Integer(min=0), Text(r"[A-Za-z0-9/:_-]+")),
        "a number or a name of a device",
        lambda node: 1 if isinstance(node.value, str) else 0,
    )
)

EXECUTION = {
    "workers": Key("number of processes, or `inline`; one per core by default", _WORKERS),
    "timeout": Key("how long one trial may take, such as 30m", Duration()),
    "retries": Key("how often a trial is tried again when its process died", Integer(min=0, max=100), 1),
    "max_failures": Key("so many failed trials end the search", Integer(min=1)),
    "threads_per_worker": Key(
        "BLAS and OpenMP threads of a trial; its share of the cores by default, 1 for networks", _THREADS
    ),
    "devices": Key("one for each worker, which sees no other: CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES", _DEVICES, ()),
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

SECTIONS = {
    "data": DATA,
    "command": COMMAND,
    "function": FUNCTION,
    "metric": METRIC,
    "search": SEARCH,
    "search.confirm": CONFIRM,
    "execution": EXECUTION,
    "early_stop": EARLY_STOP,
}
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
    "program": "command: [python, train.py, ...]",
    "script": "command: [python, train.py, ...]",
    "cmd": "command: [python, train.py, ...]",
    "objective": "function: module:name",
    "target": "function: module:name",
    "early_terminate": "early_stop: {rule: halving}",
    "pruner": "early_stop: {rule: median}",
    "scheduler": "early_stop: {rule: halving}",
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

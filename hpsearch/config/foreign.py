"""Words of other tools: accepted where they mean the same, refused with an explanation where they do not."""

SPELLINGS = {
    "low": "min",
    "high": "max",
    "lower": "min",
    "upper": "max",
    "choices": "values",
    "categories": "values",
    "options": "values",
    "q": "step",
}
"""Keys of a parameter elsewhere -> ours."""

_ENDS = "`min: ...` and `max: ...`"
_BELL = "`min: ...` and `max: ...` with `distribution: uniform`; there are no bell curves here"

PARAMETER_KEYS = {
    "log": "`distribution: loguniform`",
    "log_scale": "`distribution: loguniform`",
    "scale": "`distribution: uniform`, `loguniform` or `reverseloguniform`",
    "type": "`distribution: ...`",
    "dist": "`distribution: ...`",
    "prior": "`distribution: ...`",
    "bounds": _ENDS,
    "range": _ENDS,
    "mu": _BELL,
    "mean": _BELL,
    "sigma": _BELL,
    "std": _BELL,
    "parameters": "the parameters themselves one level up: they do not nest",
    "condition": "`when: {other: [values]}`",
    "depends_on": "`when: {other: [values]}`",
}
"""Other keys of a parameter elsewhere -> what to write here."""

ALIASES = {
    "log_uniform_values": "loguniform",
    "q_log_uniform_values": "loguniform",
    "qloguniform": "loguniform",
    "log_uniform_int": "lograndint",
    "qlograndint": "lograndint",
    "int_uniform": "randint",
    "qrandint": "randint",
    "q_uniform": "uniform",
    "quniform": "uniform",
    "reverse_loguniform": "reverseloguniform",
    "reverse_log_uniform": "reverseloguniform",
    "categorical": "choice",
    "constant": "value",
    "fixed": "value",
}
"""Distributions elsewhere -> ours."""

_INVERSE = (
    "in the tools that have it this is a log-uniform draw under another name, not 1 - 10^r",
    "for values near 1, such as momentum, use `reverseloguniform`; else `loguniform`",
)
_EXPONENTS = (
    "elsewhere its min and max are exponents, so the same numbers would mean another range",
    "write `loguniform` with the values themselves: loguniform(0.0001, 1), not (-4, 0)",
)
_NORMAL = (
    "a bell curve spends most trials where you already believe the answer is",
    "use `uniform` or `loguniform` with the ends of the range",
)
_FLAVOUR = ("which scale?", "use `uniform`, `loguniform` or `reverseloguniform`")

REFUSED = {
    "log_uniform": _EXPONENTS,
    "q_log_uniform": _EXPONENTS,
    "inv_log_uniform": _INVERSE,
    "inv_log_uniform_values": _INVERSE,
    "normal": _NORMAL,
    "q_normal": _NORMAL,
    "log_normal": _NORMAL,
    "lognormal": _NORMAL,
    "randn": _NORMAL,
    "q_log_normal": _NORMAL,
    "float": _FLAVOUR,
    "int": ("which scale?", "use `randint` or `lograndint`"),
    "integer": ("which scale?", "use `randint` or `lograndint`"),
    "log": _FLAVOUR,
}
"""Distributions elsewhere -> why not, and what to write instead."""

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

"""hpsearch: hyperparameter search on the command line.

The way through, which is also the order in which to read the code:

    config.yaml -> config -> space -> methods -> search <-> executors -> objectives -> nn
                                                   |
                                                 store -> insight -> report

`config` reads YAML into a frozen Config with a Space of named distributions; a method from `methods` proposes
points of the unit cube; `search` hands them, in batches, to an executor whose workers call an objective (the built-in
network of `nn`); `store` keeps what comes back, and `report` shows it. `cli` has one file per command.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]

"""hpsearch: hyperparameter search on the command line.

The way through, which is also the order in which to read the code:

    config.yaml -> document -> config -> space -> methods -> engine <-> executors -> objectives -> nn
                                                                |
                                                              store -> insight -> report -> views

`config` reads YAML into a frozen Config with a Space of named distributions; a method from `methods` proposes points of
the unit cube; the loop of `engine` hands them, in batches, to an executor whose workers call an objective (the built-in
network of `nn`); `store` keeps what comes back, `report` finds out about it as data, and `views` draws that. `runs`
begins, resumes, zooms and confirms; `cli` has the commands. docs/architecture.md walks the same way.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]

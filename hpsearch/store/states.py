"""How it stands with a run's folder, in a word or two, and the error of one that cannot be read."""

from enum import StrEnum

from hpsearch.errors import StoreError


class State(StrEnum):
    """How it stands with a run, or with what is left of one."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"  # before its search was at its end; the same command goes on
    DONE = "done"
    FAILED = "failed"  # as a whole: nothing succeeded, or more failed than is suffered
    BEGUN = "only begun"
    DAMAGED = "damaged"
    NEWER = "newer"  # a later version wrote it
    GONE = "no database"
    REPAIRING = "half repaired"
    COPYING = "half copied"
    REMOVING = "half removed"
    UNREADABLE = "unreadable"  # whatever else: its permissions, its disk, its config


class UnreadableError(StoreError):
    """A run that cannot be read as it is; `state` says why in a word or two."""

    code = "S103"

    def __init__(self, message: str, state: State, *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.state = state

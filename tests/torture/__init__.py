"""Tortures, each a command of its own: python -m tests.torture.NAME [ATTEMPTS] [SEED]."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Counted(Protocol):
    """What came of the attempts; its text says how many there were and what they found."""

    faults: list[str]


def command(torture: Callable[[int, int, Path], Counted], attempts: int = 50) -> None:
    """Run a torture in a folder of its own, and say what came of it; exit code 1 where anything was found."""
    count, seed = (int(word) for word in (*sys.argv[1:], *(str(attempts), "0")[len(sys.argv) - 1 :]))
    said = os.fdopen(os.dup(1), "w")  # where nothing that is tortured in this process can close it
    with tempfile.TemporaryDirectory() as place:
        tally = torture(count, seed, Path(place))
    print(*tally.faults, tally, sep="\n\n", file=said, flush=True)
    sys.exit(bool(tally.faults))

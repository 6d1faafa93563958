"""How the trials of a search are cut into rounds: one over the whole space, then smaller ones."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Round", "round_at"]

_ROUNDS = 11
_COARSE = 0.25  # of the trials
_FEWEST = 5  # trials in the first round
_OPEN = (25, 10)  # trials of the first and of every further round where there is no end


@dataclass(frozen=True)
class Round:
    """The round with this number, from 1, takes the trials from `start` up to, not including, `end` (from 0)."""

    number: int
    start: int
    end: int


def round_at(index: int, trials: int | None, rounds: int | None = None) -> Round:
    """The round of the trial `index` (from 0) of a search of `trials` trials, or of one without end.

    rounds: how many there are; None for eleven. Fewer where they would be empty.
    """
    ends = [0, *_ends(index, trials, rounds or _ROUNDS)]
    number = int(np.searchsorted(ends, index, "right"))
    number = min(number, len(ends) - 1)
    return Round(number, ends[number - 1], ends[number])


def _ends(index: int, trials: int | None, rounds: int) -> list[int]:
    if trials is None:
        first, further = _OPEN
        return list(range(first, max(index, first) + further + 1, further))
    first = min(trials, max(_FEWEST, int(np.ceil(trials * max(_COARSE, 1 / rounds)))))
    return list(dict.fromkeys(int(end) for end in np.linspace(first, trials, rounds).round()))

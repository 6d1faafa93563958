"""The curve of a trial put together: of its segments, and of what it descends from up to where it branched off."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hpsearch.stopping import STEP
from hpsearch.store.tables import END, Row, checked
from hpsearch.trial import Trial

Curve = dict[str, list[float]]


@dataclass(frozen=True)
class Curves:
    """The curves of segments: trial -> the resource that a segment reached -> where it began, and what it showed."""

    pieces: Mapping[int, Mapping[int, tuple[int, Curve]]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Curves":
        """Those of rows, without replicates."""
        pieces: dict[int, dict[int, tuple[int, Curve]]] = {}
        for number, _, until, start, curve in checked(rows):
            pieces.setdefault(number, {})[until] = start, json.loads(curve)
        return cls(pieces)

    def whole(self, number: int, trials: Mapping[int, Trial]) -> Curve:
        """That of a trial, from the root of its line to its newest result; trials: those that were forked, by number.

        A segment that is not there leaves a gap.
        """
        own = self.pieces[number]
        return self.up_to(number, END if END in own else max(own), trials)

    def up_to(self, number: int, until: int, trials: Mapping[int, Trial]) -> Curve:
        """That of a trial to the end of a segment."""
        found: list[Curve] = []
        while True:
            trial, pieces = trials.get(number), self.pieces.get(number, {})
            if until not in pieces and trial is not None and trial.end == until:
                until = END
            if until not in pieces:
                return _joined(found)
            start, own = pieces[until]
            found.insert(0, own)
            if not start:
                return _joined(found)
            if trial is not None and trial.parent is not None and trial.branch == start:
                number = trial.parent
            until = start


def _joined(pieces: Sequence[Curve]) -> Curve:
    """One curve behind another, with the steps of all where they are not 1, 2, ..."""
    names = dict.fromkeys(name for piece in pieces for name in piece if name != STEP)
    found = {name: [value for piece in pieces for value in piece.get(name, [])] for name in names}
    steps: list[float] = []
    for piece in pieces:
        last, length = steps[-1] if steps else 0.0, max(map(len, piece.values()), default=0)
        steps += piece.get(STEP) or [last + i + 1 for i in range(length)]
    if steps != list(range(1, len(steps) + 1)):
        found[STEP] = steps
    return found

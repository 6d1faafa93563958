"""Hyperband: halving in brackets that begin at different rungs, for who does not know how early one can judge."""

from math import ceil
from typing import ClassVar

from hpsearch.methods.halving import Bracket, HalvingSearch, sizes
from hpsearch.methods.rungs import HalvingSettings, RungSettings


class HyperbandSearch(HalvingSearch):
    """Brackets of many trials that are judged early, of fewer that are judged later, down to a few trained at once.

    Source: Li et al. 2018, JMLR 18, Hyperband, algorithm 1; the most aggressive bracket comes first, and after the last
    one it begins again.
    """

    Settings: ClassVar[type] = RungSettings
    example = "search: {method: hyperband, max: 27}"

    @staticmethod
    def default_trials(settings: RungSettings) -> int:
        """One of each bracket."""
        return sum(_of(settings, index).sizes[0] for index in range(len(settings.rungs)))

    @property
    def _settings(self) -> HalvingSettings:
        own: RungSettings = self.plan.of(RungSettings)
        return HalvingSettings(own.eta, own.min, own.max)

    def bracket(self, index: int) -> Bracket:
        """The bracket with this index, from 0, where it is whole."""
        return _of(self._settings, index)


def _of(settings: RungSettings, index: int) -> Bracket:
    rungs = len(settings.rungs)
    first = index % rungs
    left = rungs - first
    return Bracket(first, sizes(ceil(rungs / left * settings.eta ** (left - 1)), left, settings.eta))

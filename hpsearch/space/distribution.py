"""What every distribution can do; the seam that methods, reports and configs rely on."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import HpsearchError

__all__ = ["Distribution", "SpaceError"]


class SpaceError(HpsearchError):
    """A distribution that cannot be: the text says the rule and the values, `fix` what to write instead."""

    exit_code = 2

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class Distribution(Protocol):
    """Values of one hyperparameter, laid out along the unit interval."""

    ordered: ClassVar[bool]
    """May a search zoom in along this axis?"""

    @property
    def size(self) -> int | None:
        """How many distinct values there are; None for a continuum."""

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points in [0, 1] -> n values."""

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """N values -> (n,) points in [0, 1]; NaN for a value that the distribution does not hold."""

    def narrowed(self, low_u: float, high_u: float) -> Self:
        """The same distribution on a smaller, or wider, stretch of its own scale."""

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced on the scale, both ends included."""

    def spec(self) -> dict[str, Any]:
        """The distribution as a config writes it."""

    def __str__(self) -> str:
        """The short form: `loguniform(0.0001, 1)`."""

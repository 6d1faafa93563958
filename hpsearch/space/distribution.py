"""What every distribution can do; the seam that methods, reports and configs rely on."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import BrokenRuleError
from hpsearch.space.scales import Scale


class SpaceError(BrokenRuleError):
    """A distribution that cannot be."""

    code = "C203"


class Distribution(Protocol):
    """Values of one hyperparameter, laid out along the unit interval. What has a default is so for listed values."""

    ordered: ClassVar[bool] = False
    """May a search zoom in along this axis?"""

    @property
    def name(self) -> str:
        """What a config calls it: `loguniform`, `choice`, `fixed`, ..."""

    @property
    def scale(self) -> Scale | None:
        """The axis along which a range of numbers is uniform; None for listed values."""
        return None

    @property
    def integer(self) -> bool:
        """Whether it is a range of whole numbers."""
        return False

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of a range of numbers; (0, size) for listed values, whose cells are 1 wide."""

    @property
    def size(self) -> int | None:
        """How many distinct values there are; None for a continuum."""

    def from_unit(self, u: NDArray[np.float64]) -> list[Any]:
        """(n,) points in [0, 1] -> n values."""

    def to_unit(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """N values -> (n,) points in [0, 1]; NaN for a value that the distribution does not hold."""

    def positions(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """Like `to_unit`, but numbers outside the range lie below 0 or above 1; NaN for what has no place at all."""
        return self.to_unit(values)

    def value_at(self, position: float) -> Any:
        """The value at a position, which for numbers may lie beyond [0, 1]."""
        return self.from_unit(np.array([position]))[0]

    def stepped(self, value: Any, factor: float) -> Any:  # noqa: ARG002  listed values have no neighbours
        """The value a step along its own scale: up by a factor above 1, down by one below; never beyond the ends.

        Of values in order it is the next one; without an order there is none, and the value stays.
        """
        return value

    def stretch(self, low_u: float, high_u: float, limits: tuple[float, float] | None = None) -> Self:
        """The same distribution from `low_u` to `high_u` of its own scale, with ends that a person can read.

        An end that moves in is rounded outward, but not beyond the old end; one that moves out goes as far as
        `limits`, and keeps its place where there are none. Values without an order have no stretch.
        """

    def only(self, keep: NDArray[np.bool_]) -> "Distribution":
        """Listed values without some: keep (size,). Of a range, itself."""

    def widest(self, limits: tuple[float, float] | None = None) -> tuple[float, float]:
        """How far the ends may move: `limits`, else what scale and sign allow."""
        return limits or self.ends

    def grid(self, points: int) -> list[Any]:
        """At most `points` values, evenly spaced on the scale, both ends included."""

    def split(self, at: Sequence[Any]) -> list[tuple[Any, int]]:
        """Of finitely many values: one of each stretch between those of `at` that are numbers, and the stretch's size.

        Those of `at` are stretches of their own.
        """

    def spec(self) -> dict[str, Any]:
        """The distribution as a config writes it."""

    def __str__(self) -> str:
        """The short form: `loguniform(0.0001, 1)`."""

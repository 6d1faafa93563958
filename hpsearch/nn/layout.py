"""The parameters of a network by name and shape, and where each begins in the kernel's flat vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Shape = tuple[int, ...]

PAD = 16  # units that a row of the kernel is padded to a multiple of


def padded(width: int) -> int:
    """The width that the kernel gives to a layer."""
    return -(-width // PAD) * PAD


@dataclass(frozen=True)
class Layout:
    """Names and shapes of the parameters of a network with these layer widths, inputs and classes included.

    `weight.l` (fan in, fan out); `scale.l`, `shift.l` (H,) are batch norm's gamma and beta of hidden layer l,
    without batch norm it has `bias.l` (H,); the output layer always has a bias (C,).
    """

    widths: tuple[int, ...]
    batch_norm: bool

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Shape of each parameter by name; weights first."""
        pairs = list(pairwise(self.widths))
        shapes: dict[str, Shape] = {f"weight.{layer}": pair for layer, pair in enumerate(pairs)}
        for layer, (_, width) in enumerate(pairs):
            normalized = self.batch_norm and layer < len(pairs) - 1
            kinds = ("scale", "shift") if normalized else ("bias",)
            shapes |= {f"{kind}.{layer}": (width,) for kind in kinds}
        return shapes

    @cached_property
    def running_shapes(self) -> dict[str, Shape]:
        """Shape of each average that batch norm keeps: `mean.l` and `variance.l` of hidden layer l, each (H,)."""
        hidden = self.widths[1:-1] if self.batch_norm else ()
        return {f"{kind}.{layer}": (width,) for layer, width in enumerate(hidden) for kind in ("mean", "variance")}

    @cached_property
    def places(self) -> dict[str, tuple[int, Shape]]:
        """Name -> where it begins in the flat vector, and its shape there, padded; vectors come before weights.

        The running averages of a layer are, in vectors of their own, where its shift is.
        """
        found, begin = {}, 0
        for name, shape in sorted(self.shapes.items(), key=lambda item: len(item[1])):
            # The inputs are not padded: the kernel reads them as they are.
            wide = shape if name == "weight.0" else tuple(map(padded, shape))
            wide = (*wide[:-1], padded(shape[-1]))
            found[name] = begin, wide
            begin += prod(wide)
        return found

    @property
    def size(self) -> int:
        """The length of the flat vector."""
        begin, shape = self.places[f"weight.{len(self.widths) - 2}"]
        return begin + prod(shape)

    @property
    def vectors(self) -> int:
        """The length of its part that holds no weights."""
        return self.places["weight.0"][0]

    def packed(self, arrays: Mapping[str, Array]) -> Array:
        """(size,) float32: the parameters, or anything of their shapes, in one vector; zeros around them."""
        flat = np.zeros(self.size, np.float32)
        for name, array in arrays.items():
            self._view(flat, name)[tuple(map(slice, array.shape))] = array
        return flat

    def unpacked(self, flat: Array) -> dict[str, Array]:
        """The arrays of a vector by name, as copies."""
        return {name: self._view(flat, name)[tuple(map(slice, shape))].copy() for name, shape in self.shapes.items()}

    def _view(self, flat: Array, name: str) -> Array:
        begin, shape = self.places[name]
        return flat[begin : begin + prod(shape)].reshape(shape)

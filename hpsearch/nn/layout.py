"""Where each parameter of a network sits in one flat vector of N numbers.

A stack keeps its parameters as (P, N), so an optimizer's step is a few operations on whole buffers; layers
see views. Weights come first: L2 reaches exactly those.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import prod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

WIDTH_MULTIPLE = 8  # units that the layers of a stack are padded to a multiple of: one AVX register of float32
Shape = tuple[int, ...]


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
        """Shape of each parameter by name, in the order of the flat vector."""
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

    @property
    def n_weights(self) -> int:
        """How many leading numbers of the vector are weights."""
        return sum(map(prod, pairwise(self.widths)))

    @property
    def size(self) -> int:
        """N, the length of the flat vector."""
        return sum(map(prod, self.shapes.values()))

    def views(self, buffer: Array) -> dict[str, Array]:
        """Return each parameter of a (P, N) buffer as a view: matrices (P, I, O), vectors (P, 1, H)."""
        ends = accumulate(map(prod, self.shapes.values()))
        return {
            name: buffer[:, end - prod(shape) : end].reshape(-1, *(shape if len(shape) == 2 else (1, *shape)))
            for (name, shape), end in zip(self.shapes.items(), ends, strict=True)
        }


def put(views: Mapping[str, Array], model: int, arrays: Mapping[str, Array]) -> None:
    """Write one network's arrays into its place in a stack's wider views; what pads them is not touched."""
    for name, array in arrays.items():
        _corner(views[name][model], array.shape)[:] = array


def get(views: Mapping[str, Array], model: int, shapes: Mapping[str, Shape]) -> dict[str, Array]:
    """Copy one network's arrays, of the given shapes, out of a stack's wider views."""
    return {name: _corner(views[name][model], shape).copy() for name, shape in shapes.items()}


def _corner(view: Array, shape: Shape) -> Array:
    """View the leading corner of a matrix (I, O), or of a vector stored as (1, H)."""
    return (view if len(shape) == 2 else view[0])[tuple(map(slice, shape))]


def batch_major(models: int, batch: int, units: int, dtype: npt.DTypeLike) -> Array:
    """Allocate a (P, B, H) array stored as (B, P, H).

    A vector (P, 1, H) then meets it in B runs of P * H numbers instead of P * B runs of H, and a sum over B
    adds whole rows.
    """
    return np.zeros((batch, models, units), dtype).transpose(1, 0, 2)


def rows(x: Array) -> Array:
    """Return an array (P, B, H) from `batch_major` as the matrix (B, P * H) that it is in memory."""
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def class_major(models: int, batch: int, classes: int, dtype: npt.DTypeLike) -> Array:
    """Allocate a (P, B, C) array stored as (C, P, B): reducing over the few classes runs along examples."""
    return np.zeros((classes, models, batch), dtype).transpose(1, 2, 0)


def padded(width: int) -> int:
    """Round a layer's width up to a multiple of WIDTH_MULTIPLE."""
    return -(-width // WIDTH_MULTIPLE) * WIDTH_MULTIPLE


def per_model(values: list[float], dtype: npt.DTypeLike, dimensions: int = 2) -> Array:
    """Return one number for each model as an array of shape (P, 1, ...) with that many dimensions."""
    return np.array(values, dtype).reshape(-1, *[1] * (dimensions - 1))

"""How a stack's arrays lie in memory: shapes read (P, B, H), storage follows the processor."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

WIDTH_MULTIPLE = 8
"""Layers of a stack are padded to a multiple of this many units: one AVX register of float32."""


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

"""The compiled kernel: one network, one number, on every machine; see kernel.c.

VERSION names its numbers: a change of any bit of any network is a new one. `tests/nn/golden.json` holds them.
"""

import ctypes
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from hpsearch.nn.layout import Array
from hpsearch.nn.samples import Samples
from hpsearch.nn.state import MOMENTS, NetworkState

VERSION = 1
VARIANTS = ("base", "avx2", "avx512")
"""Of the same numbers, by what a processor can do; on others than x86-64 there is the first alone."""

LIBRARY = Path(__file__).with_name("_kernel.so")
REASON = LIBRARY.with_suffix(".txt")
"""Why there is none, where building it failed."""

_ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")
_OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")


class _Training(ctypes.Structure):
    """`Training` of kernel.c, field by field."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("inputs", "validation_inputs", "labels", "validation_labels")),
        *((name, ctypes.c_int64) for name in ("n", "validation_n")),
        *((name, ctypes.c_void_p) for name in ("widths", "weights", "scales", "shifts")),
        ("layers", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("parameters", "first", "second", "means", "variances")),
        *((name, ctypes.c_int64) for name in ("batch", "batch_norm", "activation", "optimizer")),
        *((name, ctypes.c_double) for name in ("beta1", "beta2", "epsilon", "l2", "keep", "batch_norm_epsilon")),
        ("dropout", ctypes.c_double),
        ("powers", ctypes.c_void_p),
        ("seed", ctypes.c_uint64),
        ("stop", ctypes.c_void_p),
    )


_ARGUMENTS = (ctypes.POINTER(_Training), ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
"""Of its function: itself, the epochs behind it and to come, learning rates, curves."""


@cache
def library() -> ctypes.CDLL:
    """The shared library; OSError, with the reason, where there is none for this machine."""
    if not LIBRARY.exists():
        raise OSError(REASON.read_text() if REASON.exists() else "it was not built: install hpsearch with pip")
    return ctypes.CDLL(str(LIBRARY))


def variant() -> str:
    """What trains here, the best that this processor can do; HPSEARCH_KERNEL names another one.

    Raises OSError, with the reason, where there is no kernel for this machine, or not the one that is named.
    """
    here = VARIANTS[: library().hpsearch_variant() + 1]
    named = os.environ.get("HPSEARCH_KERNEL") or here[-1]
    if named not in here:
        raise OSError(f"HPSEARCH_KERNEL needs to be {' or '.join(here)} on this processor, got {named!r}")
    return named


def missing() -> str | None:
    """Why there is no kernel here; None where there is one."""
    try:
        variant()
    except OSError as err:
        return str(err)
    return None


class Trainer:
    """Trains one network by the kernel, which lets other threads run; see `training`."""

    def __init__(self, state: NetworkState, samples: Samples, validation: Samples) -> None:
        self._state, self._layout, spec = state, state.layout, state.spec
        layers = len(spec.hidden) + 1
        self._arrays: dict[str, Array] = {
            "inputs": np.ascontiguousarray(samples.inputs, np.float32),
            "validation_inputs": np.ascontiguousarray(validation.inputs, np.float32),
            "labels": np.ascontiguousarray(samples.labels, np.int32),
            "validation_labels": np.ascontiguousarray(validation.labels, np.int32),
            "widths": np.array(self._layout.widths, np.int64),
            **{f"{kind}s": self._begins(kind, layers) for kind in ("weight", "scale", "shift")},
            "parameters": self._layout.packed(state.parameters),
            **{kind: self._layout.packed(state.moments[kind]) for kind in MOMENTS},
            "means": np.zeros(self._layout.vectors, np.float32),
            "variances": np.zeros(self._layout.vectors, np.float32),
            "powers": np.array([state.powers[kind] for kind in MOMENTS]),
        }
        for name, view in self._running().items():
            view[:] = state.running[name]
        self._training = _Training(
            **{name: array.ctypes.data for name, array in self._arrays.items()},
            n=len(samples.labels),
            validation_n=len(validation.labels),
            layers=layers,
            batch=min(spec.batch_size, len(samples.labels)),
            batch_norm=spec.batch_norm,
            activation=_ACTIVATIONS.index(spec.activation),
            optimizer=_OPTIMIZERS.index(spec.optimizer),
            beta1=spec.momentum if spec.optimizer == "momentum" else spec.beta1,
            beta2=spec.beta2,
            epsilon=spec.epsilon,
            l2=spec.l2,
            keep=spec.bn_momentum,
            batch_norm_epsilon=spec.bn_epsilon,
            dropout=spec.dropout,
            seed=spec.seed % 2**64,
        )

    def _begins(self, kind: str, layers: int) -> Array:
        """Where the weights, scales or shifts of each layer begin; a bias is a shift that has no scale."""
        places = {name.replace("bias", "shift"): begin for name, (begin, _) in self._layout.places.items()}
        return np.array([places.get(f"{kind}.{layer}", 0) for layer in range(layers)], np.int64)

    def _running(self) -> dict[str, Array]:
        """The running averages by name, as views: in their arrays a layer's are where its shift is."""
        found = {}
        for name, (width,) in self._layout.running_shapes.items():
            kind, _, layer = name.partition(".")
            begin = int(self._arrays["shifts"][int(layer)])
            found[name] = self._arrays[f"{kind}s"][begin : begin + width]
        return found

    def train(self, epoch: int, alphas: Array, stop: Array) -> list[tuple[float, ...]]:
        """Train an epoch for each learning rate; the four metrics of each that is done.

        They end where a loss is no finite number, and where `stop`, (1,) int32, is set.
        """
        rates, curves = np.ascontiguousarray(alphas, np.float64), np.zeros((len(alphas), 4))
        self._training.stop = stop.ctypes.data
        call = getattr(library(), f"hpsearch_train_{variant()}")
        call.restype, call.argtypes = ctypes.c_int64, _ARGUMENTS
        done = call(self._training, epoch, len(rates), rates.ctypes.data, curves.ctypes.data)
        if done < 0:
            raise MemoryError("there is not enough memory for this network")
        return [tuple(row) for row in curves[:done].tolist()]

    def state(self, epoch: int) -> NetworkState:
        """The network as it is now, after so many epochs."""
        return replace(
            self._state,
            epoch=epoch,
            parameters=self._layout.unpacked(self._arrays["parameters"]),
            running={name: view.copy() for name, view in self._running().items()},
            moments={kind: self._layout.unpacked(self._arrays[kind]) for kind in MOMENTS},
            powers=dict(zip(MOMENTS, self._arrays["powers"].tolist(), strict=True)),
        )

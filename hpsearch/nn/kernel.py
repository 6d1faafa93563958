"""The compiled kernel: one network, one number, on every machine; see kernel.c.

VERSION names its numbers: a change of any bit of any network is a new one. `tests/nn/test_golden.py` holds them.
"""

import ctypes
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from hpsearch.nn.layout import Array
from hpsearch.nn.samples import Samples
from hpsearch.nn.state import NetworkState

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
        *((name, ctypes.c_int64) for name in ("layers", "size")),
        *((name, ctypes.c_void_p) for name in ("parameters", "first", "second", "means", "variances")),
        *((name, ctypes.c_int64) for name in ("batch", "batch_norm", "activation", "optimizer")),
        *((name, ctypes.c_double) for name in ("beta1", "beta2", "epsilon", "l2", "keep", "batch_norm_epsilon")),
        ("dropout", ctypes.c_double),
        ("powers", ctypes.c_void_p),
        ("seed", ctypes.c_uint64),
        ("stop", ctypes.c_void_p),
    )


@cache
def library() -> ctypes.CDLL:
    """The shared library; OSError, with the reason, where there is none for this machine."""
    if not LIBRARY.exists():
        raise OSError(REASON.read_text() if REASON.exists() else "it was not built: install hpsearch with pip")
    return ctypes.CDLL(str(LIBRARY))


def variant() -> str:
    """What trains here, the best that this processor can do; HPSEARCH_KERNEL names another one."""
    return os.environ.get("HPSEARCH_KERNEL") or VARIANTS[library().hpsearch_variant()]


def missing() -> str | None:
    """Why there is no kernel here; None where there is one."""
    try:
        library()
    except OSError as err:
        return str(err)
    return None


class Trainer:
    """Trains one network by the kernel, which lets other threads run; see `training`."""

    def __init__(self, state: NetworkState, samples: Samples, validation: Samples) -> None:
        self._state, self._layout, spec = state, state.layout, state.spec
        self._call = getattr(library(), f"hpsearch_train_{variant()}")
        self._call.restype = ctypes.c_int64
        places, layers = self._layout.places, range(len(spec.hidden) + 1)
        running = np.zeros((2, self._layout.vectors), np.float32)
        for name, array in state.running.items():
            begin = self._begins(name)
            running[int(name.startswith("variance")), begin : begin + len(array)] = array
        shifts = [places.get(f"shift.{layer}", places.get(f"bias.{layer}", (0,)))[0] for layer in layers]
        self._powers = np.array([state.powers["first"], state.powers["second"]])
        self._arrays = {
            "inputs": np.ascontiguousarray(samples.inputs, np.float32),
            "validation_inputs": np.ascontiguousarray(validation.inputs, np.float32),
            "labels": np.ascontiguousarray(samples.labels, np.int32),
            "validation_labels": np.ascontiguousarray(validation.labels, np.int32),
            "widths": np.array(self._layout.widths, np.int64),
            "weights": np.array([places[f"weight.{layer}"][0] for layer in layers], np.int64),
            "scales": np.array([places.get(f"scale.{layer}", (0,))[0] for layer in layers], np.int64),
            "shifts": np.array(shifts, np.int64),
            "parameters": self._layout.packed(state.parameters),
            "first": self._layout.packed(state.moments["first"]),
            "second": self._layout.packed(state.moments["second"]),
            "means": running[0],
            "variances": running[1],
            "powers": self._powers,
        }
        self._training = _Training(
            **{name: array.ctypes.data for name, array in self._arrays.items()},
            n=len(samples.labels),
            validation_n=len(validation.labels),
            layers=len(layers),
            size=self._layout.size,
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

    def _begins(self, name: str) -> int:
        """Where a running average begins: where the shift of its layer does."""
        return self._layout.places[f"shift.{name.rpartition('.')[2]}"][0]

    def train(self, epoch: int, alphas: Array, stop: Array) -> list[tuple[float, ...]]:
        """Train an epoch for each learning rate; the four metrics of each that is done.

        They end where a loss is no finite number, and where `stop`, (1,) int32, is set.
        """
        rates, curves = np.ascontiguousarray(alphas, np.float64), np.zeros((len(alphas), 4))
        self._training.stop = stop.ctypes.data
        where = (ctypes.c_void_p(each.ctypes.data) for each in (rates, curves))
        alphas_at, curves_at = where
        counts = ctypes.c_int64(epoch), ctypes.c_int64(len(rates))
        done = self._call(ctypes.byref(self._training), *counts, alphas_at, curves_at)
        if done < 0:
            raise MemoryError("there is not enough memory for this network")
        return [tuple(row) for row in curves[:done].tolist()]

    def state(self, epoch: int) -> NetworkState:
        """The network as it is now, after so many epochs."""
        running, layout = {}, self._layout
        for name, (width,) in layout.running_shapes.items():
            values = self._arrays["variances" if name.startswith("variance") else "means"]
            running[name] = values[self._begins(name) : self._begins(name) + width].copy()
        return replace(
            self._state,
            epoch=epoch,
            parameters=layout.unpacked(self._arrays["parameters"]),
            running=running,
            moments={kind: layout.unpacked(self._arrays[kind]) for kind in ("first", "second")},
            powers={"first": float(self._powers[0]), "second": float(self._powers[1])},
        )

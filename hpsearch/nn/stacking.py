"""Stacks of networks: their arrays, and which networks go together: grouped by kind, cut where it costs least.

A larger stack pays Python's cost of a step once for more networks, but pads more of them to its widest, and its
arrays leave the processor's cache. Costs are counted in multiplications of a matrix product, as measured on a
processor with AVX2; only their ratios matter.
"""

from collections.abc import Hashable, Sequence

import numpy as np

from hpsearch.nn.layout import Array, Layout, get, padded, per_model, put
from hpsearch.nn.optimizers import OPTIMIZERS, Rates, Sums
from hpsearch.nn.spec import NetworkSpec
from hpsearch.nn.state import NetworkState

CACHE_BYTES = 3 * 2**20  # largest working set of a stack: in a core's share of the third-level cache
_STEP = 3.5e6
_STEP_PER_LAYER = 2.1e6
_PER_ACTIVATION = 160
_PER_LOGIT = 700
_PER_PARAMETER = 60


class Stack:
    """Networks with an equal `stack_key`, narrower layers padded with zeros, which stay exactly zero.

    They are copied in, padded to the widest or to the layout given. parameters, gradients: (P, N) in the order of
    layout; sums: the optimizer's by name; running: (2, P, 1, H) for each normalized layer.
    """

    def __init__(self, states: Sequence[NetworkState], layout: Layout | None = None) -> None:
        self.specs = [state.spec for state in states]
        widest = [padded(max(widths)) for widths in zip(*(spec.hidden for spec in self.specs), strict=True)]
        widths = (states[0].n_inputs, *widest, states[0].n_classes)
        self.layout = layout or Layout(widths, self.specs[0].batch_norm)
        self._optimizer = OPTIMIZERS[self.specs[0].optimizer]
        models, dtype = len(states), self.specs[0].dtype
        shape = (models, self.layout.size)
        self.parameters, self.gradients = np.zeros(shape, dtype), np.zeros(shape, dtype)
        self.sums = {name: Sums(np.zeros(shape, dtype), np.zeros((models, 1))) for name in self._optimizer.sums}
        hidden = self.layout.widths[1:-1] if self.layout.batch_norm else ()
        self.running = [np.zeros((2, models, 1, width), dtype) for width in hidden]
        self._rates, self._l2 = Rates.of(self.specs), per_model([spec.l2 for spec in self.specs], dtype)
        self._penalized = bool(self._l2.any())
        parameters, running, sums = self._views()
        for model, state in enumerate(states):
            put(parameters, model, state.parameters)
            put(running, model, state.running)
            for name in self.sums.keys() & state.sums.keys():
                put(sums[name], model, state.sums[name])
                self.sums[name].total[model] = state.totals[name]

    def _views(self) -> tuple[dict[str, Array], dict[str, Array], dict[str, dict[str, Array]]]:
        """Parameters, running averages and the optimizer's sums by name, as a NetworkState has them."""
        averages = (average for layer in self.running for average in layer)
        running = dict(zip(self.layout.running_shapes, averages, strict=True))
        sums = {name: self.layout.views(each.values) for name, each in self.sums.items()}
        return self.layout.views(self.parameters), running, sums

    def states(self, epochs: Sequence[int]) -> list[NetworkState]:
        """Copy the networks out, each without its padding, labelled with the epochs it has behind it."""
        parameters, running, sums = self._views()
        n_inputs, n_classes = self.layout.widths[0], self.layout.widths[-1]
        states = []
        for model, (spec, epoch) in enumerate(zip(self.specs, epochs, strict=True)):
            own = Layout((n_inputs, *spec.hidden, n_classes), spec.batch_norm)
            arrays = get(parameters, model, own.shapes), get(running, model, own.running_shapes)
            own_sums = {name: get(views, model, own.shapes) for name, views in sums.items()}
            totals = {name: float(each.total[model, 0]) for name, each in self.sums.items()}
            states.append(NetworkState(spec, n_inputs, n_classes, epoch, *arrays, own_sums, totals))
        return states

    def step(self, learning_rates: Array) -> None:
        """Step the parameters along the gradients, with L2 on the weights; learning_rates (P, 1), float64."""
        if self._penalized:
            weights = slice(0, self.layout.n_weights)
            self.gradients[:, weights] += self._l2 * self.parameters[:, weights]
        self._optimizer.update(self.parameters, self.gradients, self.sums, learning_rates, self._rates)


def stack_key(spec: NetworkSpec) -> Hashable:
    """Return what networks of one stack have in common; all else, widths and epochs included, may differ."""
    normalized = spec.batch_norm and bool(spec.hidden)
    return len(spec.hidden), spec.activation, normalized, spec.optimizer, spec.batch_size, spec.dtype


def stacks(
    specs: Sequence[NetworkSpec], n_inputs: int, n_classes: int, cache_bytes: int = CACHE_BYTES
) -> list[list[int]]:
    """Return indices of the specs, stack by stack, from the specs alone; several networks stay within cache_bytes."""
    groups: dict[Hashable, list[int]] = {}
    for index, spec in enumerate(specs):
        groups.setdefault(stack_key(spec), []).append(index)
    found: list[list[int]] = []
    for group in groups.values():
        group.sort(key=lambda index: (_lane(specs[index], specs[index].hidden, n_inputs, n_classes)[0], index))
        found += _cut(group, specs, (n_inputs, n_classes), cache_bytes)
    return found


def _cut(group: list[int], specs: Sequence[NetworkSpec], ends: tuple[int, int], cache_bytes: int) -> list[list[int]]:
    """Cut a sorted group where the sum of the costs is least (dynamic programming over the last stack's start)."""
    best: list[tuple[float, list[list[int]]]] = [(0.0, [])]  # cost and stacks of the first 0, 1, ... networks
    for stop in range(1, len(group) + 1):
        spec, found = specs[group[stop - 1]], []
        widths = spec.hidden
        for start in range(stop - 1, -1, -1):
            widths = tuple(map(max, widths, specs[group[start]].hidden))
            lanes, (cost_of_one, bytes_of_one) = stop - start, _lane(spec, widths, *ends)
            if lanes > 1 and lanes * bytes_of_one > cache_bytes:
                break
            step = _STEP + _STEP_PER_LAYER * len(widths) + lanes * cost_of_one
            found.append((best[start][0] + step, start))
        least, start = min(found)
        best.append((least, [*best[start][1], group[start:stop]]))
    return best[-1][1]


def _lane(spec: NetworkSpec, hidden: Sequence[int], n_inputs: int, n_classes: int) -> tuple[float, int]:
    """Cost of one mini-batch of one network, and its working set in bytes, were its hidden layers this wide."""
    widths = (n_inputs, *map(padded, hidden), n_classes)
    size, units = Layout(widths, spec.batch_norm).size, sum(widths[1:-1])
    # no gradient is computed for the inputs
    products = 3 * size - widths[0] * widths[1]
    per_example = products + _PER_ACTIVATION * units + _PER_LOGIT * n_classes
    # parameters, gradients, two sums; four arrays of activations a layer
    numbers = 4 * (size + spec.batch_size * units)
    return spec.batch_size * per_example + _PER_PARAMETER * size, numbers * np.dtype(spec.dtype).itemsize


def cost(spec: NetworkSpec, n_train: int, n_inputs: int, n_classes: int) -> float:
    """Estimate the relative cost of training a network, to start the longest stack first."""
    steps = -(-n_train // spec.batch_size)
    return spec.epochs * steps * _lane(spec, spec.hidden, n_inputs, n_classes)[0]

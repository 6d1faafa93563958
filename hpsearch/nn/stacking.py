"""Which networks are trained in one stack: grouped by kind, sorted by width, cut where it costs least.

A larger stack pays Python's cost of a step once for more networks, but pads more of them to its widest, and its
arrays leave the processor's cache. Costs are counted in multiplications of a matrix product, as measured on a
processor with AVX2; only their ratios matter.
"""

from collections.abc import Hashable, Sequence

from hpsearch.nn.layout import Layout, padded
from hpsearch.nn.spec import NetworkSpec

CACHE_BYTES = 3 * 2**20
"""Largest working set of a stack: in a core's share of the third-level cache."""

_STEP = 3.5e6
_STEP_PER_LAYER = 2.1e6
_PER_ACTIVATION = 160
_PER_LOGIT = 700
_PER_PARAMETER = 60
_ITEM_BYTES = {"float32": 4, "float64": 8}

Widths = tuple[int, ...]


def stack_key(spec: NetworkSpec) -> Hashable:
    """Return what networks of one stack have in common; all else, widths and epochs included, may differ."""
    return (
        len(spec.hidden),
        spec.activation,
        spec.batch_norm and bool(spec.hidden),
        spec.optimizer,
        spec.batch_size,
        spec.dtype,
    )


def stacks(
    specs: Sequence[NetworkSpec], n_inputs: int, n_classes: int, cache_bytes: int = CACHE_BYTES
) -> list[list[int]]:
    """Return the indices of the specs, stack by stack; they depend on the specs alone.

    The working set of a stack of several networks stays within cache_bytes.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, spec in enumerate(specs):
        groups.setdefault(stack_key(spec), []).append(index)
    found: list[list[int]] = []
    for group in groups.values():
        group.sort(key=lambda index: (_lane(specs[index], specs[index].hidden, n_inputs, n_classes), index))
        found += _cut(group, specs, (n_inputs, n_classes), cache_bytes)
    return found


def _cut(group: list[int], specs: Sequence[NetworkSpec], ends: tuple[int, int], cache_bytes: int) -> list[list[int]]:
    """Cut a sorted group where the sum of the costs is least (dynamic programming over the last stack's start)."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, len(group) + 1):
        best.append(min(_last_stacks(group[:stop], specs, ends, cache_bytes, best)))
    runs, stop = [], len(group)
    while stop:
        start = best[stop][1]
        runs.append(group[start:stop])
        stop = start
    return runs[::-1]


def _last_stacks(
    group: list[int],
    specs: Sequence[NetworkSpec],
    ends: tuple[int, int],
    cache_bytes: int,
    best: list[tuple[float, int]],
) -> list[tuple[float, int]]:
    """Return (cost of the whole group, start) for each start that the last stack may have."""
    spec = specs[group[-1]]
    widths, found = spec.hidden, []
    for start in range(len(group) - 1, -1, -1):
        widths = tuple(map(max, widths, specs[group[start]].hidden))
        lanes = len(group) - start
        if lanes > 1 and lanes * _bytes(spec, widths, *ends) > cache_bytes:
            break
        step = _STEP + _STEP_PER_LAYER * len(widths) + lanes * _lane(spec, widths, *ends)
        found.append((best[start][0] + step, start))
    return found


def _lane(spec: NetworkSpec, hidden: Widths, n_inputs: int, n_classes: int) -> float:
    """Cost of one mini-batch of one network, were its hidden layers this wide."""
    widths = (n_inputs, *map(padded, hidden), n_classes)
    size = _size(spec, hidden, n_inputs, n_classes)
    # no gradient is computed for the inputs
    products = 3 * size - widths[0] * widths[1]
    per_example = products + _PER_ACTIVATION * sum(widths[1:-1]) + _PER_LOGIT * n_classes
    return spec.batch_size * per_example + _PER_PARAMETER * size


def _bytes(spec: NetworkSpec, hidden: Widths, n_inputs: int, n_classes: int) -> int:
    """Working set: parameters, gradients, two sums; four arrays of activations a layer."""
    activations = spec.batch_size * sum(map(padded, hidden))
    return 4 * (_size(spec, hidden, n_inputs, n_classes) + activations) * _ITEM_BYTES[spec.dtype]


def _size(spec: NetworkSpec, hidden: Widths, n_inputs: int, n_classes: int) -> int:
    return Layout((n_inputs, *map(padded, hidden), n_classes), spec.batch_norm).size


def cost(spec: NetworkSpec, n_train: int, n_inputs: int, n_classes: int) -> float:
    """Estimate the relative cost of training a network, to start the longest stack first."""
    steps = -(-n_train // spec.batch_size)
    return spec.epochs * steps * _lane(spec, spec.hidden, n_inputs, n_classes)

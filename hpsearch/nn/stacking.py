"""Which networks are trained in one stack: grouped by kind, sorted by width, cut to fit the cache."""

from collections.abc import Hashable, Sequence

from hpsearch.nn.arrays import padded
from hpsearch.nn.layout import Layout
from hpsearch.nn.spec import NetworkSpec

CACHE_BYTES = 2 * 2**20
"""Working set of a stack: beyond the second-level cache, in a core's share of the third (measured)."""


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
    """Return the indices of the specs, stack by stack; they depend on the specs alone, not on any machine.

    Within a kind the narrow networks come first, so that little is padded; a stack is cut before its working
    set would exceed cache_bytes.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, spec in enumerate(specs):
        groups.setdefault(stack_key(spec), []).append(index)
    cut: list[list[int]] = []
    for group in groups.values():
        group.sort(key=lambda index: (_bytes(specs[index], n_inputs, n_classes), specs[index].hidden, index))
        cut += _cut([_bytes(specs[index], n_inputs, n_classes) for index in group], group, cache_bytes)
    return cut


def _cut(needs: list[int], group: list[int], cache_bytes: int) -> list[list[int]]:
    """Cut a group, sorted by need, into stacks: each lane of a stack takes what its largest one does."""
    runs: list[list[int]] = [[]]
    for need, index in zip(needs, group, strict=True):
        if runs[-1] and need * (len(runs[-1]) + 1) > cache_bytes:
            runs.append([])
        runs[-1].append(index)
    return runs


def _bytes(spec: NetworkSpec, n_inputs: int, n_classes: int) -> int:
    """Estimate a lane's working set in bytes: parameters, gradients, sums, four arrays a layer."""
    widths = tuple(padded(width) for width in spec.hidden)
    size = Layout((n_inputs, *widths, n_classes), spec.batch_norm).size
    return (4 * size + 4 * spec.batch_size * sum(widths)) * (4 if spec.dtype == "float32" else 8)


def cost(spec: NetworkSpec, n_train: int, n_inputs: int, n_classes: int) -> float:
    """Estimate the relative cost of training a network, to start the longest stack first.

    Counts multiplications of the matrix products, and an optimizer's step and an element of an activation as
    what they cost beside one (measured).
    """
    widths = tuple(padded(width) for width in spec.hidden)
    size = Layout((n_inputs, *widths, n_classes), spec.batch_norm).size
    products = 3 * size - n_inputs * (widths or (n_classes,))[0]
    return spec.epochs * n_train * (products + 100 * sum(widths) + 50 * size / spec.batch_size)

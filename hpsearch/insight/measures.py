"""Over which settings importance is averaged: the whole space, or the surroundings of good trials."""

from dataclasses import replace

import numpy as np

from hpsearch.insight.anova import Measure
from hpsearch.insight.evidence import Array, Mask
from hpsearch.space import Numeric, Parameter, Space

__all__ = ["existing", "filled", "local_measures", "sample", "uniform_measures"]

_NODES = 24


def uniform_measures(space: Space) -> list[Measure]:
    """The draws of a random search, axis by axis; a parameter that need not exist has a node for that."""
    return [_with_absence(_uniform(p), _share_active(space, p), p) for p in space.searched]


def filled(space: Space, points: Array) -> Array:
    """(n, d) points with a place for what does not exist: the middle of a range, the first value of a choice.

    So its existence does not show there, but only in the parameter that decides it, which gets the credit.
    """
    return np.where(np.isnan(points), [_filler(p) for p in space.searched], points)


def _filler(parameter: Parameter) -> float:
    return 0.5 if parameter.distribution.ordered else 0.5 / (parameter.distribution.size or 1)


def local_measures(space: Space, best: Array) -> list[Measure]:
    """The surroundings of (m, d) good points: on each axis a density that is as wide as they are spread."""
    measures = []
    for axis, parameter in enumerate(space.searched):
        points = best[:, axis][~np.isnan(best[:, axis])]
        measure = _around(_uniform(parameter), points, parameter.distribution.ordered)
        measures.append(_with_absence(measure, len(points) / max(len(best), 1), parameter))
    return measures


def sample(measures: list[Measure], rng: np.random.Generator, count: int) -> Array:
    """(count, d) draws from the measures, as if every parameter existed."""
    columns = []
    for measure in measures:
        # A trace more, for a parameter that no good trial has: its draws are dropped again where it does not exist.
        weights = np.where(measure.present, measure.weights + 1e-12, 0.0)
        columns.append(rng.choice(measure.nodes, count, p=weights / weights.sum()))
    return np.column_stack(columns)


def existing(space: Space, points: Array) -> Array:
    """(n, d) points, filled where their other values say that a parameter does not exist."""
    axes = {p.name: axis for axis, p in enumerate(space.searched)}
    known: dict[str, Mask] = {}

    def active(parameter: Parameter) -> Mask:
        if parameter.name not in known:
            mask = np.ones(len(points), dtype=bool)
            for name, values in parameter.when.items():
                mask &= active(space[name])
                if name in axes:
                    mask &= _allowed(space[name], points[:, axes[name]], values)
            known[parameter.name] = mask
        return known[parameter.name]

    masks = np.column_stack([active(p) for p in space.searched])
    return filled(space, np.where(masks, points, np.nan))


def _share_active(space: Space, parameter: Parameter) -> float:
    """The share of random settings in which the parameter exists."""
    share = 1.0
    for name, values in parameter.when.items():
        parent = space[name]
        nodes = np.linspace(0, 1, 1001)[:-1] + 5e-4
        share *= float(_allowed(parent, nodes, values).mean()) * _share_active(space, parent)
    return share


def _uniform(parameter: Parameter) -> Measure:
    size = parameter.distribution.size
    g = size if size is not None and not isinstance(parameter.distribution, Numeric) else _NODES
    return Measure((np.arange(g) + 0.5) / g, np.full(g, 1 / g), np.ones(g, dtype=bool))


def _around(measure: Measure, points: Array, ordered: bool) -> Measure:
    if len(points) < 2:
        return measure
    gaps = np.abs(measure.nodes[:, None] - points[None, :])
    # Silverman's width for an ordered axis; a choice keeps one part in its number of values for the unseen.
    width = max(1.06 * float(points.std()) * len(points) ** -0.2, 0.05)
    near = np.exp(-0.5 * (gaps / width) ** 2) if ordered else (gaps < 0.5 / len(measure.nodes)).astype(float)
    density = near.sum(axis=1) + (0.0 if ordered else 1.0)
    return replace(measure, weights=density / density.sum())


def _with_absence(measure: Measure, share: float, parameter: Parameter) -> Measure:
    if share >= 1:
        return measure
    return Measure(
        np.append(measure.nodes, _filler(parameter)),
        np.append(share * measure.weights, 1 - share),
        np.append(measure.present, False),
    )


def _allowed(parent: Parameter, nodes: Array, values: tuple[object, ...]) -> Mask:
    units = parent.distribution.to_unit(list(values))
    here = parent.distribution.to_unit(parent.distribution.from_unit(nodes))
    return np.asarray((np.abs(here[:, None] - units[None, :]) < 1e-9).any(axis=1))

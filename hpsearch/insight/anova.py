"""How the variance of a surrogate splits over its axes: functional ANOVA in closed form.

The kernel of the surrogate is a product over axes, so its means over any of them are sums over one axis at a time
(Oakley & O'Hagan 2004, JRSS B 66; for hyperparameters, over a forest: Hutter, Hoos & Leyton-Brown 2014, ICML).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from hpsearch.space import Parameter, Space
from hpsearch.surrogate.gp import Surrogate, distances
from hpsearch.surrogate.observations import Array, Mask


@dataclass(frozen=True)
class Measure:
    """How settings are spread along an axis.

    Attributes:
        nodes: (g,) positions.
        weights: (g,) of sum 1.
        present: (g,) False for the node of the settings that do not have this parameter.
    """

    nodes: Array
    weights: Array
    present: Mask


@dataclass(frozen=True)
class Anova:
    """What an axis does, for each of r sets of weights of the surrogate.

    Attributes:
        alone: (axes, r) variance of the mean over all other axes.
        total: (axes, r) variance that goes when the axis is fixed: alone and together with others.
        variance: (r,) of the scores.
    """

    alone: Array
    total: Array
    variance: Array


def _kernels(model: Surrogate, measures: list[Measure]) -> list[Array]:
    """(g, n) kernel between the nodes and the trials, along each axis."""
    kernels = []
    for j, measure in enumerate(measures):
        squared = distances(measure.nodes[:, None], model.points[:, [j]], model.ordered[[j]])[0]
        kernels.append(np.exp(-0.5 * squared / model.lengths[j] ** 2))
    return kernels


def anova(model: Surrogate, measures: list[Measure], weights: Array) -> Anova:
    """The split for (r, n) weights of the surrogate, over the product of the measures."""
    kernels = _kernels(model, measures)
    means = np.array([m.weights @ k for m, k in zip(measures, kernels, strict=True)])
    seconds = [(k * m.weights[:, None]).T @ k for m, k in zip(measures, kernels, strict=True)]
    square_of_mean = (weights @ means.prod(axis=0)) ** 2
    everything = _form(weights, reduce(np.multiply, seconds))
    alone, total = [], []
    for j in range(len(measures)):
        others = np.delete(means, j, axis=0).prod(axis=0)
        curve = kernels[j] @ (weights * others).T
        alone.append(measures[j].weights @ curve**2 - square_of_mean)
        rest = [second for i, second in enumerate(seconds) if i != j]
        without = _form(weights * means[j], reduce(np.multiply, rest)) if rest else square_of_mean
        total.append(everything - without)
    scale = model.scale**2
    variance = scale * (everything - square_of_mean)
    return Anova(scale * np.maximum(alone, 0.0), scale * np.maximum(total, 0.0), variance)


def sampled_anova(
    model: Surrogate, draws: tuple[Array, Array], settle: Callable[[Array], Array], weights: Array
) -> Anova:
    """The split where some values decide whether others exist, so that no product of measures describes the space.

    By Jansen's (1999, Comput. Phys. Commun. 117) estimators, over two (n, d) samples of independent columns;
    `settle` makes settings of such points.
    """

    def scores(points: Array) -> Array:
        kernel = np.exp(-0.5 * _squared(model, settle(points)))
        return np.asarray(model.scale * (kernel @ weights.T))

    first, second = draws
    base = scores(first)
    variance = base.var(axis=0)
    alone, total = [], []
    for j in range(first.shape[1]):
        other, same = first.copy(), second.copy()
        other[:, j], same[:, j] = second[:, j], first[:, j]
        total.append(0.5 * ((base - scores(other)) ** 2).mean(axis=0))
        alone.append(variance - 0.5 * ((base - scores(same)) ** 2).mean(axis=0))
    return Anova(np.maximum(alone, 0.0), np.array(total), variance)


def _squared(model: Surrogate, points: Array) -> Array:
    """(p, n) squared distances to the trials, in lengths; |a|^2 + |b|^2 - 2ab takes one product of matrices."""
    a, b = ((x / model.lengths)[:, model.ordered] for x in (points, model.points))
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    for j in np.flatnonzero(~model.ordered):
        squared += (np.abs(points[:, [j]] - model.points[:, j]) > 1e-9) / model.lengths[j] ** 2
    return np.asarray(squared)


def pair_variance(model: Surrogate, measures: list[Measure], weights: Array, pair: tuple[int, int]) -> Array:
    """(r,) variance of the mean over all axes but two, less what each of the two does alone."""
    kernels = _kernels(model, measures)
    means = np.array([m.weights @ k for m, k in zip(measures, kernels, strict=True)])
    others = np.delete(means, pair, axis=0).prod(axis=0)
    first, second = (measures[axis].weights for axis in pair)
    variances = []
    for row in weights * others:
        surface = (kernels[pair[0]] * row) @ kernels[pair[1]].T
        surface = surface - first @ surface @ second
        rest = surface - (surface @ second)[:, None] - (first @ surface)[None, :]
        variances.append(model.scale**2 * float(first @ rest**2 @ second))
    return np.array(variances)


def _form(weights: Array, matrix: Array) -> Array:
    form: Array = ((weights @ matrix) * weights).sum(axis=1)
    return form


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
    g = size if size is not None and parameter.distribution.scale is None else _NODES
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

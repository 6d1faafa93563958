"""How the variance of a surrogate splits over its axes: functional ANOVA in closed form.

The kernel of the surrogate is a product over axes, so its means over any of them are sums over one axis at a time
(Oakley & O'Hagan 2004, JRSS B 66; for hyperparameters, over a forest: Hutter, Hoos & Leyton-Brown 2014, ICML).
"""

from dataclasses import dataclass, replace
from functools import cache, reduce

import numpy as np

from hpsearch.space import Condition, Conditions, Parameter, Space
from hpsearch.surrogate.gp import Surrogate, distances
from hpsearch.surrogate.observations import Array, Mask

_NODES = 24
_DRAWS = 1000  # settings over which effects are averaged where parameters have conditions


@dataclass(frozen=True)
class Measure:
    """How settings are spread along an axis."""

    nodes: Array  # (g,) positions
    weights: Array  # (g,) of sum 1
    present: Mask  # (g,) False for the node of the settings that do not have this parameter


@dataclass(frozen=True)
class Anova:
    """What an axis does, for each of r sets of weights of the surrogate."""

    alone: Array  # (axes, r) variance of the mean over all other axes
    total: Array  # (axes, r) variance that goes when the axis is fixed: alone and together with others
    variance: Array  # (r,) of the scores


def _kernels(model: Surrogate, measures: list[Measure]) -> tuple[list[Array], Array]:
    """(g, n) kernel between the nodes and the trials along each axis, and (axes, n) their means over the nodes."""
    kernels = []
    for j, measure in enumerate(measures):
        squared = distances(measure.nodes[:, None], model.points[:, [j]], model.ordered[[j]])[0]
        kernels.append(np.exp(-0.5 * squared / model.lengths[j] ** 2))
    return kernels, np.array([m.weights @ k for m, k in zip(measures, kernels, strict=True)])


def split(space: Space, model: Surrogate, measures: list[Measure], weights: Array) -> Anova:
    """The split for (r, n) weights of the surrogate, where the measures say how settings are spread."""
    return _sampled(space, model, measures, weights) if space.is_conditional else anova(model, measures, weights)


def anova(model: Surrogate, measures: list[Measure], weights: Array) -> Anova:
    """The split for (r, n) weights of the surrogate, over the product of the measures."""
    kernels, means = _kernels(model, measures)
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


def _sampled(space: Space, model: Surrogate, measures: list[Measure], weights: Array) -> Anova:
    """The split where some values decide whether others exist, so that no product of measures describes the space.

    By Jansen's (1999, Comput. Phys. Commun. 117) estimators, over two (n, d) samples of independent columns.
    """

    def scores(points: Array) -> Array:
        return np.asarray(model.scale * (np.exp(-0.5 * _squared(model, _existing(space, points))) @ weights.T))

    rng = np.random.default_rng(0)
    first, second = _draws(measures, rng), _draws(measures, rng)
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
    kernels, means = _kernels(model, measures)
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
    return np.asarray(((weights @ matrix) * weights).sum(axis=1))


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


def _draws(measures: list[Measure], rng: np.random.Generator) -> Array:
    """(n, d) draws from the measures, as if every parameter existed."""
    columns = []
    for measure in measures:
        # A trace more, for a parameter that no good trial has: its draws are dropped again where it does not exist.
        weights = np.where(measure.present, measure.weights + 1e-12, 0.0)
        columns.append(rng.choice(measure.nodes, _DRAWS, p=weights / weights.sum()))
    return np.column_stack(columns)


def _existing(space: Space, points: Array) -> Array:
    """(n, d) points, filled where their other values say that a parameter does not exist."""
    axes = {p.name: axis for axis, p in enumerate(space.searched)}

    @cache
    def active(name: str) -> Mask:
        when = space[name].when
        return np.any([all_hold(each) for each in when], axis=0) if when else np.ones(len(points), dtype=bool)

    def all_hold(conditions: Conditions) -> Mask:
        mask = np.ones(len(points), dtype=bool)
        for parent, condition in conditions.items():
            mask &= active(parent)
            if parent in axes:
                mask &= _allowed(space[parent], points[:, axes[parent]], condition)
        return mask

    return filled(space, np.where(np.column_stack([active(name) for name in axes]), points, np.nan))


def _share_active(space: Space, parameter: Parameter) -> float:
    """The share of random settings in which the parameter exists."""
    if len(parameter.when) > 1:  # which may hold together
        drawn = space.decode(np.random.default_rng(0).random((_DRAWS, space.dimensions)))
        return sum(parameter.name in params for params in drawn) / _DRAWS
    share = 1.0
    for name, condition in parameter.when[0].items() if parameter.when else ():
        nodes = np.linspace(0, 1, 1001)[:-1] + 5e-4
        share *= float(_allowed(space[name], nodes, condition).mean()) * _share_active(space, space[name])
    return share


def _uniform(parameter: Parameter) -> Measure:
    size = parameter.distribution.size
    g = size if size is not None and parameter.distribution.scale is None else _NODES
    return Measure((np.arange(g) + 0.5) / g, np.full(g, 1 / g), np.ones(g, dtype=bool))


def _around(measure: Measure, points: Array, ordered: bool) -> Measure:
    if len(points) < 2:
        return measure
    gaps = np.abs(measure.nodes[:, None] - points)
    # Silverman's width for an ordered axis; a choice keeps one part in its number of values for the unseen.
    width = max(1.06 * float(points.std()) * len(points) ** -0.2, 0.05)
    near = np.exp(-0.5 * (gaps / width) ** 2) if ordered else (gaps < 0.5 / len(measure.nodes)).astype(float)
    density = near.sum(axis=1) + (0.0 if ordered else 1.0)
    return replace(measure, weights=density / density.sum())


def _with_absence(measure: Measure, share: float, parameter: Parameter) -> Measure:
    if share >= 1:
        return measure
    nodes, weights = np.append(measure.nodes, _filler(parameter)), np.append(share * measure.weights, 1 - share)
    return Measure(nodes, weights, np.append(measure.present, False))


def _allowed(parent: Parameter, nodes: Array, condition: Condition) -> Mask:
    return np.array([condition.holds(value) for value in parent.distribution.from_unit(nodes)], dtype=bool)

"""How the variance of a surrogate splits over its axes: functional ANOVA in closed form.

The kernel of the surrogate is a product over axes, so its means over any of them are sums over one axis at a time
(Oakley & O'Hagan 2004, JRSS B 66; for hyperparameters, over a forest: Hutter, Hoos & Leyton-Brown 2014, ICML).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from hpsearch.insight.evidence import Array, Mask
from hpsearch.insight.surrogate import Surrogate, distances

__all__ = ["Anova", "Measure", "anova", "pair_variance", "sampled_anova"]


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

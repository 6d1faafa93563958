"""The network in NumPy, as the lecture writes it: what the kernel has to compute, and what runs where there is none.

Letters: B examples of a mini-batch, D inputs, I inputs and H units of a layer, C classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from hpsearch.nn import randomness
from hpsearch.nn.layout import Array
from hpsearch.nn.randomness import DROPOUT, ORDER
from hpsearch.nn.samples import Samples, mini_batches
from hpsearch.nn.spec import NetworkSpec
from hpsearch.nn.state import NetworkState

Arrays = dict[str, Array]
Scores = tuple[float, float]
Masks = Callable[[int, tuple[int, ...]], Array]

LEAK = 0.01  # slope of leaky ReLU below zero
_LEAST = 1e-30  # averages below are 0, by value: subnormal numbers cost a hundred times more
_ROWS = 1024  # examples at a time where nothing is learned


@dataclass(frozen=True)
class Activation:
    """g(x), and its slope as a function of a = g(x)."""

    of: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    "relu": Activation(lambda x: np.maximum(x, 0), lambda a: (a > 0).astype(a.dtype)),
    "leaky_relu": Activation(
        lambda x: np.where(x < 0, x.dtype.type(LEAK) * x, x),
        lambda a: np.where(a > 0, a.dtype.type(1), a.dtype.type(LEAK)),
    ),
    "tanh": Activation(np.tanh, lambda a: 1 - a * a),
    # (1 + tanh(x / 2)) / 2 is 1 / (1 + exp(-x)), and cannot overflow
    "sigmoid": Activation(
        lambda x: np.tanh(x * x.dtype.type(0.5)) * x.dtype.type(0.5) + x.dtype.type(0.5), lambda a: a * (1 - a)
    ),
}


def softmax(logits: Array) -> Array:
    """exp(z) / sum(exp(z)) over the last axis; logits (..., C), any real dtype.

    >>> softmax(np.array([5.0, 2.0, -1.0, 3.0])).round(3).tolist()
    [0.842, 0.042, 0.002, 0.114]
    """
    # exp overflows float32 above 88; the shift cancels in the ratio.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def cross_entropy(logits: Array, labels: Array) -> tuple[Array, Array]:
    """(B,) -log softmax(z)[label] of each example, and whether its label has the highest logit, of equals the first."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=-1)) - shifted[np.arange(len(labels)), labels]
    return losses, logits.argmax(axis=-1) == labels


@dataclass
class Layer:
    """What one hidden layer computed for a mini-batch, and needs on its way back; each (B, H), or (H,)."""

    inputs: Array  # (B, I)
    centred: Array  # z - mean
    inverse: Array  # 1 / sqrt(variance + epsilon)
    outputs: Array  # before dropout
    mask: Array  # 0 or 1 / (1 - rate); () where there is none


class Network:
    """One network: its parameters, and the way through it and back."""

    def __init__(self, state: NetworkState) -> None:
        self.spec = state.spec
        self.parameters = {name: array.astype(state.spec.dtype) for name, array in state.parameters.items()}
        self.running = {name: array.astype(state.spec.dtype) for name, array in state.running.items()}
        self.last = len(state.spec.hidden)
        self._activation = ACTIVATIONS[state.spec.activation]

    def forward(self, x: Array, masks: Masks) -> tuple[Array, list[Layer]]:
        """Logits (B, C) of a mini-batch (B, D), and what each hidden layer computed; moves the running averages.

        Batch norm (Ioffe and Szegedy 2015, algorithm 1), with sums over the B examples:

            mu = mean(z)   s2 = mean((z - mu)^2)   zn = (z - mu) / sqrt(s2 + eps)   gamma * zn + beta
        """
        layers, keep = [], self.spec.bn_momentum
        for layer in range(self.last):
            z = x @ self.parameters[f"weight.{layer}"]
            inverse = np.ones((), z.dtype)
            if self.spec.batch_norm:
                mean, variance = z.mean(axis=0), z.var(axis=0)
                for name, value in ((f"mean.{layer}", mean), (f"variance.{layer}", variance)):
                    self.running[name] = (keep * self.running[name] + (1 - keep) * value).astype(z.dtype)
                z -= mean
                inverse = 1 / np.sqrt(variance + z.dtype.type(self.spec.bn_epsilon))
            a = self._activation.of(self._shifted(layer, z * inverse))
            mask = masks(layer, a.shape)
            layers.append(Layer(x, z, inverse, a, mask))
            x = a * mask
        return x @ self.parameters[f"weight.{self.last}"] + self.parameters[f"bias.{self.last}"], layers

    def _shifted(self, layer: int, zn: Array) -> Array:
        if self.spec.batch_norm:
            return np.asarray(zn * self.parameters[f"scale.{layer}"] + self.parameters[f"shift.{layer}"])
        return np.asarray(zn + self.parameters[f"bias.{layer}"])

    def backward(self, x: Array, d: Array, layers: list[Layer]) -> Arrays:
        """Gradients of the loss by parameter; x (B, I): inputs of the last layer, d (B, C): the gradient of its logits.

        Through batch norm, dz = gamma / sqrt(s2 + eps) * (d - mean(d) - zn * mean(d * zn)).
        """
        found = {f"weight.{self.last}": x.T @ d, f"bias.{self.last}": d.sum(axis=0)}
        for number in reversed(range(self.last)):
            layer = layers[number]
            d = d @ self.parameters[f"weight.{number + 1}"].T * layer.mask * self._activation.slope(layer.outputs)
            if self.spec.batch_norm:
                zn = layer.centred * layer.inverse
                found |= {f"scale.{number}": (d * zn).sum(axis=0), f"shift.{number}": d.sum(axis=0)}
                d = d - d.mean(axis=0) - zn * (d * zn).mean(axis=0)
                d = d * (self.parameters[f"scale.{number}"] * layer.inverse)
            else:
                found[f"bias.{number}"] = d.sum(axis=0)
            found[f"weight.{number}"] = layer.inputs.T @ d
        return found

    def gradients(
        self, x: Array, labels: Array, masks: Masks = lambda _layer, _shape: np.ones(())
    ) -> tuple[Array, Array, Arrays]:
        """Losses and hits of a mini-batch, both (B,), and the gradients of the mean loss by parameter."""
        logits, layers = self.forward(x, masks)
        losses, hits = cross_entropy(logits, labels)
        d = softmax(logits)
        d[np.arange(len(labels)), labels] -= 1
        inputs = layers[-1].outputs * layers[-1].mask if layers else x
        return losses, hits, self.backward(inputs, d / d.dtype.type(len(labels)), layers)

    def logits(self, x: Array) -> Array:
        """(n, C) at test time, by the running averages, for inputs (n, D)."""
        for layer in range(self.last):
            z = x @ self.parameters[f"weight.{layer}"]
            if self.spec.batch_norm:
                z -= self.running[f"mean.{layer}"]
                z /= np.sqrt(self.running[f"variance.{layer}"] + z.dtype.type(self.spec.bn_epsilon))
            x = self._activation.of(self._shifted(layer, z))
        return np.asarray(x @ self.parameters[f"weight.{self.last}"] + self.parameters[f"bias.{self.last}"])

    def scores(self, samples: Samples) -> Scores:
        """Mean loss and accuracy at test time."""
        loss = hits = 0.0
        for start in range(0, len(samples.labels), _ROWS):
            rows = slice(start, start + _ROWS)
            logits = self.logits(samples.inputs[rows].astype(self.spec.dtype, copy=False))
            losses, hit = cross_entropy(logits, samples.labels[rows])
            loss, hits = loss + float(losses.sum(dtype=np.float64)), hits + float(hit.sum())
        return loss / len(samples.labels), hits / len(samples.labels)


def step(
    spec: NetworkSpec, alpha: float, w: Array, g: Array, moments: Mapping[str, Array], powers: Mapping[str, float]
) -> None:
    """Step parameters w along their gradient g, and move the optimizer's averages, all in place.

        sgd        w -= alpha g
        momentum   v = beta v + (1 - beta) g                    w -= alpha v                     (Polyak 1964)
        rmsprop    s = beta2 s + (1 - beta2) g^2                w -= alpha g / (sqrt(s) + eps)   (Tieleman, Hinton 2012)
        adam       v and s, each over 1 - beta^t by the t-th step, in the place of g and s       (Kingma, Ba 2015)

    moments: the averages v and s as `first` and `second`; powers: their beta^t, this step included.
    """
    beta = spec.momentum if spec.optimizer == "momentum" else spec.beta1
    kind = w.dtype.type
    along = g
    if spec.optimizer in ("momentum", "adam"):
        moments["first"][:] = _kept(kind(beta) * moments["first"] + kind(1 - beta) * g)
        along = moments["first"]
    if spec.optimizer in ("rmsprop", "adam"):
        moments["second"][:] = _kept(kind(spec.beta2) * moments["second"] + kind(1 - spec.beta2) * g * g)
        corrected = (powers["first"], powers["second"]) if spec.optimizer == "adam" else (0.0, 0.0)
        root = np.sqrt(moments["second"] / kind(1 - corrected[1]))
        along = along / kind(1 - corrected[0]) / (root + kind(spec.epsilon))
    w -= kind(alpha) * along


def _kept(x: Array) -> Array:
    return np.where(np.abs(x) < _LEAST, 0, x)


class Trainer:
    """Trains one network in NumPy; see `training`, which has the kernel's beside it."""

    def __init__(self, state: NetworkState, samples: Samples, validation: Samples) -> None:
        self._state, self._samples, self._validation = state, samples, validation
        self._network = Network(state)
        self._moments = {
            kind: {name: array.copy() for name, array in state.moments[kind].items()} for kind in state.moments
        }
        self._powers = dict(state.powers)

    def train(self, epoch: int, alphas: Array, stop: Array) -> list[tuple[float, ...]]:
        """Train an epoch for each learning rate; the four metrics of each that is done.

        They end where a loss is no finite number, and where `stop`, (1,) int32, is set.
        """
        rows: list[tuple[float, ...]] = []
        with np.errstate(all="ignore"):  # an overflow is a result here
            for alpha in alphas:
                own = self._epoch(epoch + len(rows), float(alpha), stop)
                if own is None:
                    break
                rows.append((*own, *self._network.scores(self._validation)))
                if not np.isfinite([rows[-1][0], rows[-1][2]]).all():
                    break
        return rows

    def _epoch(self, epoch: int, alpha: float, stop: Array) -> Scores | None:
        spec, samples = self._state.spec, self._samples
        order = randomness.permutation(randomness.key(spec.seed, ORDER, epoch), len(samples.labels))
        loss, hits, seen = 0.0, 0.0, 0
        for places in mini_batches(spec, len(order)):
            if stop[0]:
                return None
            chosen = order[places]

            def masks(layer: int, shape: tuple[int, ...], place: int = places.start) -> Array:
                if not spec.dropout:
                    return np.ones((), spec.dtype)
                start = randomness.key(spec.seed, DROPOUT, epoch, layer + 1, place + 1)
                kept = randomness.mask(start, shape, spec.dropout)
                return np.asarray(kept * np.array(1 / (1 - spec.dropout), spec.dtype))

            x = samples.inputs[chosen].astype(spec.dtype, copy=False)
            losses, hit, gradients = self._network.gradients(x, samples.labels[chosen], masks)
            loss, hits, seen = loss + float(losses.sum(dtype=np.float64)), hits + float(hit.sum()), seen + len(chosen)
            if not np.isfinite(loss):
                return nan, hits / seen
            self._step(alpha, gradients)
        return loss / seen, hits / seen

    def _step(self, alpha: float, gradients: Arrays) -> None:
        spec = self._state.spec
        first = spec.momentum if spec.optimizer == "momentum" else spec.beta1
        self._powers = {"first": self._powers["first"] * first, "second": self._powers["second"] * spec.beta2}
        for name, g in gradients.items():
            w = self._network.parameters[name]
            penalized = g + w.dtype.type(spec.l2) * w if name.startswith("weight") else g
            own = {kind: moments[name] for kind, moments in self._moments.items()}
            step(spec, alpha, w, penalized, own, self._powers)

    def state(self, epoch: int) -> NetworkState:
        """The network as it is now, after so many epochs."""
        network = self._network
        return replace(
            self._state,
            epoch=epoch,
            parameters=network.parameters,
            running=network.running,
            moments=self._moments,
            powers=self._powers,
        )

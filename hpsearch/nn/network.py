"""The way through a stack of networks and back, batch norm included, on buffers made once for one mini-batch size."""

from dataclasses import dataclass

import numpy as np

from hpsearch.nn.activations import ACTIVATIONS, CrossEntropy, Dropout
from hpsearch.nn.layout import Array, batch_major, class_major, per_model, rows
from hpsearch.nn.stacking import Stack

Views = dict[str, Array]


@dataclass
class BatchNorm:
    """Batch norm of one hidden layer of P models, on arrays of m rows and P * H columns.

    Formulas: Ioffe and Szegedy, "Batch Normalization", 2015, algorithm 1 and section 3.1. With m examples,

        mu = mean_i z_i                     s2 = mean_i (z_i - mu)^2
        zn = (z - mu) / sqrt(s2 + eps)      zt = gamma * zn + beta

    Units of different models do not meet here, so the P models' H units are simply P * H units side by side.

    scale, shift: gamma and beta (P, 1, H), views into the stack's parameters, and so are their gradients.
    running: (2, P, 1, H), exponentially weighted averages of mu and s2 over the mini-batches of training.
    keep: weight of the old value in these averages; epsilon: keeps the division finite; both (P, 1, 1).
    batch: m, the number of examples.
    """

    scale: Array
    shift: Array
    scale_gradient: Array
    shift_gradient: Array
    running: Array
    keep: Array
    epsilon: Array
    batch: int

    def __post_init__(self) -> None:
        self._share = np.full(self.batch, 1 / self.batch, self.running.dtype)
        self._batch, self._sums = np.empty_like(self.running), np.empty_like(self.running)
        self._inverse, self._slope = np.empty((2, *self.scale.shape), self.running.dtype)

    def forward(self, z: Array, out: Array) -> None:
        """Write zt to out (m, P * H), leave z - mu in z, and move the running averages."""
        mean, variance = self._batch.reshape(2, -1)
        np.dot(self._share, z, out=mean)  # in half the time of np.mean
        z -= mean
        np.multiply(z, z, out=out)
        np.dot(self._share, out, out=variance)
        np.add(self._batch[1], self.epsilon, out=self._inverse)
        np.sqrt(self._inverse, out=self._inverse)
        np.divide(1, self._inverse, out=self._inverse)
        np.multiply(self.scale, self._inverse, out=self._slope)
        np.multiply(z, self._slope.reshape(-1), out=out)
        out += self.shift.reshape(-1)
        # running = keep * running + (1 - keep) * batch
        self.running -= self._batch
        self.running *= self.keep
        self.running += self._batch

    def backward(self, d: Array, z: Array, scratch: Array) -> None:
        """Turn d (m, P * H), the gradient of zt, into the one of z, through mu and s2.

        z holds z - mu, as forward left it. With sums over the m examples,
        d_z = gamma / sqrt(s2 + eps) * (d - sum(d) / m - zn * sum(d * zn) / m).
        """
        along, mean = self._sums  # means of d * zn and of d
        np.multiply(d, z, out=scratch)
        np.dot(self._share, scratch, out=along.reshape(-1))
        np.dot(self._share, d, out=mean.reshape(-1))
        along *= self._inverse
        np.multiply(along, self.batch, out=self.scale_gradient)
        np.multiply(mean, self.batch, out=self.shift_gradient)
        along *= self._inverse
        np.multiply(z, along.reshape(-1), out=scratch)
        scratch += mean.reshape(-1)
        d -= scratch
        d *= self._slope.reshape(-1)


@dataclass
class Bias:
    """What a hidden layer has instead when batch norm is off: z + b, with b (P, 1, H)."""

    bias: Array
    bias_gradient: Array

    def forward(self, z: Array, out: Array) -> None:
        """Write z + b to out (m, P * H)."""
        np.add(z, self.bias.reshape(-1), out=out)

    def backward(self, d: Array, _z: Array, _scratch: Array) -> None:
        """The gradient d (m, P * H) passes as it is; its sum over the batch is the bias's."""
        self.bias_gradient[:] = np.add.reduce(d, axis=0).reshape(self.bias_gradient.shape)


class Hidden:
    """One hidden layer of P models: matrix product, batch norm or bias, activation, dropout.

    weight: (P, I, H). gradient: (P, B, H), of what `forward` returned. mask: (P, B, H) of dropout, or None without it.
    """

    def __init__(self, stack: Stack, layer: int, batch: int, parameters: Views, gradients: Views) -> None:
        specs, dtype = stack.specs, stack.parameters.dtype
        self.weight, self._weight_gradient = parameters[f"weight.{layer}"], gradients[f"weight.{layer}"]
        self._offset = _offset(stack, layer, batch, parameters, gradients)
        self._activation = ACTIVATIONS[specs[0].activation]
        shape = (len(specs), batch, stack.layout.widths[layer + 1], dtype)
        self._z, self._outputs, self.gradient = (batch_major(*shape) for _ in range(3))
        self._scratch = np.zeros_like(rows(self._z))
        self._positive = np.zeros(self._scratch.shape, bool)
        # 1 for each unit and 0 for padding, where that matters
        units = np.arange(shape[2]) < per_model([spec.hidden[layer] for spec in specs], np.int64, 3)
        self._units = units.astype(dtype) if self._activation.at_zero and not units.all() else None
        self.mask = batch_major(*shape) + dtype.type(1) if any(spec.dropout for spec in specs) else None
        self._dropped = self._outputs if self.mask is None else batch_major(*shape)

    def forward(self, inputs: Array) -> Array:
        """Return the layer's outputs (P, B, H) for inputs (B, I) or (P, B, I)."""
        np.matmul(inputs, self.weight, out=self._z)
        outputs = rows(self._outputs)
        self._offset.forward(rows(self._z), outputs)
        self._activation.forward(outputs, self._positive)
        if self._units is not None:
            self._outputs *= self._units
        if self.mask is not None:
            np.multiply(self._outputs, self.mask, out=self._dropped)
        return self._dropped

    def backward(self, inputs: Array) -> Array:
        """Turn `gradient`, of what forward returned, into the one of z, and return it."""
        d = self.gradient
        if self.mask is not None:
            d *= self.mask
        self._activation.backward(rows(d), rows(self._outputs), self._positive, self._scratch)
        self._offset.backward(rows(d), rows(self._z), self._scratch)
        np.matmul(inputs.swapaxes(-1, -2), d, out=self._weight_gradient)
        return d


def _offset(stack: Stack, layer: int, batch: int, parameters: Views, gradients: Views) -> BatchNorm | Bias:
    if not stack.layout.batch_norm:
        return Bias(parameters[f"bias.{layer}"], gradients[f"bias.{layer}"])
    scale, shift = f"scale.{layer}", f"shift.{layer}"
    own = parameters[scale], parameters[shift], gradients[scale], gradients[shift]
    keep = per_model([spec.bn_momentum for spec in stack.specs], stack.parameters.dtype, 3)
    epsilon = per_model([spec.bn_epsilon for spec in stack.specs], stack.parameters.dtype, 3)
    return BatchNorm(*own, stack.running[layer], keep, epsilon, batch)


class Network:
    """Forward and backward for mini-batches of `batch` examples, on the stack's own parameters."""

    def __init__(self, stack: Stack, batch: int) -> None:
        parameters, gradients = stack.layout.views(stack.parameters), stack.layout.views(stack.gradients)
        last = len(stack.layout.widths) - 2
        self._hidden = [Hidden(stack, layer, batch, parameters, gradients) for layer in range(last)]
        self._masks = [layer.mask for layer in self._hidden if layer.mask is not None]
        self._weight, self._weight_gradient = parameters[f"weight.{last}"], gradients[f"weight.{last}"]
        self._bias, self._bias_gradient = parameters[f"bias.{last}"], gradients[f"bias.{last}"]
        self._logits = class_major(len(stack.specs), batch, stack.layout.widths[-1], stack.parameters.dtype)
        self._loss = CrossEntropy(self._logits)

    def gradients(self, inputs: Array, labels: Array, dropout: Dropout) -> tuple[Array, Array]:
        """Write the gradient of each model's mean loss; return the examples' losses and hits, both (P, B)."""
        dropout.fill(self._masks)
        passed = [inputs]
        for layer in self._hidden:
            passed.append(layer.forward(passed[-1]))
        np.matmul(passed[-1], self._weight, out=self._logits)
        self._logits += self._bias
        losses, hits = self._loss.backward(labels)
        d, weight = self._logits, self._weight
        np.matmul(passed[-1].swapaxes(-1, -2), d, out=self._weight_gradient)
        np.add.reduce(d, axis=1, keepdims=True, out=self._bias_gradient)
        for layer, layer_inputs in zip(reversed(self._hidden), reversed(passed[:-1]), strict=True):
            np.matmul(d, weight.swapaxes(1, 2), out=layer.gradient)
            d, weight = layer.backward(layer_inputs), layer.weight
        return losses, hits

"""The way through a stack of networks and back, on buffers made once for one mini-batch size."""

from dataclasses import dataclass

import numpy as np

from hpsearch.nn.activations import ACTIVATIONS, Activation, Dropout
from hpsearch.nn.batch_norm import BatchNorm, Bias
from hpsearch.nn.layout import Array, batch_major, class_major, per_model, rows
from hpsearch.nn.softmax import CrossEntropy
from hpsearch.nn.stack import Stack


@dataclass
class Hidden:
    """One hidden layer of P models: matrix product, batch norm or bias, activation, dropout.

    weight, weight_gradient: (P, I, H). z, outputs, gradient: (P, B, H), `batch_major`; scratch, positive: (B, P * H).
    units: (P, 1, H), 0 where a unit is padding, or None where such a unit is silent anyway. mask: (P, B, H) of
    dropout, or None without it.
    """

    weight: Array
    weight_gradient: Array
    offset: BatchNorm | Bias
    activation: Activation
    z: Array
    outputs: Array
    gradient: Array
    scratch: Array
    positive: Array
    units: Array | None
    mask: Array | None
    dropped: Array

    def forward(self, inputs: Array) -> Array:
        """Return the layer's outputs (P, B, H) for inputs (B, I) or (P, B, I)."""
        np.matmul(inputs, self.weight, out=self.z)
        outputs = rows(self.outputs)
        self.offset.forward(rows(self.z), outputs)
        self.activation.forward(outputs, self.positive)
        if self.units is not None:
            self.outputs *= self.units
        if self.mask is None:
            return self.outputs
        return np.multiply(self.outputs, self.mask, out=self.dropped)

    def backward(self, inputs: Array) -> Array:
        """Turn `gradient`, of what forward returned, into the one of z, and return it."""
        d = self.gradient
        if self.mask is not None:
            d *= self.mask
        self.activation.backward(rows(d), rows(self.outputs), self.positive, self.scratch)
        self.offset.backward(rows(d), rows(self.z), self.scratch)
        np.matmul(inputs.swapaxes(-1, -2), d, out=self.weight_gradient)
        return d


class Network:
    """Forward and backward for mini-batches of `batch` examples, on the stack's own parameters."""

    def __init__(self, stack: Stack, batch: int) -> None:
        parameters, gradients = stack.layout.views(stack.parameters), stack.layout.views(stack.gradients)
        self.hidden = [
            _hidden(stack, layer, batch, parameters, gradients) for layer in range(len(stack.layout.widths) - 2)
        ]
        last = len(self.hidden)
        self._weight, self._weight_gradient = parameters[f"weight.{last}"], gradients[f"weight.{last}"]
        self._bias, self._bias_gradient = parameters[f"bias.{last}"], gradients[f"bias.{last}"]
        self._logits = class_major(len(stack.specs), batch, stack.layout.widths[-1], stack.parameters.dtype)
        self._loss = CrossEntropy(self._logits)

    def gradients(self, inputs: Array, labels: Array, dropout: Dropout) -> tuple[Array, Array]:
        """Write the gradient of each model's mean loss; return the examples' losses and hits, both (P, B)."""
        masks = [layer.mask for layer in self.hidden if layer.mask is not None]
        dropout.fill(masks)
        passed = [inputs]
        for layer in self.hidden:
            passed.append(layer.forward(passed[-1]))
        np.matmul(passed[-1], self._weight, out=self._logits)
        self._logits += self._bias
        losses, hits = self._loss.backward(labels)
        self._backward(passed)
        return losses, hits

    def _backward(self, passed: list[Array]) -> None:
        d, weight = self._logits, self._weight
        np.matmul(passed[-1].swapaxes(-1, -2), d, out=self._weight_gradient)
        np.add.reduce(d, axis=1, keepdims=True, out=self._bias_gradient)
        for layer, inputs in zip(reversed(self.hidden), reversed(passed[:-1]), strict=True):
            np.matmul(d, weight.swapaxes(1, 2), out=layer.gradient)
            d, weight = layer.backward(inputs), layer.weight


def _hidden(stack: Stack, layer: int, batch: int, parameters: dict[str, Array], gradients: dict[str, Array]) -> Hidden:
    specs, dtype = stack.specs, stack.parameters.dtype
    shape = (len(specs), batch, stack.layout.widths[layer + 1], dtype)
    activation = ACTIVATIONS[specs[0].activation]
    dropping = any(spec.dropout for spec in specs)
    z, outputs, gradient = (batch_major(*shape) for _ in range(3))
    mask = batch_major(*shape) + dtype.type(1) if dropping else None
    return Hidden(
        parameters[f"weight.{layer}"],
        gradients[f"weight.{layer}"],
        _offset(stack, layer, parameters, gradients, batch),
        activation,
        z,
        outputs,
        gradient,
        scratch=np.zeros_like(rows(z)),
        positive=np.zeros(rows(z).shape, bool),
        units=_units(stack, layer) if activation.at_zero else None,
        mask=mask,
        dropped=batch_major(*shape) if dropping else outputs,
    )


def _offset(
    stack: Stack, layer: int, parameters: dict[str, Array], gradients: dict[str, Array], batch: int
) -> BatchNorm | Bias:
    if not stack.layout.batch_norm:
        return Bias(parameters[f"bias.{layer}"], gradients[f"bias.{layer}"])
    dtype = stack.parameters.dtype
    return BatchNorm(
        parameters[f"scale.{layer}"],
        parameters[f"shift.{layer}"],
        gradients[f"scale.{layer}"],
        gradients[f"shift.{layer}"],
        stack.running[layer],
        keep=per_model([spec.bn_momentum for spec in stack.specs], dtype, 3),
        epsilon=per_model([spec.bn_epsilon for spec in stack.specs], dtype, 3),
        batch=batch,
    )


def _units(stack: Stack, layer: int) -> Array | None:
    """Return 1 for each unit and 0 for padding, (P, 1, H); None if nothing is padded."""
    width = stack.layout.widths[layer + 1]
    units = np.arange(width) < np.array([[[spec.hidden[layer]]] for spec in stack.specs])
    return None if units.all() else units.astype(stack.parameters.dtype)

"""Test time: batch norm folded into the weights, so one example alone can be classified."""

from collections.abc import Sequence

import numpy as np

from hpsearch.nn.activations import ACTIVATIONS, CrossEntropy, softmax
from hpsearch.nn.batches import Samples
from hpsearch.nn.layout import Array, class_major, per_model
from hpsearch.nn.stacking import Stack
from hpsearch.nn.state import NetworkState

_ROWS = 256  # examples at a time, so that activations stay in the processor's cache

Affine = tuple[Array, Array]


def folded(stack: Stack) -> list[Affine]:
    """Return each layer of a stack of P models as one affine map, weights (P, I, O) and bias (P, 1, O).

    With slope = gamma / sqrt(variance + eps), batch norm at test time is z * slope + (beta - mean * slope),
    and z = x W has no bias: the map is x (W * slope) + (beta - mean * slope).
    """
    layers, parameters = [], stack.layout.views(stack.parameters)
    for layer in range(len(stack.layout.widths) - 1):
        weight = parameters[f"weight.{layer}"]
        if layer < len(stack.running):  # all but the last, under batch norm
            mean, variance = stack.running[layer]
            epsilon = per_model([spec.bn_epsilon for spec in stack.specs], weight.dtype, 3)
            slope = parameters[f"scale.{layer}"] / np.sqrt(variance + epsilon)
            layers.append((weight * slope, parameters[f"shift.{layer}"] - mean * slope))
        else:
            layers.append((weight, parameters[f"bias.{layer}"]))
    return layers


def logits(layers: Sequence[Affine], activation: str, inputs: Array) -> Array:
    """Return z of the output layer (P, B, C), stored class first, for inputs (B, D)."""
    outputs = inputs
    for weight, bias in layers[:-1]:
        outputs = np.matmul(outputs, weight)
        outputs += bias
        ACTIVATIONS[activation].forward(outputs, np.empty(outputs.shape, bool))
    weight, bias = layers[-1]
    z = class_major(weight.shape[0], len(inputs), weight.shape[-1], weight.dtype)
    np.matmul(outputs, weight, out=z)
    z += bias
    return z


def stack_scores(stack: Stack, samples: Samples) -> tuple[Array, Array]:
    """Return mean loss and accuracy of each model on the samples, both (P,), float64."""
    layers = folded(stack)
    loss, hit = np.zeros(len(stack.specs)), np.zeros(len(stack.specs))
    for start in range(0, len(samples.labels), _ROWS):
        rows = slice(start, start + _ROWS)
        z = logits(layers, stack.specs[0].activation, samples.inputs[rows])
        losses, hits = CrossEntropy(z).forward(samples.labels[rows])
        loss += losses.sum(axis=1, dtype=np.float64)
        hit += hits.sum(axis=1)
    return loss / len(samples.labels), hit / len(samples.labels)


def predict(state: NetworkState, inputs: Array) -> Array:
    """Return the probabilities (n, C) of each class for inputs (n, D), normalized as in training; any n >= 1.

    Raises ValueError if the inputs are not (n, D) with the D that the network was trained on.
    """
    if inputs.ndim != 2 or inputs.shape[1] != state.n_inputs:
        raise ValueError(f"inputs need the shape (n, {state.n_inputs}), got {inputs.shape}")
    with np.errstate(all="ignore"):
        z = logits(folded(Stack([state])), state.spec.activation, inputs.astype(state.spec.dtype))
        return softmax(z[0])


def predict_class(state: NetworkState, inputs: Array) -> Array:
    """Return the hard max beside the soft max: the most probable class (n,) for inputs (n, D)."""
    return np.asarray(predict(state, inputs).argmax(axis=1))


def evaluate(state: NetworkState, samples: Samples) -> tuple[float, float]:
    """Return a network's mean loss and accuracy on samples (n, D)."""
    with np.errstate(all="ignore"):
        loss, accuracy = stack_scores(Stack([state]), samples.astype(state.spec.dtype))
    return float(loss[0]), float(accuracy[0])

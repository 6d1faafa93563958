"""Logistic regression in NumPy, with nothing of hpsearch in it: a generator that yields after each epoch."""

from collections.abc import Iterator

import numpy as np


def train(learning_rate: float, momentum: float, epochs: int, seed: int) -> Iterator[dict[str, float]]:
    """Gradient descent with momentum on two overlapping clouds of points."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 600)
    inputs = rng.normal(size=(600, 20)) + 0.4 * labels[:, None]
    weights, velocity = np.zeros(20), np.zeros(20)
    for epoch in range(1, epochs + 1):
        gradient = inputs[:400].T @ (_sigmoid(inputs[:400] @ weights) - labels[:400]) / 400
        velocity = momentum * velocity + (1 - momentum) * gradient
        weights -= learning_rate * velocity
        p = np.clip(_sigmoid(inputs[400:] @ weights), 1e-12, 1 - 1e-12)
        loss = -np.mean(np.where(labels[400:] == 1, np.log(p), np.log(1 - p)))
        yield {"epoch": epoch, "val_loss": float(loss), "val_accuracy": float(np.mean((p > 0.5) == labels[400:]))}


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

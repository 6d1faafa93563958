"""Small data sets and a way to take single steps, shared by the tests of the networks."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hpsearch.nn import NetworkSpec, NetworkState, Samples
from hpsearch.nn.activations import Dropout
from hpsearch.nn.network import Network
from hpsearch.nn.stacking import Stack

Array = npt.NDArray[np.float64]


def blobs(n: int, n_classes: int, seed: int, spread: float = 0.3) -> Samples:
    """Classes around corners of a 5-dimensional cube: separable where spread is small."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    corners = np.random.default_rng(99).choice([-1.0, 1.0], (n_classes, 5)) + np.arange(n_classes)[:, None] * 0.3
    return Samples(corners[labels] + rng.normal(0, spread, (n, 5)), labels)


@pytest.fixture(scope="session")
def toy() -> tuple[Samples, Samples]:
    """Training and validation samples of 3 classes; 70 and 30 examples of 5 inputs."""
    return blobs(70, 3, seed=1), blobs(30, 3, seed=2)


def moved(state: NetworkState, seed: int = 5) -> NetworkState:
    """Shake every parameter, so that scales are not 1 and shifts and biases not 0."""
    rng = np.random.default_rng(seed)
    for array in state.parameters.values():
        array += rng.normal(0, 0.3, array.shape)
    return state


class Stepper:
    """A stack that takes single steps on one mini-batch."""

    def __init__(self, states: list[NetworkState], x: Array, y: npt.NDArray[np.intp]) -> None:
        self.stack = Stack(states)
        self.network = Network(self.stack, len(y))
        self.x, self.y = x, y

    def loss(self) -> Array:
        """Mean loss of each model, with the dropout masks of epoch 0; the gradients are a by-product."""
        dropout = Dropout(self.stack.specs, [0] * len(self.stack.specs))
        return np.asarray(self.network.gradients(self.x, self.y, dropout)[0].mean(axis=1))

    def step(self) -> Array:
        loss = self.loss()
        self.stack.step(np.array([[spec.learning_rate] for spec in self.stack.specs]))
        return loss

    def state(self) -> NetworkState:
        return self.stack.states([1] * len(self.stack.specs))[0]


@pytest.fixture(scope="session")
def stepper() -> type[Stepper]:
    return Stepper


@pytest.fixture(scope="session")
def shake() -> Callable[..., NetworkState]:
    return moved


@pytest.fixture(scope="session")
def slope() -> Callable[[Callable[[], float], Array], Array]:
    """Central differences of a function with respect to an array that it reads."""

    def differences(function: Callable[[], float], at: Array, h: float = 1e-6) -> Array:
        found = np.zeros(at.shape)
        for index in np.ndindex(at.shape):
            middle = at[index]
            at[index] = middle + h
            above = function()
            at[index] = middle - h
            found[index] = (above - function()) / (2 * h)
            at[index] = middle
        return found

    return differences


@pytest.fixture(scope="session")
def exact() -> Callable[..., NetworkSpec]:
    """A float64 spec, where rounding cannot hide an error."""
    return lambda **fields: NetworkSpec(**{"dtype": "float64", **fields})

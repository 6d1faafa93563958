"""Small data sets and a way to take single steps, shared by the tests of the networks."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hpsearch.nn import NetworkSpec, NetworkState, Samples, kernel
from hpsearch.nn.reference import Network, step

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
    """A network that takes single steps on one mini-batch."""

    def __init__(self, state: NetworkState, x: Array, y: npt.NDArray[np.intp]) -> None:
        self.network, self.spec = Network(state), state.spec
        self.x, self.y, self.steps = x, y, 0
        self.moments = {
            name: {kind: np.zeros_like(array) for kind in ("first", "second")}
            for name, array in state.parameters.items()
        }

    def loss(self, masks: Callable[..., Array] = lambda _layer, _shape: np.ones(())) -> float:
        """Mean loss; the gradients are a by-product."""
        losses, _, self.gradients = self.network.gradients(self.x, self.y, masks)
        return float(losses.mean())

    def step(self) -> float:
        loss, spec = self.loss(), self.spec
        self.steps += 1
        powers = {"first": spec.beta1**self.steps, "second": spec.beta2**self.steps}
        for name, g in self.gradients.items():
            w = self.network.parameters[name]
            step(spec, spec.learning_rate, w, g, self.moments[name], powers)
        return loss


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


@pytest.fixture(params=["kernel", "numpy"])
def engine(request: pytest.FixtureRequest) -> str:
    """What trains; the kernel is skipped, aloud, where there is none."""
    if request.param == "kernel" and (reason := kernel.missing()):
        pytest.skip(reason)
    return str(request.param)


@pytest.fixture(scope="session")
def exact() -> Callable[..., NetworkSpec]:
    """A float64 spec, where rounding cannot hide an error."""
    return lambda **fields: NetworkSpec(**{"dtype": "float64", **fields})

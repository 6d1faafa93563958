"""Functions with a known optimum, shaped like the losses of training: what a search method is measured on.

Each loss is at least 0 and reaches 0 (HARTMANN: its known minimum is taken off). `noise` is the standard deviation of
what a trial sees; regret is measured without it. NaN is a failed trial.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpsearch.space import Choice, Numeric, Ordinal, Parameter, Space, among

__all__ = ["FUNCTIONS", "Function"]

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """A loss over a space; smaller is better and 0 is the optimum."""

    name: str
    space: Space
    loss: Callable[[Params], float]
    noise: float = 0.0


def _space(*parameters: tuple[Any, ...]) -> Space:
    return Space(tuple(Parameter(*parameter) for parameter in parameters))


def _uniforms(n: int) -> Space:
    return _space(*((f"x{i}", Numeric("uniform", 0.0, 1.0)) for i in range(n)))


def _vector(p: Params) -> np.ndarray:
    return np.array([p[f"x{i}"] for i in range(len(p))])


RATE = Numeric("loguniform", 1e-5, 1.0)
BETA = Numeric("reverseloguniform", 0.9, 0.9999)


def _bowl(p: Params) -> float:
    rate, decay = np.log10(p["rate"]) + 2.3, np.log10(p["decay"]) + 4.2
    return float(1 - np.exp(-0.3 * (rate**2 + 0.5 * decay**2 + 0.6 * rate * decay)))


def _network(p: Params) -> float:
    rate = np.log10(p["rate"]) + 2.6 + 0.5 * np.log10(p["batch"] / 32) + 0.4 * (-np.log10(1 - p["beta"]) - 1.4)
    units = np.log2(p["units"] / 200)
    batch = {16: 0.01, 32: 0.0, 64: 0.005, 128: 0.02}[p["batch"]]
    return float(0.5 * np.tanh(0.35 * rate**2) + 0.01 * units**2 + batch + 0.02 * (-np.log10(1 - p["beta"]) - 1.4) ** 2)


def _ripples(p: Params) -> float:
    x = _vector(p) - np.array([0.23, 0.71, 0.42])
    return float((4 * x**2 + 0.15 * (1 - np.cos(8 * np.pi * x))).sum())


def _corner(p: Params) -> float:
    rate = np.log10(p["rate"])
    return float(0.2 * rate**2 + 0.5 * (1 - p["keep"]) + 0.3 * np.log2(512 / p["units"]) + 0.4 * p["noise"] ** 0.5)


def _haystack(p: Params) -> float:
    x = _vector(p)
    return float(3 * (x[2] - 0.62) ** 2 + 2 * (x[7] - 0.31) ** 2 + 1.0 * abs(x[9] - x[2] - 0.1))


def _optimizers(p: Params) -> float:
    rate = np.log10(p["rate"])
    floor, ideal, width = {"sgd": (0.05, -1.0, 0.5), "momentum": (0.02, -1.8, 0.8), "adam": (0.0, -2.9, 1.0)}[p["opt"]]
    loss = floor + 0.3 * np.tanh(((rate - ideal) / width) ** 2)
    if p["opt"] == "momentum":
        loss += 0.05 * (-np.log10(1 - p["beta"]) - 1.5) ** 2
    if p["opt"] == "adam":
        loss += 0.03 * (-np.log10(1 - p["beta2"]) - 2.2) ** 2 + 0.002 * (np.log10(p["eps"]) + 8) ** 2
    return float(loss + 0.02 * (p["layers"] - 3) ** 2)


def _valley(p: Params) -> float:
    x = 2.5 * _vector(p) - 0.75
    return float(np.log1p((10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()))


def _cliff(p: Params) -> float:
    rate = np.log10(p["rate"]) + 0.3 * p["layers"]
    if rate > 0.1:
        return float("nan")
    return float(0.1 * np.abs(rate) ** 1.5 + 0.03 * (p["layers"] - 2) ** 2 + 0.2 * (p["l2"] - 0.3) ** 2)


_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def _hartmann(p: Params) -> float:
    heights = np.array([1.0, 1.2, 3.0, 3.2])
    return float(3.32237 - heights @ np.exp(-(_A * (_vector(p) - _P) ** 2).sum(axis=1)))


def _recipe(p: Params) -> float:
    loss = 0.1 * (p["activation"] != "relu") + 0.05 * (p["init"] != "he") + 0.04 * (p["norm"] == "none")
    loss += 0.08 * (p["activation"] == "tanh" and p["init"] == "he")
    loss += 0.03 * abs({16: 0, 32: 1, 64: 2, 128: 3, 256: 4}[p["batch"]] - 2)
    loss += 0.1 * (np.log10(p["rate"]) + 3) ** 2 + 0.02 * (p["layers"] - 4) ** 2 + 0.3 * (p["dropout"] - 0.2) ** 2
    return float(loss + 0.1 * (p["dropout"] > 0.4 and p["norm"] == "batch"))


def _steps(p: Params) -> float:
    """An accuracy on 200 examples: plateaus."""
    x = _vector(p) - np.array([0.8, 0.35, 0.5, 0.15])
    return float(np.floor(200 * np.tanh((np.array([3, 1.5, 0.7, 0.3]) * x**2).sum())) / 200)


def _ackley(p: Params) -> float:
    x = 4 * (_vector(p) - np.linspace(0.3, 0.6, 8))
    return float(20 - 20 * np.exp(-0.2 * np.sqrt((x**2).mean())) + np.e - np.exp(np.cos(2 * np.pi * x).mean()))


_ADAM, _MOMENTUM = ({"opt": among("adam")},), ({"opt": among("momentum")},)
FUNCTIONS = (
    Function("bowl", _space(("rate", RATE), ("decay", Numeric("loguniform", 1e-6, 1e-2))), _bowl),
    Function(
        "noisy network",
        _space(
            ("rate", RATE),
            ("beta", BETA),
            ("units", Numeric("lograndint", 16, 512)),
            ("batch", Choice((16, 32, 64, 128))),
        ),
        _network,
        noise=0.02,
    ),
    Function("ripples", _uniforms(3), _ripples),
    Function(
        "corner",
        _space(
            ("rate", RATE),
            ("keep", Numeric("uniform", 0.2, 1.0)),
            ("units", Numeric("lograndint", 8, 512)),
            ("noise", Numeric("uniform", 0.0, 1.0)),
        ),
        _corner,
    ),
    Function("haystack", _uniforms(12), _haystack),
    Function(
        "optimizers",
        _space(
            ("opt", Choice(("sgd", "momentum", "adam"))),
            ("rate", RATE),
            ("beta", Numeric("reverseloguniform", 0.5, 0.999), _MOMENTUM),
            ("beta2", BETA, _ADAM),
            ("eps", Numeric("loguniform", 1e-10, 1e-4), _ADAM),
            ("layers", Numeric("randint", 1, 6)),
        ),
        _optimizers,
        noise=0.005,
    ),
    Function("valley", _uniforms(5), _valley),
    Function(
        "cliff",
        _space(("rate", RATE), ("layers", Numeric("randint", 1, 5)), ("l2", Numeric("uniform", 0.0, 1.0))),
        _cliff,
        noise=0.002,
    ),
    Function("hartmann", _uniforms(6), _hartmann),
    Function(
        "recipe",
        _space(
            ("activation", Choice(("relu", "tanh", "sigmoid", "elu"))),
            ("init", Choice(("he", "xavier", "normal"))),
            ("norm", Choice(("batch", "layer", "none"))),
            ("batch", Ordinal((16, 32, 64, 128, 256))),
            ("rate", RATE),
            ("layers", Numeric("randint", 1, 8)),
            ("dropout", Numeric("uniform", 0.0, 0.6)),
        ),
        _recipe,
        noise=0.01,
    ),
    Function("steps", _uniforms(4), _steps),
    Function("ackley", _uniforms(8), _ackley),
)

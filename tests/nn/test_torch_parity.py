"""Same weights, same data, same numbers as PyTorch: live where it is installed, from stored vectors anywhere."""

import importlib.util
import pathlib
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkState, predict

VECTORS = pathlib.Path(__file__).parent / "vectors"
with np.load(VECTORS / "vectors.npz", allow_pickle=False) as archive:
    STORED = {name: archive[name] for name in archive.files}
CASES = sorted({tuple(name.split("/")[:3]) for name in STORED})


def of_case(case):
    prefix = "/".join(case) + "/"
    return {name.removeprefix(prefix): array for name, array in STORED.items() if name.startswith(prefix)}


def our_steps(case, start, exact, stepper):
    """What `torch_steps` in make_vectors.py returns, from our network."""
    activation, optimizer, batch_norm = case
    spec = exact(
        hidden=(6, 5), activation=activation, optimizer=optimizer, batch_norm=batch_norm == "True",
        learning_rate=0.05, beta2=0.99, epsilon=1e-6,
    )  # fmt: skip
    x, y = start.pop("x"), start.pop("y")
    hidden = enumerate(spec.hidden if spec.batch_norm else ())
    running = {
        f"{kind}.{i}": value(n) for i, n in hidden for kind, value in [("mean", np.zeros), ("variance", np.ones)]
    }
    state = NetworkState(spec, 4, 3, 0, start, running)
    before = stepper(state, x, y)
    before.loss()
    steps = stepper(state, x, y)
    found = {"losses": np.array([steps.step() for _ in range(5)])}
    network = steps.network
    for name, array in network.parameters.items():
        found[f"gradient/{name}"] = before.gradients[name]
        found[f"last/{name}"] = array
    found |= {f"running/{name}": array for name, array in network.running.items()}
    after = replace(state, parameters=network.parameters, running=network.running)
    return found | {"probabilities": predict(after, x)}


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_allclose(ours[name], array, rtol=1e-9, atol=1e-11, err_msg=name)


def split(found):
    """Separate a case's start from what came of it."""
    start = {name.removeprefix("start/"): array for name, array in found.items() if name.startswith("start/")}
    return start, {name: array for name, array in found.items() if not name.startswith("start/")}


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_five_steps_equal_the_stored_ones_of_pytorch(case, exact, stepper):
    start, theirs = split(of_case(case))
    assert_same(our_steps(case, start, exact, stepper), theirs)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_five_steps_equal_those_of_the_pytorch_that_is_installed(case, exact, stepper):
    pytest.importorskip("torch")
    location = importlib.util.spec_from_file_location("make_vectors", VECTORS / "make_vectors.py")
    make_vectors = importlib.util.module_from_spec(location)
    location.loader.exec_module(make_vectors)
    batch_norm = case[2] == "True"
    theirs = make_vectors.torch_steps(case[0], case[1], batch_norm)
    assert_same(our_steps(case, make_vectors.start(batch_norm), exact, stepper), theirs)

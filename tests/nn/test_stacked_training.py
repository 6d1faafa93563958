"""A network in a stack is the same network as alone: the promise that lets hundreds be trained at once."""

from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, train
from hpsearch.nn.activations import ACTIVATIONS
from hpsearch.nn.optimizers import OPTIMIZERS

LANES = [
    {"hidden": (9, 3), "learning_rate": 0.05, "seed": 0, "epochs": 4},
    {"hidden": (2, 17), "learning_rate": 0.01, "seed": 7, "epochs": 2, "l2": 0.1, "momentum": 0.5},
    {"hidden": (16, 8), "learning_rate": 0.02, "seed": 0, "epochs": 3, "dropout": 0.3, "init": "xavier"},
    {"hidden": (1, 1), "seed": 1, "epochs": 4, "decay": "step", "decay_every": 2, "bn_momentum": 0.5},
]


def assert_equal_networks(one, other, rtol):
    for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, err_msg=name)
    for mine, theirs in [
        (one.state.parameters, other.state.parameters),
        (one.state.running, other.state.running),
        *((one.state.sums[kind], other.state.sums[kind]) for kind in one.state.sums),
    ]:
        for name in mine:
            np.testing.assert_allclose(mine[name], theirs[name], rtol=rtol, atol=rtol, err_msg=name)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_lane_equals_the_same_network_trained_alone(activation, optimizer, batch_norm, exact, toy):
    kind = {"activation": activation, "optimizer": optimizer, "batch_norm": batch_norm, "batch_size": 16}
    specs = [exact(**kind, **lane) for lane in LANES]
    for spec, stacked in zip(specs, train(specs, *toy, 3), strict=True):
        [alone] = train([spec], *toy, 3)
        assert len(stacked.train_loss) == spec.epochs == stacked.state.epoch
        assert_equal_networks(stacked, alone, rtol=1e-8)


def test_lanes_with_one_seed_share_mini_batches_and_still_equal_training_alone(exact, toy):
    specs = [exact(hidden=(width,), learning_rate=rate, epochs=3) for width, rate in [(4, 0.1), (11, 0.01)]]
    for spec, stacked in zip(specs, train(specs, *toy, 3), strict=True):
        assert_equal_networks(stacked, train([spec], *toy, 3)[0], rtol=1e-9)


def test_float32_lanes_equal_training_alone_to_float_precision(toy):
    specs = [NetworkSpec(hidden=(width,), optimizer="momentum", learning_rate=0.1, epochs=2) for width in (5, 30)]
    for spec, stacked in zip(specs, train(specs, *toy, 3), strict=True):
        assert stacked.state.parameters["weight.0"].dtype == np.float32
        assert_equal_networks(stacked, train([spec], *toy, 3)[0], rtol=1e-4)


def test_softmax_regression_stacks_too(exact, toy):
    specs = [exact(hidden=(), learning_rate=rate, epochs=3, seed=seed) for rate, seed in [(0.1, 0), (0.01, 3)]]
    for spec, stacked in zip(specs, train(specs, *toy, 3), strict=True):
        assert_equal_networks(stacked, train([spec], *toy, 3)[0], rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_diverging_lane_leaves_the_others_untouched_to_the_bit(dtype, toy):
    calm = NetworkSpec(hidden=(12,), batch_norm=False, optimizer="sgd", epochs=5, learning_rate=0.1, dtype=dtype)
    wild = replace(calm, hidden=(20,), learning_rate=1e30)
    quiet = train([calm, replace(wild, learning_rate=0.01), replace(calm, seed=2)], *toy, 3)
    stormy = train([calm, wild, replace(calm, seed=2)], *toy, 3)
    assert [result.diverged_epoch is not None for result in stormy] == [False, True, False]
    assert stormy[1].diverged_epoch == len(stormy[1].train_loss) == stormy[1].state.epoch < 5
    for lane in (0, 2):
        assert quiet[lane].validation_loss == stormy[lane].validation_loss
        for name, array in quiet[lane].state.parameters.items():
            np.testing.assert_array_equal(array, stormy[lane].state.parameters[name])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_padding_stays_exactly_zero(activation, batch_norm, stepper):
    from hpsearch.nn import initial_state

    kind = NetworkSpec(activation=activation, batch_norm=batch_norm, dropout=0.2, l2=0.01)
    states = [initial_state(replace(kind, hidden=widths), 5, 3) for widths in [(2, 9), (20, 3)]]
    x, y = np.random.default_rng(0).normal(size=(8, 5)).astype("float32"), np.arange(8) % 3
    steps = stepper(states, x, y)
    sizes = [sum(array.size for array in state.parameters.values()) for state in states]
    for _ in range(5):
        steps.step()
    assert (np.count_nonzero(steps.stack.parameters, axis=1) <= sizes).all()
    assert np.count_nonzero(steps.stack.layout.views(steps.stack.parameters)["weight.1"][0, 2:]) == 0
    assert np.count_nonzero(steps.stack.layout.views(steps.stack.parameters)["weight.2"][1, 3:]) == 0

"""Training as a whole: it learns, stops, carries on, and refuses what cannot work."""

from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, Samples, evaluate, predict_class, train
from hpsearch.nn.activations import ACTIVATIONS
from hpsearch.nn.batches import order, sizes
from hpsearch.nn.optimizers import OPTIMIZERS

FAST = {"sgd": 0.3, "momentum": 0.3, "rmsprop": 0.01, "adam": 0.02}


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_separable_problem_is_learned_by_every_optimizer(optimizer, batch_norm, toy):
    spec = NetworkSpec(
        hidden=(16,), optimizer=optimizer, learning_rate=FAST[optimizer], batch_norm=batch_norm, epochs=30
    )
    [result] = train([replace(spec, batch_size=16)], *toy, 3)
    assert result.validation_accuracy[-1] > 0.95
    assert result.train_loss[-1] < result.train_loss[0] / 2


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_hidden_layer_learns_what_softmax_regression_cannot(activation):
    x = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    xor = Samples(x, (x[:, 0] * x[:, 1] > 0).astype(int))
    deep = NetworkSpec(hidden=(16, 16), activation=activation, learning_rate=0.02, epochs=60, batch_size=32)
    assert train([deep], xor, xor, 2)[0].validation_accuracy[-1] > 0.93
    assert train([replace(deep, hidden=())], xor, xor, 2)[0].validation_accuracy[-1] < 0.7


def test_the_last_curves_are_those_of_the_final_state(toy):
    [result] = train([NetworkSpec(epochs=3, dropout=0.5)], *toy, 3)
    loss, accuracy = evaluate(result.state, toy[1])
    assert loss == pytest.approx(result.validation_loss[-1], rel=1e-6)
    assert accuracy == result.validation_accuracy[-1]
    assert accuracy == (predict_class(result.state, toy[1].inputs) == toy[1].labels).mean()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_carrying_on_equals_training_without_a_break(optimizer, toy):
    specs = [
        NetworkSpec(hidden=(6,), optimizer=optimizer, dropout=0.2, decay="inverse", epochs=5, seed=seed, batch_size=16)
        for seed in (0, 1)
    ]
    whole = train(specs, *toy, 3)
    first = train([replace(spec, epochs=2) for spec in specs], *toy, 3)
    rest = train(specs, *toy, 3, states=[result.state for result in first])
    for a, b, c in zip(whole, first, rest, strict=True):
        assert a.validation_loss == b.validation_loss + c.validation_loss
        for name, array in a.state.parameters.items():
            np.testing.assert_array_equal(array, c.state.parameters[name])


def test_a_network_may_carry_on_with_other_hyperparameters(toy):
    spec = NetworkSpec(epochs=2, learning_rate=0.01)
    [start] = train([spec], *toy, 3)
    forks = [replace(spec, epochs=4, learning_rate=rate, beta1=beta) for rate, beta in [(0.01, 0.9), (1e-30, 0.5)]]
    moving, still = train(forks, *toy, 3, states=[start.state] * 2)
    assert len(moving.train_loss) == 2
    assert np.array_equal(still.state.parameters["weight.0"], start.state.parameters["weight.0"])
    assert not np.array_equal(moving.state.parameters["weight.0"], start.state.parameters["weight.0"])
    [switched] = train([replace(forks[0], optimizer="momentum")], *toy, 3, states=[start.state])
    assert switched.state.epoch == 4


def test_a_callback_sees_every_epoch_and_stops_one_lane(toy):
    seen = []

    def stop_the_first(lane, epoch, metrics):
        seen.append((lane, epoch, sorted(metrics)))
        return lane == 0 and epoch == 2

    first, second = train([NetworkSpec(epochs=4)] * 2, *toy, 3, on_epoch=stop_the_first)
    assert (first.state.epoch, second.state.epoch) == (2, 4)
    assert first.diverged_epoch is None
    names = ["train_accuracy", "train_loss", "validation_accuracy", "validation_loss"]
    assert seen == [(lane, epoch, names) for lane, epoch in [(0, 1), (1, 1), (0, 2), (1, 2), (1, 3), (1, 4)]]


def test_the_order_of_examples_follows_from_seed_and_epoch():
    orders = [order(seed, epoch, 50).tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(each) == list(range(50)) for each in orders)
    assert len({tuple(each) for each in orders}) == 4
    assert order(1, 1, 50).tolist() == orders[3]


def test_the_last_smaller_mini_batch_counts_but_one_example_has_no_variance():
    spec = NetworkSpec(batch_size=32)
    assert sizes(spec, 70) == [32, 32, 6]
    assert sizes(spec, 64) == [32, 32]
    assert sizes(spec, 65) == [32, 32]
    assert sizes(replace(spec, batch_norm=False), 65) == [32, 32, 1]
    assert sizes(replace(spec, hidden=()), 65) == [32, 32, 1]
    assert sizes(spec, 20) == [20]


def test_a_batch_of_constant_examples_does_not_blow_up():
    same = Samples(np.ones((20, 3)), np.arange(20) % 2)
    [result] = train([NetworkSpec(epochs=100, learning_rate=0.02)], same, same, 2)
    assert result.diverged_epoch is None
    assert result.validation_loss[-1] == pytest.approx(np.log(2), abs=0.02)


def test_a_network_that_has_its_epochs_behind_it_is_left_as_it_is(toy):
    [start] = train([NetworkSpec(epochs=1)], *toy, 3)
    [result] = train([NetworkSpec(epochs=1)], *toy, 3, states=[start.state])
    assert (result.train_loss, result.state.epoch, result.diverged_epoch) == ([], 1, None)
    assert np.array_equal(result.state.parameters["weight.0"], start.state.parameters["weight.0"])


def test_a_network_on_the_edge_of_overflow_is_marked_as_diverged(toy):
    spec = NetworkSpec(optimizer="sgd", batch_norm=False, learning_rate=1e38, epochs=10)
    [result] = train([spec], *toy, 3)
    assert result.diverged_epoch == len(result.train_loss)


@pytest.mark.parametrize(
    ("specs", "n_classes", "message"),
    [
        ([NetworkSpec(), NetworkSpec(batch_size=32)], 3, "stack_key"),
        ([NetworkSpec()], 2, "labels need to be in 0..1"),
        ([], 3, "stack_key"),
    ],
)
def test_what_cannot_be_trained_is_refused(specs, n_classes, message, toy):
    with pytest.raises(ValueError, match=message):
        train(specs, *toy, n_classes)


def test_a_state_that_does_not_fit_is_refused(toy):
    [result] = train([NetworkSpec(epochs=1)], *toy, 3)
    with pytest.raises(ValueError, match="hidden cannot change"):
        train([NetworkSpec(hidden=(3,))], *toy, 3, states=[result.state])
    with pytest.raises(ValueError, match="state 0 is for 5 inputs"):
        train([NetworkSpec()], *toy, 4, states=[result.state])


@pytest.mark.parametrize(("inputs", "labels"), [((4,), int), ((4, 2), float), ((0, 2), int), ((3, 2, 1), int)])
def test_samples_that_do_not_fit_are_refused(inputs, labels):
    with pytest.raises(ValueError, match="need"):
        Samples(np.zeros(inputs), np.zeros(inputs[0], labels))

"""Training as a whole: it learns, stops, carries on, and refuses what cannot work."""

from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, Samples, evaluate, hyperparameters, predict_class, train
from hpsearch.nn.samples import mini_batches

ACTIVATIONS, OPTIMIZERS = (hyperparameters()[name].options for name in ("activation", "optimizer"))

FAST = {"sgd": 0.3, "momentum": 0.3, "rmsprop": 0.01, "adam": 0.02}


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_separable_problem_is_learned_by_every_optimizer(optimizer, batch_norm, toy, engine):
    spec = NetworkSpec(
        hidden=(16,), optimizer=optimizer, learning_rate=FAST[optimizer], batch_norm=batch_norm, epochs=30
    )
    result = train(replace(spec, batch_size=16), *toy, 3, engine=engine)
    assert result.curves["val_accuracy"][-1] > 0.95
    assert result.curves["train_loss"][-1] < result.curves["train_loss"][0] / 2


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_hidden_layer_learns_what_softmax_regression_cannot(activation, engine):
    x = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    xor = Samples(x, (x[:, 0] * x[:, 1] > 0).astype(int))
    deep = NetworkSpec(hidden=(16, 16), activation=activation, learning_rate=0.02, epochs=60, batch_size=32)
    assert train(deep, xor, xor, 2, engine=engine).curves["val_accuracy"][-1] > 0.93
    assert train(replace(deep, hidden=()), xor, xor, 2, engine=engine).curves["val_accuracy"][-1] < 0.7


def test_the_last_curves_are_those_of_the_final_state(toy, engine):
    result = train(NetworkSpec(epochs=3, dropout=0.5), *toy, 3, engine=engine)
    loss, accuracy = evaluate(result.state, toy[1])
    assert loss == pytest.approx(result.curves["val_loss"][-1], rel=1e-5)
    assert accuracy == result.curves["val_accuracy"][-1]
    assert accuracy == (predict_class(result.state, toy[1].inputs) == toy[1].labels).mean()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_carrying_on_equals_training_without_a_break_to_the_bit(optimizer, toy, engine):
    spec = NetworkSpec(
        hidden=(6,), optimizer=optimizer, dropout=0.2, decay="inverse", epochs=5, seed=3, batch_size=16, l2=0.01
    )
    whole = train(spec, *toy, 3, engine=engine)
    first = train(replace(spec, epochs=2), *toy, 3, engine=engine)
    rest = train(spec, *toy, 3, state=first.state, engine=engine)
    assert whole.curves == {name: values + rest.curves[name] for name, values in first.curves.items()}
    for name, array in whole.state.parameters.items():
        np.testing.assert_array_equal(array, rest.state.parameters[name])


def test_a_network_may_carry_on_with_other_hyperparameters(toy, engine):
    spec = NetworkSpec(epochs=2, learning_rate=0.01)
    start = train(spec, *toy, 3, engine=engine).state

    def forked(**changes):
        return train(replace(spec, epochs=4, **changes), *toy, 3, state=start, engine=engine)

    moving, still = forked(), forked(learning_rate=1e-30, beta1=0.5)
    assert len(moving.curves["train_loss"]) == 2
    assert np.array_equal(still.state.parameters["weight.0"], start.parameters["weight.0"])
    assert not np.array_equal(moving.state.parameters["weight.0"], start.parameters["weight.0"])
    assert forked(optimizer="momentum").state.epoch == 4


def test_a_callback_sees_every_epoch_and_may_stop(toy, engine):
    seen = []

    def stop_at_2(epoch, metrics):
        seen.append((epoch, sorted(metrics)))
        return epoch == 2

    result = train(NetworkSpec(epochs=4), *toy, 3, on_epoch=stop_at_2, engine=engine)
    names = ["train_accuracy", "train_loss", "val_accuracy", "val_loss"]
    assert seen == [(1, names), (2, names)]
    assert (result.state.epoch, result.diverged_epoch, result.interrupted) == (2, None, False)
    whole = train(NetworkSpec(epochs=2), *toy, 3, engine=engine)
    assert result.curves == whole.curves


def test_a_network_that_is_told_to_stop_stops_within_an_epoch(toy, engine):
    stop = np.ones(1, np.int32)
    result = train(NetworkSpec(epochs=4), *toy, 3, stop=stop, engine=engine)
    assert (result.interrupted, result.state.epoch, result.curves["val_loss"]) == (True, 0, [])


def test_the_last_smaller_mini_batch_counts_but_one_example_has_no_variance():
    def sizes(spec, n):
        return [places.stop - places.start for places in mini_batches(spec, n)]

    spec = NetworkSpec(batch_size=32)
    assert sizes(spec, 70) == [32, 32, 6]
    assert sizes(spec, 64) == [32, 32]
    assert sizes(spec, 65) == [32, 32]
    assert sizes(replace(spec, batch_norm=False), 65) == [32, 32, 1]
    assert sizes(replace(spec, hidden=()), 65) == [32, 32, 1]
    assert sizes(spec, 20) == [20]


def test_a_batch_of_constant_examples_does_not_blow_up(engine):
    same = Samples(np.ones((20, 3)), np.arange(20) % 2)
    result = train(NetworkSpec(epochs=100, learning_rate=0.02), same, same, 2, engine=engine)
    assert result.diverged_epoch is None
    assert result.curves["val_loss"][-1] == pytest.approx(np.log(2), abs=0.02)


def test_a_network_that_has_its_epochs_behind_it_is_left_as_it_is(toy, engine):
    start = train(NetworkSpec(epochs=1), *toy, 3, engine=engine).state
    result = train(NetworkSpec(epochs=1), *toy, 3, state=start, engine=engine)
    assert (result.curves["train_loss"], result.state.epoch, result.diverged_epoch) == ([], 1, None)
    assert np.array_equal(result.state.parameters["weight.0"], start.parameters["weight.0"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_network_on_the_edge_of_overflow_is_marked_as_diverged(activation, batch_norm, toy, engine):
    spec = NetworkSpec(
        optimizer="sgd", batch_norm=batch_norm, activation=activation, learning_rate=1e38, epochs=10, dropout=0.1
    )
    result = train(spec, *toy, 3, engine=engine)
    assert result.diverged_epoch == len(result.curves["train_loss"]) == result.state.epoch


def test_labels_that_are_no_classes_are_refused(toy):
    with pytest.raises(ValueError, match=r"labels need to be in 0\.\.1"):
        train(NetworkSpec(), *toy, 2)


def test_a_state_that_does_not_fit_is_refused(toy):
    state = train(NetworkSpec(epochs=1), *toy, 3).state
    with pytest.raises(ValueError, match="hidden cannot change"):
        train(NetworkSpec(hidden=(3,)), *toy, 3, state=state)
    with pytest.raises(ValueError, match="the state is for 5 inputs"):
        train(NetworkSpec(), *toy, 4, state=state)


@pytest.mark.parametrize(("inputs", "labels"), [((4,), int), ((4, 2), float), ((0, 2), int), ((3, 2, 1), int)])
def test_samples_that_do_not_fit_are_refused(inputs, labels):
    with pytest.raises(ValueError, match="need"):
        Samples(np.zeros(inputs), np.zeros(inputs[0], labels))
